"""The worker behind LibreOffice Calc: it answers functions and presses buttons in a process of its own.

In: lines of JSON from Calc.
Out: lines of JSON to Calc.
It must not know: how the extension is built and installed.
"""
