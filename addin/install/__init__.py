"""Putting the add-in where Excel and Calc find it, and looking whether it works there.

In: the built add-ins and this machine.
Out: files, settings and a diagnosis.
It must not know: what a function answers.
"""
