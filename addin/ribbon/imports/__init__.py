"""取り込み in parts: what a file's rows are against those of a sheet, what the sheet becomes, and how that is taken back.

`merging` and `revising` are pure functions over rows of cells; the others ask a `Book`. The flow itself is
`addin.ribbon.imports.importing`.
"""
