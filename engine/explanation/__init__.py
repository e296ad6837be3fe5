"""Why and where from: the parts of a score, its rows, a customer on a card, the typical member, every metric.

In: a portfolio and a customer or a metric.
Out: explanations whose parts sum to the score, and traces to file and row.
It must not know: commands and faces.
"""
