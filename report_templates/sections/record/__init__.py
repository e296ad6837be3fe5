"""What the report stands on: definition, dictionary of metrics, quality of the data, the run's record, how good the grades were.

In: a `Reading`. Out: one section per page. It must not know: templates, printers, editions.
"""
