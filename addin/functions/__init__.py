"""The worksheet functions: their register, their arguments and the guard around every answer.

In: what a cell passes.
Out: a scalar or rows for the cell, or a refusal that begins with #PF.
It must not know: buttons, Excel and Calc.
"""
