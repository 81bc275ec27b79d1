"""Casdoor: the REST API of an identity platform, with a simulator of it."""
