"""Read models over the log; each can be dropped and rebuilt from it."""
