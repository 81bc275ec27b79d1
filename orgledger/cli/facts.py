"""An entry of the log as a line for people and a record for machines."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from domain.directory import Directory
from domain.envelope import Entry
from domain.events import Fact
from orgledger.cli.terminal import cell, clean
from orgledger.cli.words import _, field


class Shown(msgspec.Struct, frozen=True):
    """One entry, ready to be shown: ``text`` says what it said, with names for uids."""

    time: str
    event: str
    name: str
    text: str
    by: str
    record: dict[str, Any]


_REFERENCES = frozenset(
    {"parent", "departments", "main_department", "leaders", "manager", "group", "member", "into",
     "entity", "members"}
)  # fmt: skip
_WORDS = frozenset({"kind", "action", "result"})
"""Fields whose values are words of ours, and not somebody's data."""

_UNSHOWN = frozenset({"uid", "origin", "digest", "planned", "acknowledged", "verified", "at"})
"""Not for people; the last four are for deliveries, and three repeat ``appended`` for a reading."""

_LISTED = 5
"""Things of a list that a line names; the others are counted."""


def shown(entry: Entry, directory: Directory | None, zone: tzinfo) -> Shown:
    """``entry`` for the screen; ``directory`` gives the names for uids, where there is one."""
    fact, envelope = entry.fact, entry.envelope
    record = {
        "position": entry.position,
        "time": envelope.at,
        "org": entry.org,
        **said(fact),
        "actor": envelope.actor,
        "source": envelope.source,
        "run": envelope.run,
        "cause": envelope.cause,
        "id": envelope.id,
    }
    payload = record["payload"]
    name = name_of(directory, fact.uid, payload.get("name"))
    return Shown(
        time=envelope.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        event=fact.TOPIC,
        name=name,
        text=_sentence(payload, directory, name, envelope.source),
        by=clean(envelope.source or envelope.actor),
        record=record,
    )


def said(fact: Fact) -> dict[str, Any]:
    """A fact for machines: what it is about, and what it says of it."""
    payload = msgspec.to_builtins(fact)
    del payload["uid"]
    return {"kind": fact.KIND, "event": fact.TOPIC, "entity": fact.uid, "payload": payload}


def _sentence(
    payload: dict[str, Any], directory: Directory | None, name: str, by: str | None
) -> str:
    parts = []
    for key, value in payload.items():
        if key in _UNSHOWN or value in ("", (), {}, []) or (key == "name" and value == name):
            continue
        if (key == "kept" and value == payload.get("read")) or (
            key in ("system", "target") and value == by
        ):
            continue
        told = value
        if key in _REFERENCES:
            told = _names(value, directory)
        elif key in _WORDS:
            told = _(str(value).replace("_", " "))
        elif key == "relations":
            told = {name: _names(of, directory) for name, of in value.items()}
        parts.append(f"{field(key)}={_listed(told)}")
    return "; ".join(parts)


def _names(value: Any, directory: Directory | None) -> Any:
    """Names for one uid or several; anything else as it is."""
    if isinstance(value, list | tuple):
        return [name_of(directory, uid) for uid in value]
    return name_of(directory, value) if isinstance(value, str) else value


def _listed(value: Any) -> str:
    if value in (None, "", [], ()):
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{field(key)} {_listed(item)}" for key, item in value.items())
    if isinstance(value, list | tuple) and len(value) > _LISTED:
        rest = _("and {n} more", n=len(value) - _LISTED)
        return f"{cell(value[:_LISTED])} … {rest}"
    return cell(value)


def name_of(directory: Directory | None, uid: str, otherwise: str | None = None) -> str:
    """The name of an entity; ``otherwise``, or else its uid, for one that is not known yet."""
    if directory is not None:
        for entities in (
            directory.departments, directory.members, directory.roles, directory.role_groups,
        ):  # fmt: skip
            entity: Any = entities.get(uid)
            if entity is not None:
                return clean(entity.name)
        if uid == directory.org and directory.name:
            return clean(directory.name)
    return clean(otherwise or uid)
