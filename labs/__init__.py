"""The labs: their content, the engine that runs and grades them, and the `lab` command."""
