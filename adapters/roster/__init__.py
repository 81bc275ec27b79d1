"""Rosters: an organization in a file, as .json, .csv or .xlsx (docs/reference/roster.md)."""
