"""The one long-lived process of a LAB_HOME: it owns every other process, and time."""
