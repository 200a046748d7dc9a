"""Measurements as ratios of one run; nothing here is a pass or a fail."""
