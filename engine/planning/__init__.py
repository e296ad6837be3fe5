"""What to do with it: hours, mixes of segments, trials, plans, decisions and reviews.

In: a portfolio and what somebody wants to try.
Out: allotments, frontiers, trials, plans.
It must not know: how lists and reports show them.
"""
