"""What ``tls://`` promises: nothing is said to a server before the connection is encrypted."""

from __future__ import annotations

from nats.aio.client import Client
from nats.errors import Error as NatsError


class EncryptedClient(Client):
    """nats-py's client, which keeps to ``tls://`` whatever the server offers.

    nats-py encrypts when the server's greeting asks for it, and otherwise sends the login in the
    clear, also to an address that begins with ``tls://``. The greeting comes unencrypted
    (NATS Client Protocol, INFO: ``tls_required``), so whoever is on the way could take it out.
    """

    def _connect_command(self) -> bytes:
        server = self._current_server
        meant = server is not None and server.uri.scheme == "tls"
        if meant and not self._server_info.get("tls_required"):
            raise NatsError("the server offers no encryption, which tls:// asks for")
        return super()._connect_command()
