"""Which pages a document holds, and in which order its purpose puts them.

In: what is read off a run.
Out: one frozen view.
It must not know: how it is printed.
"""
