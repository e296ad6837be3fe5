"""The sections of the report, one file per subject; each reads a `Reading` and returns its page or None."""
