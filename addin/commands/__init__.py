"""`portfolio-addin ask` and the reference of the functions.

In: a command line.
Out: files and words at the terminal.
It stands above all other rooms of the add-in.
"""
