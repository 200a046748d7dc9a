"""The web console: the same loop as the command, in a browser, on loopback only."""
