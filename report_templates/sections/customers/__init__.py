"""TODO report_templates/sections/customers."""
