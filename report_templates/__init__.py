"""The report: pages read off a run, printed as HTML and PDF, checked by gates, handed to those who decide."""
