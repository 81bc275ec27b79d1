"""The sync state: what is at each target, how far behind it is, and what is stuck."""
