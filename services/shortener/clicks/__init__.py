"""Clicks: counted beside the redirect, never in its way. README.md says what may be lost."""
