"""R1: the conclusion, a few numbers, the alerts, what is asked of the reader, and what became of the last decisions.

In: a `Reading`. Out: the first section. It must not know: templates, printers, editions.
"""
