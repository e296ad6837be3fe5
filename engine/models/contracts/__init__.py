"""Models of customers under contract: shifted beta geometric (sBG), beta discrete Weibull (BdW).

In: cohorts of survivors.
Out: fitted models and renewal rates.
It must not know: orders.
"""
