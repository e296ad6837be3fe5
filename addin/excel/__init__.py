"""The workbook that is open in Excel, as the buttons see it.

In: a step that a button asks for.
Out: what Excel did.
It must not know: what the button is for.
"""
