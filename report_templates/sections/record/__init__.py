"""TODO report_templates/sections/record."""
