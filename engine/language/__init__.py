"""The words of people: amounts, dates, names and conditions as they are written, and how results are told.

In: texts and cells of any kind.
Out: numbers, days, words in both languages, refusals and findings.
It must not know: tables, scores and every other room.
"""
