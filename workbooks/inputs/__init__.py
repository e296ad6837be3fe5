"""The sheets that a user reads first and fills in: はじめに, the input tables, 設定 and the lists of words.

In: the tables of the sample, or empty ones, and the definition.
Out: sheets, and where their tables stand.
It must not know: the sheets of results.
"""
