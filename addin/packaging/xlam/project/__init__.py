"""The VBA project of the .xlam, written without Excel after [MS-OVBA] and [MS-CFB].

In: the text of the modules.
Out: vbaProject.bin.
It must not know: what the modules do.
"""
