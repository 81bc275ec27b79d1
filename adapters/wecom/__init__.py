"""WeCom (企业微信): the source, and a simulator of the contact API."""
