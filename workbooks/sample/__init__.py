"""The fictional company: its customers, orders, contacts and costs, drawn from a fixed seed.

In: sample.toml.
Out: tables, the same on every machine.
It must not know: how a sheet looks.
"""
