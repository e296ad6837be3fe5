"""Models of customers who buy when they like: BG/NBD and its kin, Gamma-Gamma, BG/BB.

In: purchase histories.
Out: fitted models, and the one that fits best.
It must not know: contracts.
"""
