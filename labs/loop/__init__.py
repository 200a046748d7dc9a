"""The evening after evening part: diagnosis, debrief, progress, plan, cards, what is shared."""
