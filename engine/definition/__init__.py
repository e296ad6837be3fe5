"""The definition: thresholds, rules, metrics and schemes as data, as rows of a sheet and as sentences.

In: the built-in entries, a TOML file or the block of the sheet 設定.
Out: one frozen, hashed `Definition`.
It must not know: customers and orders.
"""
