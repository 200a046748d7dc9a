"""Rate limits: token buckets that all instances share."""
