"""The ribbon: its groups and buttons as data (`tab`), and what each does over any `Book`; one folder for each group.

In: a pressed button and the workbook in front.
Out: sheets, messages and files.
It must not know: which host it runs in.
"""
