"""Pages about customers: key accounts, strategies and actions, movement since the last review, contacts, needs and voices.

In: a `Reading`. Out: one section per page. It must not know: templates, printers, editions.
"""
