"""Values: from a mapping into LDAP's form, and from an entry back into the same form. Pure.

An attribute with one value is text, one with several a sorted list, one without is None.
"""

from __future__ import annotations

import re
from typing import Any

from adapters.ldap.dn import first, same
from adapters.ldap.wire import Entry
from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.operation import Fitted

OURS = frozenset(
    ["objectclass", "labeleduri", "uniquemember", "member", "memberof", "owner", "manager"]
) | {"entryuuid"}
"""Attributes that we write by ourselves, or that the server keeps: no mapping may fill them."""

ASCII = frozenset(["mail", "rfc822mailbox", "dc"])
"""IA5 String (RFC 4524, RFC 4519): slapd answers 21 to anything else."""

PHONES = frozenset(
    ["mobile", "telephonenumber", "homephone", "pager", "facsimiletelephonenumber"]
)  # fmt: skip
"""Telephone Number (RFC 4517, 3.3.31): a printable string."""

PRINTABLE = re.compile(r"[A-Za-z0-9'()+,\-./:? =]+")

NAMING = {"department": ("ou", "cn"), "member": ("uid",), "role": ("cn",)}
"""Attributes that may stand in the RDN of a kind, and must have one value there."""


def fit(capabilities: TargetCapabilities, kind: str, fields: dict[str, Any]) -> Fitted:
    """Values as LDAP takes and returns them; see ``domain.ports.Target.fit``."""
    fitted: dict[str, Any] = {}
    problems: list[str] = []
    for given, value in fields.items():
        field = capabilities.field(kind, given)
        name = field.name if field is not None else given.lower()
        low = name.lower()
        values = _texts(value)
        if low in OURS:
            problems.append(f"{name} is written by orgledger itself and can't be mapped")
        elif values is None:
            problems.append(f"{name} is neither text nor a list of texts")
        else:
            fitted[name] = compact(values)
            naming = name if field is not None and field.required else ""
            problems += _problems(name, values, one=naming in NAMING[kind])
    return Fitted(fields=fitted, problems=tuple(problems))


def compact(values: list[str]) -> str | list[str] | None:
    """The one form of some values, in which two readings compare equal."""
    if len(values) < 2:
        return values[0] if values else None
    by_meaning = {same(value): value for value in sorted(values, reverse=True)}
    distinct = sorted(by_meaning.values())
    return distinct if len(distinct) > 1 else distinct[0]


def encoded(value: str | list[str] | None) -> list[bytes]:
    """The values of an attribute as they are sent."""
    if value is None:
        return []
    return [text.encode() for text in ([value] if isinstance(value, str) else value)]


def fields_of(capabilities: TargetCapabilities, kind: str, entry: Entry) -> dict[str, Any]:
    """The attributes of an entry in the form that ``fit`` gives; unreadable ones are left out.

    Of several values of the attribute that names the entry, the one in its name counts.
    """
    fields: dict[str, Any] = {field.name: None for field in capabilities.fields[kind]}
    by_name = {name.lower(): name for name in fields}
    for low in entry.values:
        if low not in OURS:
            fields[by_name.get(low, low)] = compact([t for t in entry.texts(low) if t.strip()])
    naming = [name for name in NAMING[kind] if isinstance(fields.get(name), list)]
    if naming:
        attribute, value = first(entry.dn)
        if attribute.lower() in naming:
            fields[attribute.lower()] = value
    return fields


def _texts(value: Any) -> list[str] | None:
    """The texts in a value, empty ones left out; None if it is none and has none."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if value is None:
        return []
    if isinstance(value, bool):
        return ["TRUE" if value else "FALSE"]
    if isinstance(value, int | float):
        return [str(value)]
    if not isinstance(value, list | tuple):
        return None
    parts = [_texts(part) for part in value if not isinstance(part, list | tuple)]
    if len(parts) < len(value) or None in parts:
        return None
    return [text for part in parts if part for text in part]


def _problems(name: str, values: list[str], *, one: bool) -> list[str]:
    low, problems = name.lower(), []
    if one and len(values) > 1:
        problems.append(f"{name} names the entry and can have one value only")
    if any("\0" in value for value in values):
        problems.append(f"{name} has a NUL character, which LDAP names can't have")
    if low in ASCII and not all(value.isascii() for value in values):
        problems.append(f"{name} has characters beyond ASCII, which LDAP refuses")
    if low in PHONES and not all(PRINTABLE.fullmatch(value) for value in values):
        problems.append(f"{name} has characters that LDAP refuses in a telephone number")
    return problems
