"""How sheets look and what they say: typeface, formats, notes, and rules in words.

In: the definition and the columns.
Out: formats, notes and sentences.
It must not know: which sheets there are.
"""
