"""Mapped: one person as a target gets them, to look at before anything is sent."""

from __future__ import annotations

from typing import Any

import msgspec

from domain.delivery.document import Documents
from domain.delivery.scope import Chosen
from domain.errors import ConfigError
from orgledger.engine.deliver.destination import Destination
from orgledger.engine.views import Views


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """``fields`` are the target's, each with its expression; relations are named by source ids."""

    id: str
    name: str
    in_scope: bool
    fields: dict[str, Any]
    expressions: dict[str, str]
    relations: dict[str, Any]
    problems: tuple[str, ...]


def mapped(views: Views, destination: Destination, name: str) -> Mapped:
    """The member ``name`` (uid or id in the source). Raises ConfigError for an unknown one."""
    directory = views.directory(destination.org)
    documents = Documents(directory)
    uid = documents.rows.uid("member", name)
    if uid is None:
        raise ConfigError(
            f"the organization {destination.org!r} has no member {name!r}",
            fix=f"'orgledger search {destination.org} TEXT' finds people and their ids.",
        )
    member = directory.members[uid]
    document = documents.member(member)
    mapping, target = destination.mapping["member"], destination.target
    fitted = target.fit("member", mapping.values(document, documents.hidden("member")))
    required = {f.name for f in target.capabilities.fields["member"] if f.required}
    empty = [f"{f} has no value" for f in sorted(required) if fitted.fields.get(f) in (None, "")]
    ties = ("departments", "manager", "active")
    return Mapped(
        id=document["id"],
        name=member.name,
        in_scope=member.present and Chosen(destination.scope, documents).member(member),
        fields=fitted.fields,
        expressions={field.name: expression.text for field, expression in mapping.fields},
        relations={name: document[name] for name in ties if name in document},
        problems=(*fitted.problems, *empty),
    )
