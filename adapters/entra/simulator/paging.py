"""Pages of any listing, by opaque links that expire (entra.md, section 2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.entra.simulator.errors import GraphError
from adapters.entra.simulator.query import Query
from adapters.entra.simulator.world import World
from adapters.simulation.http import Request

PREFIX = "/v1.0"


class Cursor(msgspec.Struct, frozen=True):
    """Where a link leads to: the same listing at ``start``."""

    path: str
    ids: Sequence[str]
    start: int
    query: Query
    ends: float
    empty: bool = False


def origin(request: Request) -> str:
    """The address at which the client sees us."""
    host = request.headers.get("host", "localhost")
    return f"{request.scope.get('scheme', 'http')}://{host}"


def resume(world: World, request: Request) -> Cursor | None:
    """The cursor of a link; None for a first page, and for delta queries, which have their own.

    Raises GraphError for an expired one.
    """
    token = request.query.get("$skiptoken")
    if token is None or "delta" in request.path.rpartition("/")[2]:
        return None
    cursor: Cursor | None = world.pages.get(token)
    if cursor is None or cursor.path != request.path:
        raise GraphError(400, "Request_BadRequest", "The specified page token is not valid.")
    if world.settings.expire_pages > 0:
        world.settings.expire_pages -= 1
        world.pages[token] = msgspec.structs.replace(cursor, ends=0)
    elif world.clock.now() < cursor.ends:
        return cursor
    raise expired()


def expired() -> GraphError:
    """400 Directory_ExpiredPageToken."""
    message = "The specified page token value has expired and can't be included in your request."
    return GraphError(400, "Directory_ExpiredPageToken", message)


def cut(
    world: World, request: Request, cursor: Cursor | None, ids: Sequence[str], query: Query
) -> tuple[Sequence[str], dict[str, Any]]:
    """The ids of this page and the link to the next one, if there is one."""
    settings = world.settings
    start, size = (cursor.start if cursor else 0), query.size
    if settings.empty_pages and start < len(ids) and not (cursor and cursor.empty):
        return (), _link(world, request, ids, start, query, empty=True)
    page = ids[start : start + size]
    if settings.repeats and start:
        page = [ids[start - 1], *page]
    following = start + size
    if following >= len(ids):
        return page, {}
    return page, _link(world, request, ids, following, query, empty=False)


def _link(
    world: World, request: Request, ids: Sequence[str], start: int, query: Query, *, empty: bool
) -> dict[str, Any]:
    token = f"sim-{len(world.pages) + 1:08x}"
    ends = world.clock.now() + world.settings.page_lifetime
    world.pages[token] = Cursor(request.path, ids, start, query, ends, empty)
    return {"@odata.nextLink": f"{origin(request)}{request.path}?$skiptoken={token}"}
