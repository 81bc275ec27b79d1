"""Ties: what of an entity's relations is written when, and what of them differs. Pure."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import msgspec
from msgspec import UNSET

from domain.delivery.operation import Action, Relations


def parent(relations: Relations) -> str | None:
    """The parent's uid; None at the top."""
    return None if relations.parent is UNSET else relations.parent


def manager(relations: Relations) -> str | None:
    """The manager's uid; None where there is none, or the target knows of none."""
    return None if relations.manager is UNSET else relations.manager


def first(relations: Relations) -> Relations:
    """What is written with the record itself."""
    return msgspec.structs.replace(relations, manager=UNSET, leaders=UNSET)


def second(relations: Relations) -> Relations:
    """What is written once everybody is there."""
    return Relations(manager=relations.manager, leaders=relations.leaders)


_EMPTY: dict[str, Any] = {"manager": None, "leaders": (), "departments": (), "active": True}
"""What a relation is that was never written."""


def changed(wanted: Relations, known: Relations) -> Relations:
    """The relations of ``wanted`` that differ from ``known``."""
    had = known.given()
    return Relations(
        **{
            name: value
            for name, value in wanted.given().items()
            if had.get(name, _EMPTY.get(name)) != value
        }
    )


def ready(relations: Relations, waiting: Container[str]) -> tuple[Relations, Relations]:
    """What of ``relations`` can be written, and the ones that lack an end which is ``waiting``.

    Of a list the others are written; one that nobody of is there waits as a whole.
    """
    now: dict[str, Any] = {}
    later: dict[str, Any] = {}
    for name, value in relations.given().items():
        if isinstance(value, tuple):
            kept = tuple(uid for uid in value if uid not in waiting)
            if kept or not value:
                now[name] = kept
            if kept != value:
                later[name] = value
        elif isinstance(value, str) and value in waiting:
            later[name] = value
        else:
            now[name] = value
    return Relations(**now), Relations(**later)


def same(known: Relations, named: Relations) -> Relations:
    """Of ``known`` the relations that ``named`` is about."""
    had, about = known.given(), named.given()
    return Relations(**{name: value for name, value in had.items() if name in about})


def action(relations: Relations) -> Action:
    if relations.active is True:
        return Action.REACTIVATE
    moves = relations.parent is not UNSET or relations.departments is not UNSET
    return Action.MOVE if moves or relations.group is not UNSET else Action.UPDATE
