"""From changes to messages. Pure."""

from __future__ import annotations

from adapters.webhook.signing import message_id
from adapters.webhook.wire import Answer, Entity, Message
from domain.delivery.operation import Action, Change

LONGEST_ID = 256


def message(change: Change) -> Message:
    """The message of a change: the same, byte for byte, whenever it is tried again."""
    new = change.action is Action.CREATE
    return Message(
        id=message_id(change.token),
        type=f"{change.kind}.{change.action}",
        kind=change.kind,
        action=str(change.action),
        entity=Entity(
            uid=change.uid,
            key=change.key,
            remote=None if new else change.remote,
            former=change.former,
        ),
        fields=change.fields,
        relations=change.relations.given(),
        members=change.members,
    )


def remote_of(change: Change, said: Answer) -> str:
    """The receiver's id: the one that it gives at creation, or our own key."""
    if change.action is not Action.CREATE:
        return change.remote or change.key
    given = "" if said.id is None else str(said.id)
    return given if 0 < len(given) <= LONGEST_ID else change.key
