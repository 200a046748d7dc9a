"""What pages are made of: one thing that a learner does, one module."""
