"""What a page is made of: headlines, tiles, tables and figures, every number beside its words.

In: a run and what is asked of it.
Out: frozen elements of pages.
It must not know: HTML and paper.
"""
