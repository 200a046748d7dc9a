"""What we take from others, and what must not leave with ours."""
