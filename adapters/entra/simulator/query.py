"""OData options of a request, as strictly as Graph reads them (Graph v1.0, query parameters)."""

from __future__ import annotations

import re

import msgspec

from adapters.entra.simulator.errors import GraphError, bad_request, unsupported
from adapters.entra.simulator.properties import ALL, DEFAULT, UNLISTABLE, Kind
from adapters.simulation.http import Request

LARGEST, DEFAULT_PAGE, EXPANDED_PAGE = 999, 100, 100
KNOWN = frozenset(
    {
        "$select", "$top", "$filter", "$expand", "$count", "$orderby", "$search", "$skiptoken",
        "$deltatoken", "$deltaToken",
    }
)  # fmt: skip
_EXPAND = re.compile(r"(\w+)(?:\((.*)\))?")


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. ``eventual`` says that advanced queries are allowed."""

    select: tuple[str, ...] = ()
    top: int | None = None
    filter: str = ""
    expand: str = ""
    expand_select: tuple[str, ...] = ()
    count: bool = False
    eventual: bool = False
    orderby: str = ""

    @property
    def size(self) -> int:
        """Rows of a page: with $expand Graph gives a hundred at most, whatever $top says."""
        size = self.top or DEFAULT_PAGE
        return min(size, EXPANDED_PAGE) if self.expand else size


def read_query(request: Request, kind: Kind, unknown: frozenset[str]) -> Query:
    """Raises GraphError for what Graph refuses; ``unknown`` are properties this cloud lacks."""
    options = request.query
    for name in options:
        if name.startswith("$") and name not in KNOWN:
            raise bad_request(f"Query option '{name}' is not allowed.")
    eventual = request.headers.get("consistencylevel", "").lower() == "eventual"
    advanced = eventual and options.get("$count") == "true"
    if "$search" in options:
        raise unsupported("Request with $search query parameter is not simulated.")
    orderby = options.get("$orderby", "")
    if orderby and not (advanced and orderby in ("displayName", "displayName asc")):
        raise unsupported("Sorting not supported for current query.")
    if options.get("$count") == "true" and not eventual:
        raise bad_request("$count is not currently supported.")
    expand, inner = _expand(options.get("$expand", ""), kind)
    return Query(
        select=_select(options.get("$select", ""), kind, unknown),
        top=_top(options.get("$top")),
        filter=options.get("$filter", ""),
        expand=expand,
        expand_select=inner,
        count=options.get("$count") == "true",
        eventual=advanced,
        orderby=orderby,
    )


def _select(text: str, kind: Kind, unknown: frozenset[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names:
        if kind == "user" and name in UNLISTABLE:
            message = "This operation is not supported for collections."
            raise GraphError(501, "NotImplemented", message)
        if name in unknown or name not in ALL[kind] | {"manager", "members", "owners"}:
            raise bad_request(
                f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
            )
    return names


def names_of(query: Query, kind: Kind) -> tuple[str, ...]:
    """The properties of each row; ``id`` comes whenever something is selected."""
    chosen = tuple(name for name in query.select if name in ALL[kind])
    if not chosen:
        return DEFAULT[kind]
    return chosen if "id" in chosen else ("id", *chosen)


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= LARGEST:
        raise unsupported(
            f"Invalid page size specified: '{text}'. Must be between 1 and {LARGEST} inclusive."
        )
    return int(text)


def _expand(text: str, kind: Kind) -> tuple[str, tuple[str, ...]]:
    if not text:
        return "", ()
    found = _EXPAND.fullmatch(text)
    if found is None:
        raise bad_request("The result of parsing $expand contained at least 2 items.")
    name, inner = found[1], found[2] or ""
    if name != "manager" or kind != "user":
        raise bad_request(f"Could not find a property named '{name}' that can be expanded.")
    if "$levels" in inner:
        raise unsupported("Transitive manager's list is only supported on a single user.")
    if inner and not inner.startswith("$select="):
        raise bad_request(f"The expand option '{inner}' is not supported.")
    names = tuple(inner.removeprefix("$select=").split(",")) if inner else ()
    return name, names
