"""The dashboards' own JSON as live charts: read, asked, drawn, and said again as a table."""
