"""The runs: in memory and on disk, compared with each other, and without names for one recipient.

In: portfolios.
Out: portfolios under their handles, movement between two, masked editions.
It must not know: how a run is shown.
"""
