"""What must be known to call one receiver."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from adapters.webhook.signing import SecretError, key_of
from domain.addresses import is_web_address
from domain.errors import ConfigError

MOST_CONCURRENCY = 64


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One receiver. ``url`` gets every call; ``secret`` signs them: ``whsec_`` and base64 of 24
    to 64 bytes (Standard Webhooks, section Signature scheme).

    ``old_secret`` signs beside it while the receiver still knows the old one only. ``timeout`` in
    seconds; the specification recommends 15 to 30. ``rate`` is the most calls per second,
    ``concurrency`` the most at one time.
    """

    url: str
    secret: str
    old_secret: str = ""
    timeout: float = 20
    rate: float = 100
    concurrency: int = 8

    def __post_init__(self) -> None:
        problems = []
        if not is_web_address(self.url):
            problems.append("url must be an http or https address")
        for name in ("secret", "old_secret"):
            value = getattr(self, name)
            if not value and name == "old_secret":
                continue
            try:
                key_of(value)
            except SecretError as error:
                problems.append(f"{name} {error}")
        if self.timeout <= 0:
            problems.append("timeout must be more than 0")
        if self.rate <= 0:
            problems.append("rate must be more than 0")
        if not 1 <= self.concurrency <= MOST_CONCURRENCY:
            problems.append(f"concurrency must be 1 to {MOST_CONCURRENCY}")
        if problems:
            raise ConfigError(
                "These webhook settings cannot be used",
                why="; ".join(problems),
                fix="A new secret: echo whsec_$(openssl rand -base64 32)",
            )

    @property
    def host(self) -> str:
        """Where calls go, without what may be secret in the address."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def __repr__(self) -> str:
        return f"WebhookSettings(host={self.host!r})"
