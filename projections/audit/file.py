"""The file itself: how it is opened, what locks it down, and how it says which schema it has."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from projections.audit.errors import AuditLocked, AuditOutdated

_DDL = files("projections.audit").joinpath("schema.sql").read_text("utf-8")

_FOLD = 2
"""Raise it when the projector writes other rows for the same log into the same tables."""

SCHEMA = f"{_FOLD}-{hashlib.blake2b(_DDL.encode(), digest_size=6).hexdigest()}"
"""The name of the schema that this version writes; a file with another one is outdated."""

_CONFIG: dict[str, Any] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "memory_limit": "384MB",
    "max_temp_directory_size": "2GB",
    "allowed_configs": ["max_execution_time"],
}

_REBUILD = "Run 'orgledger rebuild audit'; the log has everything."


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection that reaches nothing but this file, with a locked configuration.

    Raises AuditLocked when another process (or a differing connection of this one) holds the
    file, AuditOutdated when it is missing and ``read_only``, or cannot be read.
    """
    if read_only and not path.exists():
        raise AuditOutdated(f"there is no audit file at {path}", fix=_REBUILD)
    try:
        con = duckdb.connect(str(path), read_only=read_only, config=_CONFIG)
    except duckdb.Error as error:
        raise _unopened(path, error) from None
    if con.execute("SELECT current_setting('lock_configuration')").fetchall() == [(False,)]:
        con.execute("SET GLOBAL TimeZone = 'UTC'")
        con.execute("SET lock_configuration = true")
    return con


def stored_position(con: duckdb.DuckDBPyConnection, path: Path, *, read_only: bool) -> int:
    """The position that the file stands at; a new file gets its tables.

    Raises AuditOutdated when the file was written with another schema.
    """
    try:
        tables = con.execute("SELECT count(*) FROM duckdb_tables()").fetchall()
        if tables == [(0,)] and not read_only:
            _create(con)
            return 0
        rows = con.execute("SELECT schema, position FROM projection").fetchall()
    except duckdb.Error as error:
        raise _unopened(path, error) from None
    if [schema for schema, _ in rows] != [SCHEMA]:
        raise AuditOutdated(
            f"the audit file {path} was written by another version of orgledger", fix=_REBUILD
        )
    return int(rows[0][1])


def _create(con: duckdb.DuckDBPyConnection) -> None:
    con.begin()
    con.execute(_DDL)
    con.execute("INSERT INTO projection VALUES (?, 0)", [SCHEMA])
    con.commit()


def _unopened(path: Path, error: duckdb.Error) -> AuditLocked | AuditOutdated:
    why = str(error).splitlines()[0]
    if "lock on file" in why or "different configuration" in why or "already attached" in why:
        return AuditLocked(
            f"the audit file {path} is in use",
            why="another process holds it, and DuckDB lets one process write or several read",
            fix="Ask the service that holds it, or stop that process and try again.",
        )
    return AuditOutdated(f"the audit file {path} cannot be read", why=why, fix=_REBUILD)
