"""The mathematics of purchases and contracts: likelihood, fit and expectation.

In: arrays of histories (frequency, recency, age) or of survivors.
Out: fitted parameters, expectations, P(alive), or why there are none.
It must not know: portfolios, sheets and money's currency.
"""
