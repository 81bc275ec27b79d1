"""One package per outside system; strangers to each other."""
