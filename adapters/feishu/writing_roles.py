"""Bringing roles to Feishu (Feishu contact v3, functional_roles; feishu.md, section 7).

No call lists roles or tells the name of one: a role is known by its id, from the log or from the
setting ``role_ids``. A creation whose answer got lost cannot be looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.feishu import wire
from adapters.feishu.client import FeishuClient, placed
from adapters.feishu.errors import NO_SUCH_ROLE
from adapters.feishu.refusals import REASONS, Cause
from domain.delivery.operation import Acknowledged, Action, Change
from domain.errors import TerminalFault

MOST = 100
"""People in one call."""

DONE, BAD_ID, ALREADY, NOT_IN = 1, 2, 4, 5
"""What a result says of one person."""

GRANTED = {DONE, ALREADY}
REVOKED = {DONE, NOT_IN, BAD_ID}
"""Who is not there has no role."""


class Roles:
    """Carries out changes of roles; ``known`` has ids by name."""

    def __init__(self, client: FeishuClient, known: Mapping[str, str]) -> None:
        self._client, self._known = client, known

    async def apply(self, change: Change) -> Acknowledged:
        """Carry out one change. Raises SystemFault."""
        if change.action is Action.CREATE:
            return Acknowledged(remote=await self._create(str(change.fields["name"])))
        role_id = str(change.remote)
        match change.action:
            case Action.ADD:
                await self._grant(role_id, change.members)
            case Action.REMOVE:
                await self._revoke(role_id, change.members)
            case Action.DELETE:
                await self._delete(role_id)
            case _:
                if change.fields.get("name"):
                    body = {"role_name": change.fields["name"]}
                    await self._client.call(
                        "PUT", "functional_roles/update", _path(role_id), wire.Nothing, body=body
                    )
        return Acknowledged(remote=role_id)

    async def _create(self, name: str) -> str:
        known = self._known.get(name)
        if known is not None:
            async for _ in self._client.holders(known):  # raises if there is no such role
                break
            return known
        found = await self._client.call(
            "POST",
            "functional_roles/create",
            "functional_roles",
            wire.NewRole,
            body={"role_name": name},
            repeat=False,
        )
        if not found.role_id:
            raise TerminalFault("Feishu functional_roles/create gave no id", code="shape")
        return found.role_id

    async def _grant(self, role_id: str, members: Sequence[str]) -> None:
        await self._list("POST", "batch_create", role_id, members, GRANTED)

    async def _revoke(self, role_id: str, members: Sequence[str]) -> None:
        await self._list("PATCH", "batch_delete", role_id, members, REVOKED)

    async def _list(
        self, method: str, call: str, role_id: str, members: Sequence[str], fine: set[int]
    ) -> None:
        """Change the list of members; everybody who can be is written, whoever else fails."""
        bad: list[wire.MemberResult] = []
        api = f"functional_roles/members/{call}"
        for start in range(0, len(members), MOST):
            body = {"members": list(members[start : start + MOST])}
            path = f"{_path(role_id)}/members/{call}"
            found = await self._client.call(method, api, path, wire.MemberResults, body=body)
            bad += [one for one in found.told if one.reason not in fine]
        if bad:
            cause = REASONS.get(bad[0].reason, Cause(f"Feishu gave reason {bad[0].reason}"))
            raise TerminalFault(
                f"Feishu {api} refused {len(bad)} of {len(members)} people",
                why=cause.why,
                fix=cause.fix,
                code=f"reason_{bad[0].reason}",
            )

    async def _delete(self, role_id: str) -> None:
        """Delete the role; Feishu refuses while anybody holds it (41206)."""
        try:
            holders = [one.user_id async for page in self._client.holders(role_id) for one in page]
            await self._revoke(role_id, holders)
            await self._client.call(
                "DELETE", "functional_roles/delete", _path(role_id), wire.Nothing
            )
        except TerminalFault as fault:
            if fault.code != NO_SUCH_ROLE:
                raise


def _path(role_id: str) -> str:
    return f"functional_roles/{placed(role_id)}"
