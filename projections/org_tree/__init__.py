"""The current and past organization, in memory, with snapshots."""
