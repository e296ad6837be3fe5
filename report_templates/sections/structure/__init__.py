"""What the portfolio is made of: segments and schemes, mix and bridge, profit, position among others, concentration, regions.

In: a `Reading`. Out: one section per page. It must not know: templates, printers, editions.
"""
