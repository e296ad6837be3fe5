"""TODO report_templates/sections/structure."""
