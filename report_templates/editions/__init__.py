"""The editions of a report: languages, formats, masked or not, each through every gate.

In: a run and the options of a command.
Out: finished documents.
It must not know: mail and folders.
"""
