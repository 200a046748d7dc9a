"""`lab knee`: raise the load until goodput bends, and say what bends it."""
