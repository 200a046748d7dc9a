"""Workspaces that cheat: each is run by the real grader and must be rejected, with the reason."""
