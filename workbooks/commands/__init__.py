"""The command `portfolio-addin`: it builds and installs the add-ins and the workbooks, so that it stands above both.

In: a command line.
Out: files and words at the terminal.
"""
