"""Typed calls of Feishu's contact v3, with the token looked after.

Everybody and everything is named by ids of one kind (feishu.md, section 3): those that can be
chosen, ``user_id`` and ``department_id``, unless it is said otherwise.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from adapters.feishu import errors, wire
from adapters.feishu.settings import FeishuSettings
from adapters.http import (
    AccessToken,
    Budget,
    HttpClient,
    Outgoing,
    Patience,
    Reply,
    decoder,
)
from adapters.http.budget import Clock, Sleep
from domain.errors import CredentialFault, TerminalFault

T = TypeVar("T")

PAGE = 50
"""Entries in one page of departments and people; more is refused (40011)."""

HOLDER_PAGE, SCOPE_PAGE, GROUP_PAGE = 100, 100, 100
BATCH = 50
"""Ids in one question for many departments or people."""

NARROW = {"functional_roles": (100, 60.0), "group": (100, 60.0)}
"""Roles and user groups: 100 calls a minute of each interface (Feishu rate limits, tier 3)."""

MOST_PAGES = 2000
"""A list longer than this many pages never ends."""


CONTACT = "open-apis/contact/v3/"
IDS = {"user_id_type": "user_id", "department_id_type": "department_id"}
OPEN_IDS = {"user_id_type": "open_id", "department_id_type": "open_department_id"}

_JSON = ("Content-Type", "application/json; charset=utf-8")


class FeishuClient:
    """Calls for one app. ``patience`` says how long to keep trying, ``ids`` the kinds of ids."""

    def __init__(
        self,
        settings: FeishuSettings,
        *,
        ids: Mapping[str, str] = IDS,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        def opened(rate: float) -> HttpClient:
            return HttpClient(
                "Feishu",
                Budget(rate, steady=True, windows=NARROW, clock=clock, sleep=sleep),
                transport=transport,
                patience=patience,
                retry_header=errors.RESET,
                clock=clock,
                sleep=sleep,
            )

        self.http, self._moves = opened(settings.rate), opened(settings.move_rate)
        self._moving = asyncio.Lock()
        self._settings, self._ids = settings, ids
        self._base = settings.base_url.rstrip("/")
        self.token = AccessToken(self._fetch_token, clock)

    @property
    def calls(self) -> int:
        """Requests that reached the wire so far."""
        return self.http.calls + self._moves.calls

    async def close(self) -> None:
        """Give connections back."""
        await self.http.close()
        await self._moves.close()

    async def _fetch_token(self) -> tuple[str, float]:
        given = {"app_id": self._settings.app_id, "app_secret": self._settings.app_secret}
        outgoing = Outgoing(
            "POST",
            httpx.URL(f"{self._base}/open-apis/{errors.TOKEN_API}"),
            msgspec.json.encode(given),
            (_JSON,),
        )
        answer: wire.Token = await self.http.call(
            errors.TOKEN_API, outgoing, lambda r: _judge(errors.TOKEN_API, r, wire.Token)
        )
        if not answer.tenant_access_token:
            raise CredentialFault("Feishu gave no access token", code="no_token")
        return answer.tenant_access_token, float(answer.expire)

    async def call(
        self,
        method: str,
        api: str,
        path: str,
        shape: type[T],
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        repeat: bool = True,
    ) -> T:
        """One call of ``path`` below contact v3; returns its data. ``api`` is its name in errors.

        A refused token is fetched anew and the call made once more. ``repeat=False`` is for
        writes that must not happen twice, see ``HttpClient.call``. Raises SystemFault.
        """
        asked = httpx.QueryParams({**self._ids, **(query or {})})
        url = httpx.URL(f"{self._base}/{CONTACT}{path}?{asked}")
        content = None if body is None else msgspec.json.encode(body)
        return await self._call(self.http, method, api, url, content, shape, repeat)

    async def move(self, user_id: str, body: object) -> None:
        """Change somebody's departments or suspend them: one after the other, 1 per second.

        Feishu contact v3, users/patch; suspending people side by side fails at random.
        """
        url = httpx.URL(
            f"{self._base}/{CONTACT}users/{placed(user_id)}?{httpx.QueryParams(self._ids)}"
        )
        content = msgspec.json.encode(body)
        api, shape = "users/patch", wire.Nothing
        async with self._moving:
            await self._call(self._moves, "PATCH", api, url, content, shape, True)

    async def _call(
        self,
        http: HttpClient,
        method: str,
        api: str,
        url: httpx.URL,
        content: bytes | None,
        shape: type[T],
        repeat: bool,
    ) -> T:
        expected: Any = wire.Answer[shape]  # type: ignore[valid-type]

        async def call(token: str) -> wire.Answer[T]:
            bearer = ("Authorization", f"Bearer {token}")
            outgoing = Outgoing(method, url, content, (bearer, _JSON))
            answer: wire.Answer[T] = await http.call(
                api, outgoing, lambda r: _judge(api, r, expected), repeat=repeat
            )
            return answer

        answer = await self.token.used(call)
        return shape() if answer.data is None else answer.data

    async def pages(
        self, api: str, path: str, row: type[T], size: int = PAGE, **query: Any
    ) -> AsyncIterator[list[T]]:
        """A list, page by page. Raises TerminalFault for one whose token does not get on."""
        shape = wire.Page[row]  # type: ignore[valid-type]
        token: str | None = None
        for _ in range(MOST_PAGES):
            asked = {**query, "page_size": size, **({"page_token": token} if token else {})}
            page = await self.call("GET", api, path, shape, query=asked)
            yield page.rows
            if not page.has_more:
                return
            if not page.page_token or page.page_token == token:
                break
            token = page.page_token
        raise _endless(api)

    def children(
        self, department_id: str, *, all_below: bool
    ) -> AsyncIterator[list[wire.Department]]:
        """The departments directly below one, or all below it, in no order."""
        return self.child_pages(department_id, wire.Department, all_below=all_below)

    def child_pages(
        self, department_id: str, row: type[T], *, all_below: bool
    ) -> AsyncIterator[list[T]]:
        """The same with rows of another shape (``msgspec.Raw``: as they come)."""
        return self.pages(
            "departments/children",
            f"departments/{placed(department_id)}/children",
            row,
            fetch_child="true" if all_below else "false",
        )

    def people(self, department_id: str) -> AsyncIterator[list[wire.User]]:
        """The direct members of a department."""
        return self.people_pages(department_id, wire.User)

    def people_pages(self, department_id: str, row: type[T]) -> AsyncIterator[list[T]]:
        """The same with rows of another shape."""
        api = "users/find_by_department"
        return self.pages(api, api, row, department_id=department_id)

    async def several(self, kind: str, ids: Sequence[str], row: type[T]) -> list[T]:
        """At most ``BATCH`` ``departments`` or ``users`` by their ids; unknown ones are left out.

        Feishu contact v3, departments/batch and users/batch.
        """
        shape = wire.Rows[row]  # type: ignore[valid-type]
        query = {f"{kind.removesuffix('s')}_ids": list(ids)}
        return (
            await self.call("GET", f"{kind}/batch", f"{kind}/batch", shape, query=query)
        ).items or []

    def groups(self, kind: int) -> AsyncIterator[list[wire.UserGroup]]:
        """The user groups of a kind: 1 normal, 2 dynamic (Feishu contact v3, group/simplelist)."""
        return self.pages(
            "group/simplelist", "group/simplelist", wire.UserGroup, GROUP_PAGE, type=kind
        )

    def group_members(self, group_id: str) -> AsyncIterator[list[wire.GroupMember]]:
        """The people in a user group (Feishu contact v3, group/member/simplelist)."""
        return self.pages(
            "group/member/simplelist",
            f"group/{placed(group_id)}/member/simplelist",
            wire.GroupMember,
            GROUP_PAGE,
            member_type="user",
            member_id_type=self._ids["user_id_type"],
        )

    def holders(self, role_id: str) -> AsyncIterator[list[wire.RoleHolder]]:
        """Who has a role."""
        return self.pages(
            "functional_roles/members/list",
            f"functional_roles/{placed(role_id)}/members",
            wire.RoleHolder,
            HOLDER_PAGE,
        )

    async def department(self, department_id: str) -> wire.Department | None:
        """One department; None where there is none of this id."""
        found = await self.single("departments", department_id, wire.Department)
        return None if found is None or found.deleted else found

    async def user(self, user_id: str) -> wire.User | None:
        """One person; None where there is nobody of this id, or who has left."""
        found = await self.single("users", user_id, wire.User)
        return None if found is None or found.resigned else found

    async def single(self, kind: str, given: str, row: type[T], **query: str) -> T | None:
        """One of the ``departments`` or ``users``, as it is told; None where there is none.

        ``query`` may say that ``given`` is an id of another kind. Feishu contact v3,
        departments/get and users/get; people who have left are still told.
        """
        shape = wire.Single[row]  # type: ignore[valid-type]
        api = f"{kind}/get"
        try:
            data = await self.call("GET", api, f"{kind}/{placed(given)}", shape, query=query)
        except TerminalFault as fault:
            if fault.code in errors.NONE_SUCH[kind]:
                return None
            raise
        found: T | None = data.row
        if found is None:
            raise TerminalFault(f"Feishu {api} told nothing", code="shape")
        return found

    async def granted(self) -> wire.Scopes:
        """The departments and people in the app's range; who is below them is not named."""
        found = wire.Scopes(department_ids=[], user_ids=[], group_ids=[])
        token: str | None = None
        for _ in range(MOST_PAGES):
            query = {"page_size": SCOPE_PAGE, **({"page_token": token} if token else {})}
            page = await self.call("GET", "scopes/list", "scopes", wire.Scopes, query=query)
            found.departments.extend(page.departments)
            found.users.extend(page.users)
            found.groups.extend(page.groups)
            if not page.has_more:
                return found
            if not page.page_token or page.page_token == token:
                break
            token = page.page_token
        raise _endless("scopes/list")


def placed(given: str) -> str:
    """An id as a part of a path."""
    return quote(given, safe="")


def _endless(api: str) -> TerminalFault:
    return TerminalFault(
        f"Feishu {api} was given up",
        why="its pages do not get on: has_more stays true and no new page_token comes",
        fix="Try again later; if it stays so, report it to Feishu.",
        code="endless",
    )


def _judge(api: str, reply: Reply, shape: Any) -> Any:
    fault = errors.page_fault(api, reply)
    if fault is not None:
        raise fault
    answer = reply.decode(decoder(shape), f"Feishu {api}")
    if answer.code is None:
        raise errors.unnamed(api, reply)
    if answer.code:
        raise errors.fault_of(api, reply, answer.code, answer.error)
    return answer
