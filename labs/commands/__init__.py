"""One small module per group of verbs; each offers `register(app)`."""
