"""What `stampede` measures: reads per expiry, staleness, and the newsletter in read times."""

