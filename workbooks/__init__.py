"""The workbooks: the sample company's data, and the script that builds the sample workbook from it.

`workbooks.sample.sample` makes the data, `workbooks.build` the file; `python -m workbooks build --out DIR` is the command.
`workbooks.commands` is `portfolio-addin`, which builds and installs the add-ins, too.
"""
