"""What customers cost: acquisition and service, shared out by the rules of the definition.

In: the tables of costs and contacts, sales by customer.
Out: costs and profit by customer.
It must not know: how a map or a report shows them.
"""
