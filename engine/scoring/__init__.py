"""Facts to scores: levels, segments, strategies, concentration and alerts, as one frozen `Portfolio`.

In: clean tables and a definition.
Out: the run that everything else is read off.
It must not know: files, stores, sheets and reports.
"""
