"""One module for each sheet of the template and the sample.

In: the workbook under construction and a run.
Out: sheets.
It must not know: the order in which they are made.
"""
