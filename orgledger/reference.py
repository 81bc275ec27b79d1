"""The page docs/reference/capabilities.md, written from what the systems say of themselves.

``make docs`` runs ``python -m orgledger.reference`` and writes it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from domain.delivery.capabilities import Field, TargetCapabilities
from domain.ports import SourceCapabilities
from orgledger.abilities import READ, WRITTEN
from orgledger.systems import OWN

T = TypeVar("T", SourceCapabilities, TargetCapabilities)
Given = dict[str, Any]

_WEB = "https://example.com"
SHOWN: dict[str, tuple[Given, ...]] = {
    "roster": ({"path": "roster.json"},),
    "dingtalk": ({"app_key": "x", "app_secret": "x"},),
    "wecom": ({"corp_id": "x", "contact_secret": "x", "app_secret": "y"},),
    "feishu": ({"app_id": "x", "app_secret": "x"},),
    "entra": (
        {"tenant_id": "x", "client_id": "x", "client_secret": "x"},
        {"tree": "attribute"},
        {"tree": "groups"},
        {"tree": "units"},
        {"tree": "manager"},
    ),
    "ldap": (
        {"url": "ldap://x", "bind_dn": "cn=x", "bind_password": "x", "base_dn": "dc=x"},
        {"profile": "tree"},
        {"profile": "tree", "disabled": "none"},
        {"profile": "go-ldap-admin"},
        {"profile": "inetorgperson"},
        {"profile": "inetorgperson", "tree": "groups"},
        {"profile": "active-directory"},
        {"profile": "active-directory", "tree": "groups"},
    ),
    "scim-inbound": ({"token": "sha256:" + "0" * 64}, {"tree": "groups"}, {"tree": "attribute"}),
    "casdoor": ({"client_id": "x", "client_secret": "x", "organization": "x", "base_url": _WEB},),
    "authing": (
        {"access_key_id": "x", "access_key_secret": "x", "organization_code": "x"},
        {"departments": True},
        {"departments": False},
    ),
    "scim": ({"base_url": _WEB, "token": "x"}, {"nesting": "members"}, {"nesting": "none"}),
    "webhook": ({"url": _WEB, "secret": "whsec_" + "A" * 32},),
}
"""Per type the settings that it needs, and then the ways in which it can be configured, if what it
can do depends on them."""

_HEAD = """\
# What each system can hold

Written by `make docs` from what the adapters declare (`domain.ports.SourceCapabilities`, `domain.delivery.capabilities.TargetCapabilities`); a test compares.
The engine branches on the same records and on no system's name, and `orgledger check SYSTEM` shows the limits of the one that is configured.
A type has several columns where a setting changes what it can do.
A number leads to the reason, below the table.
"""  # noqa: E501 - one sentence per line

_FIELDS = """\
## Fields of targets

