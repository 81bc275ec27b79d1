"""What our flat field names mean in a SCIM resource, both ways. Pure.

``title`` and ``name.formatted`` are attributes, ``emails.work`` is the value of that type in a
list, ``enterprise.department`` is an attribute of the enterprise extension and
``urn:…:User:attribute`` one of any other extension (RFC 7643, sections 2.4, 3.3 and 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from adapters.scim.wire import ENTERPRISE, Resource
from domain.delivery.operation import Fitted, Present, Relations

ACTIVE, MANAGER, EXTERNAL_ID = "active", "enterprise.manager", "externalId"
"""Fields that carry a relation or our key; no mapping writes them."""

ROLE = "role:"
"""Before the id of a role in externalId, where a department has its bare id."""

TYPED = frozenset({"emails", "phoneNumbers", "photos", "ims"})
"""Lists of values of which each has a type (RFC 7643, section 4.1.2)."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a field lives. ``schema`` is empty for the resource's own.

    ``sub`` is a sub-attribute, or the type of a value in a list; a ``reference`` is an object
    with the id of another resource as its ``value``.
    """

    schema: str
    attribute: str
    sub: str
    way: Literal["plain", "typed", "reference"]

    @property
    def path(self) -> str:
        """Its path in a PATCH, without a filter (RFC 7644, section 3.5.2)."""
        head = f"{self.schema}:{self.attribute}" if self.schema else self.attribute
        return f"{head}.{self.sub}" if self.sub and self.way == "plain" else head


@cache
def place(name: str) -> Place:
    """The place that a field name means."""
    schema, rest = "", name
    if name.startswith("urn:"):
        schema, _, rest = name.rpartition(":")
    elif name.startswith("enterprise."):
        schema, rest = ENTERPRISE, name.removeprefix("enterprise.")
    attribute, _, sub = rest.partition(".")
    if name == MANAGER:
        return Place(schema, attribute, "", "reference")
    typed = not schema and attribute in TYPED
    return Place(schema, attribute, sub, "typed" if typed else "plain")


def value(resource: Resource, name: str) -> Any:
    """What a resource has at a field; None for nothing."""
    where = place(name)
    home = resource.get(where.schema) if where.schema else resource
    found = home.get(where.attribute) if isinstance(home, dict) else None
    if where.way == "typed":
        return next((row.get("value") for row in _rows(found) if _type(row) == where.sub), None)
    if where.way == "reference":
        return found.get("value") if isinstance(found, dict) else found
    if where.sub:
        return found.get(where.sub) if isinstance(found, dict) else None
    return found


def put(resource: Resource, name: str, new: Any) -> None:
    """Set, or with None empty, a field of a resource in place; its neighbours stay."""
    where = place(name)
    home = resource.setdefault(where.schema, {}) if where.schema else resource
    if where.way == "typed":
        home[where.attribute] = _with_entry(list(_rows(home.get(where.attribute))), where, new)
    elif where.sub:
        inner = dict(home.get(where.attribute) or {})
        inner[where.sub] = new
        home[where.attribute] = {key: kept for key, kept in inner.items() if kept is not None}
        if not home[where.attribute]:
            del home[where.attribute]
    elif new is None:
        home.pop(where.attribute, None)
    else:
        home[where.attribute] = {"value": new} if where.way == "reference" else new
    if where.schema and home and where.schema not in resource.setdefault("schemas", []):
        resource["schemas"] = [*resource["schemas"], where.schema]
    if where.schema and not home:
        del resource[where.schema]


def _with_entry(rows: list[Resource], where: Place, new: Any) -> list[Resource]:
    """The rows with that value for its type; there is at most one primary row."""
    if new is None:
        return [row for row in rows if _type(row) != where.sub]
    if any(_type(row) == where.sub for row in rows):
        return [{**row, "value": new} if _type(row) == where.sub else row for row in rows]
    entry = typed_value(where, new)
    if "primary" in entry:
        rows = [{**row, "primary": False} if row.get("primary") else row for row in rows]
    return [*rows, entry]


def typed_value(where: Place, new: Any) -> dict[str, Any]:
    """An entry of a list of typed values; a work mail is the one to write to."""
    entry = {"value": new, "type": where.sub}
    return {**entry, "primary": True} if (where.attribute, where.sub) == PRIMARY else entry


PRIMARY = ("emails", "work")


def _rows(found: Any) -> Iterator[dict[str, Any]]:
    return (row for row in found if isinstance(row, dict)) if isinstance(found, list) else iter(())


def _type(row: dict[str, Any]) -> str:
    kind = row.get("type")
    return kind.lower() if isinstance(kind, str) else ""


def fit(known: frozenset[str], fields: dict[str, Any]) -> Fitted:
    """Mapped values as the service takes and returns them: text, or true and false.

    ``known`` are the fields that need no extension of the service's own.
    """
    fitted: dict[str, Any] = {}
    problems: list[str] = []
    for name, mapped in fields.items():
        if name not in known and not name.startswith("urn:"):
            problems.append(
                f"{name} is no attribute that can be written"
                " (one of the service's own is written urn:…:attribute)"
            )
        elif isinstance(mapped, (list, dict)):
            problems.append(f"{name} takes one value, and the mapping gives several")
        else:
            fitted[name] = _plain(mapped)
    return Fitted(fields=fitted, problems=tuple(problems))


def _plain(found: Any) -> Any:
    if found is None or isinstance(found, bool):
        return found
    text = str(found).strip()
    return text or None


def fields_of(resource: Resource, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a resource, in the form of :func:`fit`; those of own extensions too."""
    fields = {name: _plain(value(resource, name)) for name in names}
    for schema, content in resource.items():
        if schema.startswith("urn:") and schema != ENTERPRISE and isinstance(content, dict):
            for attribute, found in content.items():
                if not isinstance(found, (list, dict)):
                    fields[f"{schema}:{attribute}"] = _plain(found)
    return fields


def user(resource: Resource, names: Iterable[str], *, managers: bool) -> Present:
    """A person as the service has it; an account without ``active`` is open.

    ``managers`` says whether the service keeps them at all.
    """
    key = resource.get(EXTERNAL_ID)
    return Present(
        remote=resource["id"],
        key=key if isinstance(key, str) and key else None,
        fields=fields_of(resource, names),
        relations=Relations(
            active=is_active(resource),
            manager=value(resource, MANAGER) or None if managers else UNSET,
        ),
    )


def is_active(resource: Resource) -> bool:
    """Whether an account is open; some services send the text "False" (targets, part C5)."""
    found = resource.get(ACTIVE)
    return found.lower() != "false" if isinstance(found, str) else found is not False


def member_ids(group: Resource) -> list[str]:
    """The ids of everything in a group, people and groups."""
    rows = _rows(group.get("members"))
    return [row["value"] for row in rows if isinstance(row.get("value"), str)]
