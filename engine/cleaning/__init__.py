"""Raw tables to clean tables: every row is used, or listed with its reason.

In: raw tables.
Out: clean tables (money in whole minor units, dates as days) and findings.
It must not know: scores, and where files lie.
"""
