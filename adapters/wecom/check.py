"""Check: what each of the two secrets may do, what is visible, what is hidden.

Nothing is written and nobody's data is kept; the right to write is not probed, because the only
way to probe it is to write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from adapters.http.findings import clock, error, ok, trouble, warning
from adapters.wecom import wire
from adapters.wecom.client import WeComClient, user_row
from adapters.wecom.errors import PLACE, RANGE, Caller
from adapters.wecom.mapping import ROOT, Fields
from adapters.wecom.settings import WeComSettings
from domain.errors import SystemFault
from domain.ports import Finding

SHOWN = 5
MOST_LISTS = 5
"""Departments whose people are looked at, to see which fields are shown."""

HIDDEN = (
    "WeCom shows these to apps created before 2022-06-20 only; read them from another system, or"
    " use such an app."
)


async def check(client: WeComClient, settings: WeComSettings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    return await _Probe(client, settings).run()


class _Probe:
    def __init__(self, client: WeComClient, settings: WeComSettings) -> None:
        self._client, self._settings = client, settings
        self._detail: Caller = "app" if "app" in client.callers else "contact"
        self._places: list[wire.Place] | None = None
        self._departments: list[wire.Department] | None = None
        self._peopled: list[int] = []
        self._fields = Fields()
        self._looked = False

    async def run(self) -> list[Finding]:
        findings = [await self._sign_in(caller) for caller in self._client.callers]
        accepted = [
            caller
            for caller, finding in zip(self._client.callers, findings, strict=True)
            if finding.level == "ok"
        ]
        findings += clock(self._client.http.date, "WeCom", "signatures of callbacks")
        findings += self._missing()
        if "contact" in accepted:
            findings.append(await self._ask("contact", "ids of departments", self._list_places))
            findings.append(await self._ask("contact", "ids of members", self._list_ids))
        if self._detail in accepted:
            findings += await self._details()
        if accepted:
            tagging = accepted[0]
            findings.append(await self._ask(tagging, "tags", lambda: self._client.tags(tagging)))
        return [*findings, *self._scope(), *self._hidden()]

    async def _sign_in(self, caller: Caller) -> Finding:
        try:
            await self._client.sign_in(caller)
        except SystemFault as fault:
            return trouble(f"credentials {caller}_secret", fault)
        return ok(f"credentials {caller}_secret", f"WeCom accepts corp_id and {caller}_secret.")

    def _missing(self) -> list[Finding]:
        findings = []
        if "contact" not in self._client.callers:
            findings.append(
                warning(
                    "contact_secret",
                    "Without it nobody outside the app's visible range is noticed.",
                    f"Set contact_secret: the Secret under {PLACE['contact']}.",
                )
            )
        if "app" in self._client.callers and not self._settings.agent_id:
            findings.append(
                warning(
                    "agent_id",
                    "Without it people who are in the visible range by themselves are not read.",
                    f"Set agent_id: the AgentId under {PLACE['app']}.",
                )
            )
        return findings

    async def _ask(self, caller: Caller, what: str, call: Callable[[], Awaitable[Any]]) -> Finding:
        try:
            await call()
        except SystemFault as fault:
            return trouble(f"{caller}_secret: {what}", fault)
        return ok(f"{caller}_secret: {what}", f"{caller}_secret may read {what}.")

    async def _details(self) -> list[Finding]:
        findings = [await self._ask(self._detail, "names of departments", self._list_departments)]
        if self._departments:
            findings.append(await self._ask(self._detail, "details of members", self._look))
        if self._detail == "app" and self._settings.agent_id:
            findings.append(await self._ask("app", "its visible range", self._range))
        return findings

    async def _list_places(self) -> None:
        self._places = await self._client.places("contact")

    async def _list_ids(self) -> None:
        async for rows in self._client.membership_pages():
            self._peopled = list(dict.fromkeys(row.department for row in rows))
            return

    async def _list_departments(self) -> None:
        self._departments = await self._client.departments(self._detail)

    async def _range(self) -> None:
        await self._client.agent(self._settings.agent_id)

    async def _look(self) -> None:
        """Look at the people of a few departments, of those that have somebody if we know."""
        visible = [one.id for one in self._departments or ()]
        peopled = [one for one in self._peopled if one in visible]
        for dept_id in (peopled or visible)[:MOST_LISTS]:
            for raw in await self._client.users(self._detail, dept_id):
                self._looked = True
                self._fields.notice(user_row(raw))

    def _scope(self) -> list[Finding]:
        if self._departments is None:
            return []
        seen = {one.id for one in self._departments}
        if ROOT in seen:
            return [ok("scope", f"{self._detail}_secret sees the whole organization.")]
        names = [f"{one.name} ({one.id})" for one in self._departments if one.parentid not in seen]
        text = "app_secret sees no department at all."
        if names:
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            text = f"app_secret sees {len(seen)} departments: {', '.join(names[:SHOWN])}{more}"
            text += " with what is below."
        if self._places is not None:
            unseen = [str(one.id) for one in self._places if one.id not in seen]
            more = f" and {len(unseen) - SHOWN} more" if len(unseen) > SHOWN else ""
            text += (
                f" It does not see {len(unseen)} that contact_secret lists:"
                f" {', '.join(unseen[:SHOWN])}{more}."
            )
        return [(warning if names else error)("scope", text, RANGE)]

    def _hidden(self) -> list[Finding]:
        hidden = self._fields.hidden
        if not self._looked:
            return []
        if not hidden:
            return [ok("fields", "All fields are shown.")]
        text = f"Shown for nobody: {', '.join(hidden)}. They stay unknown, not empty."
        return [warning("fields", text, HIDDEN)]
