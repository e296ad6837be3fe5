"""Delivery by mail: drafts by default, sending only what was planned, and never a second mail for the same report.

The way is addresses and settings → letters (a frozen plan with a hash) → drafts, or ledger and delivery.
"""
