"""Authing and GenAuth: one user pool as a target, through the management API v3."""
