"""Lists of customers: by a name or a condition (`listing`), over columns (`columns`), with what to do next (`actions`)."""
