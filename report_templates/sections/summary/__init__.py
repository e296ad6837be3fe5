"""TODO report_templates/sections/summary."""