What is written by default is an expression over the [document](configuration.md#map) of a department, person or role; a field without one is written only where `map` says so.
"""  # noqa: E501

_OF_DEPARTMENTS = frozenset(
    {"nested", "sibling_names", "leaders", "primary_leader", "leaders_inside", "main_department"}
)


@dataclass(frozen=True)
class Column(Generic[T]):
    """A type, what it can do, and the ways of configuring it in which it can do that."""

    type: str
    can: T
    configured: list[str]

    def heading(self, between: str) -> str:
        return between.join(f"`{part}`" for part in (self.type, *self.configured) if part)


@functools.cache
def sources() -> list[Column[SourceCapabilities]]:
    """Every way of reading that has a column."""

    def read(kind: str, settings: Any) -> SourceCapabilities | None:
        own = OWN[kind]
        if own.door is not None:
            return own.door(settings, kind).capabilities
        return own.source(settings, kind, Path()).capabilities if own.source else None

    return _columns(read)


@functools.cache
def targets() -> list[Column[TargetCapabilities]]:
    """Every way of writing that has a column."""

    def written(kind: str, settings: Any) -> TargetCapabilities | None:
        make = OWN[kind].target
        able = make is not None and getattr(settings, "is_written", True)
        return make(settings, kind, Path()).capabilities if make and able else None

    return _columns(written)


def _columns(ask: Callable[[str, Any], T | None]) -> list[Column[T]]:
    found: list[Column[T]] = []
    for kind, (needed, *ways) in SHOWN.items():
        for way in ways or ({},):
            can = ask(kind, msgspec.convert({**needed, **way}, OWN[kind].settings))
            same = next((c for c in found if (c.type, c.can) == (kind, can)), None)
            if same is not None:
                same.configured.append(_toml(way))
            elif can is not None:
                found.append(Column(kind, can, [_toml(way)]))
    return found


def _toml(settings: Given) -> str:
    return ", ".join(f"{k} = {msgspec.json.encode(v).decode()}" for k, v in settings.items())


def page() -> str:
    """The whole page, as Markdown."""
    from_there, to_there = sources(), targets()
    return "\n".join(
        [
            _HEAD,
            *_section("Sources", from_there, READ, _reads),
            *_section("Targets", to_there, WRITTEN, _writes),
            _FIELDS,
            *_fields(to_there),
        ]
    )


def _section(
    title: str,
    columns: list[Column[T]],
    rows: dict[str, str],
    answer: Callable[[T, str], str],
) -> Iterator[str]:
    """The table, flags down and systems across, and below it the reasons of each type."""
    numbers: dict[tuple[str, str], int] = {}
    for column in columns:
        for why in map(column.can.why.get, rows):
            if why is not None:
                numbers.setdefault((column.type, why), len(numbers) + 1)

    lines = []
    for flag, name in rows.items():
        cells = [name]
        for column in columns:
            number = numbers.get((column.type, column.can.why.get(flag, "")))
            raised = f" <sup>{number}</sup>" if number else ""
            cells.append(answer(column.can, flag) + raised)
        lines.append(cells)
    yield f"## {title}\n"
    yield _table(["", *(column.heading("<br>") for column in columns)], lines)
    for kind in dict.fromkeys(column.type for column in columns):
        reasons = [f"{n}. {why}" for (of, why), n in numbers.items() if of == kind]
        notes = dict.fromkeys(f"- {n}" for c in columns if c.type == kind for n in c.can.notes)
        lists = ["\n".join(part) for part in (reasons, notes) if part]
        if lists:
            yield f"### `{kind}` as a {title.lower().removesuffix('s')}\n"
            yield "\n\n".join(lists) + "\n"


def _reads(can: SourceCapabilities, flag: str) -> str:
    return "yes" if getattr(can, flag) else "no"


def _writes(can: TargetCapabilities, flag: str) -> str:
    of_nothing = flag in _OF_DEPARTMENTS and "department" not in can.fields
    of_one = flag == "primary_leader" and can.leaders in (0, 1)
    if of_nothing or of_one or (flag == "manager_with_record" and not can.managers):
        return "–"
    if flag == "leaders" and can.leaders:
        return str(can.leaders)
    kinds = set(can.fields)
    not_all = {"deletes": kinds - can.deletes, "renames": kinds - can.renames, "serial": can.serial}
    if not_all.get(flag):
        return "all but " + ", ".join(WRITTEN[kind] for kind in sorted(not_all[flag]))
    return "yes" if can.flags[flag] else "no"


def _fields(columns: list[Column[TargetCapabilities]]) -> Iterator[str]:
    """What is written by default, once for each different set of fields."""
    shown: list[dict[str, tuple[Field, ...]]] = []
    for column in columns:
        fields = column.can.fields
        if any(seen.items() >= fields.items() for seen in shown):
            continue
        shown.append(fields)
        yield f"### Fields of {column.heading(', ')}\n"
        rows = [
            [kind, f"`{field.name}`", _code(field.default), _marks(field), field.note]
            for kind, of_kind in fields.items()
            for field in of_kind
        ]
        yield _table(["kind", "field", "default", "", "note"], rows)


def _marks(field: Field) -> str:
    """What is special about a field, in words."""
    marks = {
        "required": field.required,
        "given once": field.fixed,
        "login or mail": field.identity,
        "the id there": field.remote,
        "numbered": field.numbered,
    }
    return ", ".join(name for name, marked in marks.items() if marked)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.stdout.write(page())
