"""What a learner may show to others: no spoiler, no user, no host, no path."""
