"""LDAP directories: OpenLDAP, 389 Directory Server and lldap; Active Directory is read only."""
