"""What ``orgledger check`` says of a system that pushes: who is let in, and where."""

from __future__ import annotations

import httpx

from adapters.http.findings import ok, warning
from adapters.scim_inbound.settings import ScimInboundSettings
from adapters.scim_inbound.tokens import HASHED, given
from domain.ports import Finding

_SECONDS = 5.0
_CONFIG = "/v2/ServiceProviderConfig"
"""It is public (RFC 7643, section 5): nothing has to be known to ask for it."""


def findings(path: str, settings: ScimInboundSettings) -> list[Finding]:
    """The address, whether it answers, and how the tokens are kept."""
    groups = "departments" if settings.tree == "groups" else "roles"
    public = settings.public_url.rstrip("/")
    told = f"{public}{path}/v2 while 'orgledger serve' runs; groups are {groups}"
    found = [ok("address", told)]
    if public:
        found += [*_encrypted(public), _answers(f"{public}{path}{_CONFIG}")]
    return [*found, _tokens(settings)]


def _encrypted(public: str) -> list[Finding]:
    if public.lower().startswith("https:"):
        return []
    text = "public_url is not https, so tokens and people travel in the clear"
    return [
        warning("address", text, "Put a proxy with TLS before the service, and say its address.")
    ]


def _answers(url: str) -> Finding:
    """Whether a sender would reach us there, by what anybody may ask for."""
    fix = "Start 'orgledger serve', and see that the proxy passes the whole path on."
    try:
        answer = httpx.get(url, timeout=_SECONDS)
    except httpx.HTTPError as error:
        why = f"{url} does not answer: {type(error).__name__}"
        return warning("service", why, fix)
    if answer.status_code != 200 or "authenticationSchemes" not in answer.text:
        text = f"{url} answers {answer.status_code}, and not as this service does"
        return warning("service", text, fix)
    return ok("service", f"{url} answers")


def _tokens(settings: ScimInboundSettings) -> Finding:
    tokens = given(settings.token)
    clear = sum(1 for token in tokens if not token.startswith(HASHED))
    if clear:
        text = f"{clear} of {len(tokens)} are in the clear in the configuration"
        fix = "Write the hash of each instead: sha256:… (docs/providers/scim-inbound.md)."
        return warning("tokens", text, fix)
    text = f"{len(tokens)}, as hashes"
    if len(tokens) > 1:
        text += "; take the old one out once the sender has the new one"
    return ok("tokens", text)
