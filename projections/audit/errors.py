"""What can stop a piece of work with the audit file."""

from __future__ import annotations

from domain.errors import ConfigError, OrgledgerError


class AuditLocked(OrgledgerError):  # noqa: N818 - reads as what the file is
    """Another process holds the file; DuckDB lets one process write, or several read."""


class AuditOutdated(OrgledgerError):  # noqa: N818 - reads as what the file is
    """The file is missing, damaged or of another schema: it has to be rebuilt from the log."""


class QueryError(ConfigError):
    """The user's question cannot be answered as it stands; one sentence with the cause."""
