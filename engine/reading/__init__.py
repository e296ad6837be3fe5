"""Files, sheets and ranges to raw tables: which sheet is which table, by its name, its headers or its layout.

In: files, folders, addresses, blocks of cells.
Out: raw tables, every row with its place, and what was not read.
It must not know: what a cell means: amounts and dates stay as written.
"""
