"""Searching: as few resources as possible are looked at, and none is trusted unseen. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from scim2_models import Resource, SearchRequest
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator
from scim2_server.storage import SearchPage

from adapters.scim_inbound.index import Index

ATTRIBUTES = {
    "User": {"username": "userName", "externalid": "externalId"},
    "Group": {"displayname": "displayName", "externalid": "externalId"},
}
"""What the index knows of each kind of resource, by lower-case attribute."""


def candidates(index: Index, name: str, request: SearchRequest[Any]) -> Iterable[str]:
    """The uids that can match a search among users or groups, in the order of their creation."""
    everyone = index.users if name == "User" else index.groups
    found = _narrowed(index, name, request.filter.ast if request.filter is not None else None)
    return everyone if found is None else [uid for uid in found if uid in everyone]


def _narrowed(index: Index, name: str, node: Any) -> Sequence[str] | None:
    """Uids by an ``eq`` on what the index knows, also as one of several that are joined by and."""
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        parts = (_narrowed(index, name, term) for term in node.terms)
        return min((part for part in parts if part is not None), key=len, default=None)
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq:
        return None
    attribute = str(node.attr_path).rpartition(":")[2].lower()
    if not isinstance(node.value, str):
        return None
    if attribute == "id":
        return (node.value,)
    known = ATTRIBUTES[name].get(attribute)
    return None if known is None else index.find(known, node.value)


def page(
    request: SearchRequest[Any], uids: Iterable[str], made: Callable[[str], Resource[Any]]
) -> SearchPage:
    """One page of what matches. Without a filter and an order only the page itself is made.

    The order without ``sortBy`` is that of creation, so that pages do not shift under changes.
    """
    listed = uids if isinstance(uids, (list, dict)) else list(uids)
    start = min(request.start_index_0 or 0, len(listed))
    stop = None if request.count is None else start + min(request.count, len(listed))
    if request.filter is None and request.sort_by is None:
        return SearchPage(len(listed), [made(uid) for uid in islice(listed, start, stop)])
    found = [made(uid) for uid in listed]
    if request.filter is not None:
        found = [resource for resource in found if request.filter.match(resource)]
    if request.sort_by is not None:
        found = _sorted(request, found)
    return SearchPage(len(found), found[start:stop])


def _sorted(request: SearchRequest[Any], found: list[Resource[Any]]) -> list[Resource[Any]]:
    """By the value that is asked for; those without one come last in ascending order."""

    def key(resource: Resource[Any]) -> tuple[bool, Any]:
        value = request.sort_value(resource)
        return value is None, "" if value is None else value

    descending = request.sort_order == SearchRequest.SortOrder.descending
    return sorted(found, key=key, reverse=descending)
