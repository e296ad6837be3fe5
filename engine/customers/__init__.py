"""What the rest may ask of the clean tables: one row of facts for every customer.

In: clean tables, the definition, the as-of date.
Out: sales, rhythm, costs, contacts and answers by customer.
It must not know: levels, schemes and models.
"""
