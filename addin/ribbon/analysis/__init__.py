"""The group 分析: the sheets that show the portfolio, and explaining the selected cell."""
