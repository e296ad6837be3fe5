"""The ribbon as data: its groups and buttons with their words, once for Excel's ribbon and for Calc's menu.

In: `tab.toml`.
Out: groups, buttons and texts.
It must not know: what a button does, and which host shows it.
"""
