"""Analytics: counts clicks per link and hour, each exactly once, and parks what it cannot read."""
