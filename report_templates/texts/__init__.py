"""The words of the report, its settings and typeface: what every page shares before there are numbers.

In: TOML files.
Out: texts in both languages, widths, formats.
It must not know: runs.
"""
