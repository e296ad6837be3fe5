"""What a document must pass before anybody gets it: fonts, tags, sums, freshness, no name in a masked one.

In: a finished document and its view.
Out: nothing, or the reason why it is not made.
It must not know: how it reaches its readers.
"""
