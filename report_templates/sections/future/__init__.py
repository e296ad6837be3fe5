"""TODO report_templates/sections/future."""
