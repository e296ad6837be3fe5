"""What every face of the add-in needs: the surface of a workbook, and starting a command of ours beside it.

In: nothing of ours but the engine's words.
Out: `Book` and `processes`.
It must not know: functions, buttons and hosts.
"""
