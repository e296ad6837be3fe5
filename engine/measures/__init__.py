"""What is measured on a run at the first question: value, retention, profit, opportunities, voice.

In: a portfolio.
Out: frozen results with their intervals, or why they cannot be had.
It must not know: lists, commands and reports.
"""
