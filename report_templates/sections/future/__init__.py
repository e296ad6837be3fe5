"""What may come: opportunities, lifetime value and retention, payback, tried losses, hours.

In: a `Reading`. Out: one section per page. It must not know: templates, printers, editions.
"""
