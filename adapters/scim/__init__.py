"""SCIM 2.0 (RFC 7643, RFC 7644): the writing side of any service that speaks it."""
