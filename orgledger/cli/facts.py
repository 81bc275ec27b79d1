"""An entry of the log as a line for people and a record for machines."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

import msgspec

from domain.directory import Directory
from domain.envelope import Entry


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
     "entity"}
)  # fmt: skip
_UNSHOWN = frozenset({"uid", "origin"})


def shown(entry: Entry, directory: Directory | None, zone: tzinfo) -> Shown:
    """``entry`` for the screen; ``directory`` gives the names for uids, where there is one."""
    fact, envelope = entry.fact, entry.envelope
    said = msgspec.to_builtins(fact)
    record = {
        "position": entry.position,
        "time": envelope.at,
        "org": entry.org,
        "kind": fact.KIND,
        "event": fact.TOPIC,
        "entity": fact.uid,
        "actor": envelope.actor,
        "source": envelope.source,
        "run": envelope.run,
        "cause": envelope.cause,
        "id": envelope.id,
        "payload": {key: value for key, value in said.items() if key != "uid"},
    }
    return Shown(
        time=envelope.at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
        event=fact.TOPIC,
        name=_name(directory, fact.uid),
        text=_sentence(said, directory),
        by=envelope.source or envelope.actor,
        record=record,
    )


def _sentence(said: dict[str, Any], directory: Directory | None) -> str:
    parts = []
    for key, value in said.items():
        if key in _UNSHOWN or value in ("", (), {}, []):
            continue
        if key in _REFERENCES:
            uids = [value] if isinstance(value, str) else (value or [])
            text = ", ".join(_name(directory, uid) for uid in uids) or "–"
        elif isinstance(value, dict | list):
            text = msgspec.json.encode(value).decode()
        else:
            text = "–" if value is None else str(value)
        parts.append(f"{key}={text}")
    return " ".join(parts)


def _name(directory: Directory | None, uid: str) -> str:
    if directory is None:
        return uid
    for entities in (
        directory.departments, directory.members, directory.roles, directory.role_groups,
    ):  # fmt: skip
        entity: Any = entities.get(uid)
        if entity is not None:
            return str(entity.name)
    return directory.name if uid == directory.org else uid
