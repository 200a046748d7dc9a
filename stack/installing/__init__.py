"""First use, step by step: what is missing, the system packages, the Python environment."""
