"""Callers: the programs that may use the API over HTTP, by their bearer tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from adapters.scim_inbound.tokens import Tokens, given
from orgledger.config import TokenConfig
from orgledger.live.problems import RefusalError

EVERY = "*"
"""Stands for every organization."""

May = Literal["publish", "read"]

_NEEDS: dict[May, str] = {"publish": "publish to", "read": "read"}


class Callers:
    """Who is let in where. Only hashes of tokens are kept."""

    def __init__(self, tokens: Mapping[str, TokenConfig]) -> None:
        self._known = [
            (name, Tokens(given(configured.token)), configured)
            for name, configured in tokens.items()
        ]

    def admitted(self, authorization: str | None, org: str, needs: May) -> str:
        """The name of the caller. Raises RefusalError; takes as long for any wrong token."""
        matches = [(name, c) for name, tokens, c in self._known if tokens.admit(authorization)]
        if not matches:
            raise RefusalError(
                401,
                "there is no bearer token that is known here",
                fix="Send one of [serve.tokens.<name>]: Authorization: Bearer <token>",
            )
        for name, configured in matches:
            if needs in configured.may and {org, EVERY} & set(configured.orgs):
                return name
        raise RefusalError(
            403,
            f"the token {matches[0][0]!r} may not {_NEEDS[needs]} the organization {org!r}",
            fix=f"Say so under [serve.tokens.{matches[0][0]}], in orgs and may.",
        )
