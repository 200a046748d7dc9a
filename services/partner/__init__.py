"""A third party that nobody here controls: verdicts about addresses, and a model that bills."""
