"""Faults that only HTTP manners need to tell apart."""

from __future__ import annotations

from domain.errors import CredentialFault, TransientFault


class HostThrottled(TransientFault):
    """The system refuses this address altogether, whatever the interface: everything must wait."""

    def __init__(self, what: str, *, why: str = "", fix: str = "", code: str = "") -> None:
        super().__init__(what, why=why, fix=fix, code=code, throttled=True)


class TokenRefused(CredentialFault):
    """The access token is not accepted (any more): fetch a new one, once."""


class AddressRefused(CredentialFault):
    """The system takes no calls from this machine's address."""
