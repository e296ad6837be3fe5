"""What several tests share: companies and runs to ask about, stand-ins for Excel, drivers of real programs, readers of pages."""
