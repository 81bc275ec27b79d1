"""TLS as Python's ssl module does it today: host names are checked, old protocols are off.

ldap3 2.9.1 matches host names with functions that Python has dropped.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import ldap3

from domain.errors import ConfigError


class CheckedTls(ldap3.Tls):  # type: ignore[misc]
    """Wraps the socket of one connection. ``failure`` is what OpenSSL said against it.

    ``began``: the handshake was entered upon, so the server has TLS.
    """

    def __init__(self, *, ca_file: str, verify: bool) -> None:
        super().__init__()
        self.failure: ssl.SSLError | None = None
        self.began = False
        try:
            self._context = ssl.create_default_context(cafile=ca_file or None)
        except (OSError, ssl.SSLError) as error:
            there = Path(ca_file).is_file()
            raise ConfigError(
                f"the certificates in {ca_file} cannot be used",
                why=getattr(error, "reason", None) or ("" if there else "there is no such file"),
                fix="ca_file is a file in PEM form.",
            ) from None
        if not verify:
            self._context.check_hostname = False
            self._context.verify_mode = ssl.CERT_NONE

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        """What ldap3 calls for ldaps and for StartTLS."""
        self.began = True
        try:
            connection.socket = self._context.wrap_socket(
                connection.socket,
                do_handshake_on_connect=do_handshake,
                server_hostname=connection.server.host,
            )
        except ssl.SSLError as error:
            self.failure = error
            raise
