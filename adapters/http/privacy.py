"""Keeps tokens out of logs: httpx writes whole addresses, queries included, at level INFO."""

from __future__ import annotations

import logging

import httpx


class WithoutQuery(logging.Filter):
    """Cuts the query off every address in a record's arguments."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without what may be secret."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None) if isinstance(arg, httpx.URL) else arg
                for arg in record.args
            )
        return True


_FILTER = WithoutQuery()


def install() -> None:
    """Put the filter on httpx's logger; doing it again changes nothing."""
    logging.getLogger("httpx").addFilter(_FILTER)
