"""LDAP directories (OpenLDAP, 389 Directory Server): the writing side."""
