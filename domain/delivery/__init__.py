"""Delivery: what a target should hold, what it holds, and the operations between the two."""
