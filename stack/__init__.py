"""Starts, watches and stops everything a lab runs on."""
