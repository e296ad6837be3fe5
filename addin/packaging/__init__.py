"""The add-in's files: the .xlam for Excel and the .oxt for LibreOffice Calc, built without either program.

In: the register of functions and the ribbon as data.
Out: bytes, the same every time.
It must not know: where the files are put, and what a function or a button does.
"""
