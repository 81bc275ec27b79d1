"""The organization and the facts about it: no input, no output, no clock."""
