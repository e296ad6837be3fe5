"""Who stayed: rates and cohorts."""
