"""SCIM 2.0, the receiving side: identity providers push people and groups to us."""
