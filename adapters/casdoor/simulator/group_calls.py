"""Groups over the API (Casdoor source, controllers/group.go and object/group.go)."""

from __future__ import annotations

from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.decode import decode
from adapters.casdoor.simulator.envelopes import Envelope, action, ok
from adapters.casdoor.simulator.errors import RefusedError
from adapters.casdoor.simulator.fields import GROUP, Row
from adapters.casdoor.simulator.table import id_of, key_of, split_id
from adapters.casdoor.simulator.world import World

OMITTED_WHEN_EMPTY = ("title", "key", "children")


def get_groups(world: World, ask: Ask) -> Envelope:
    """All groups of ``owner``, a page of them, or with ``withTree`` those below the top."""
    rows = ask.listed(world.groups)
    if ask.paged:
        return ok([_on_page(world, row) for row in ask.page(rows)], len(rows))
    if ask.query("withTree") == "true":
        return ok(_tree(world, list(rows), ask.query("owner")))
    return ok([_shown(world, row) for row in rows])


def get_group(world: World, ask: Ask) -> Envelope:
    """One group, ``null`` when there is none."""
    row = world.groups.get(*split_id(ask.query("id")))
    return ok(None if row is None else _shown(world, row))


def _shown(world: World, row: Row) -> Row:
    shown = world.groups.shown(row)
    shown["users"] = world.people.members(id_of(row))
    for name in OMITTED_WHEN_EMPTY:
        if not shown[name]:
            del shown[name]
    return shown


def _on_page(world: World, row: Row) -> Row:
    shown = _shown(world, row)
    # Casdoor looks the group itself up among "those with children" and always finds it
    shown["haveChildren"] = True
    if not row.get("isTopGroup"):
        parent = world.groups.get(row["owner"], row.get("parentId", ""))
        shown["parentName"] = "" if parent is None else parent.get("displayName", "")
    return shown


def _tree(world: World, rows: list[Row], owner: str) -> list[Row]:
    below: dict[str, list[Row]] = {}
    for row in rows:
        below.setdefault(row.get("parentId", ""), []).append(row)
    top: list[Row] = []
    waiting = [(owner, top)]
    while waiting:
        parent, nodes = waiting.pop()
        for row in below.get(parent, []):
            node = world.groups.shown({"owner": row["owner"], "type": row.get("type", "")})
            node |= {"title": row.get("displayName", ""), "key": row["name"], "children": []}
            nodes.append(node)
            waiting.append((row["name"], node["children"]))
    return [_without_leaves(node) for node in top]


def _without_leaves(node: Row) -> Row:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        waiting.extend(current["children"])
        if not current["children"]:
            del current["children"]
    return node


def add_group(world: World, ask: Ask) -> Envelope:
    """A new group; its parent need not exist."""
    row = decode(ask.request.body, GROUP)
    check_name(world, row.get("name", ""))
    world.groups.insert(row)
    return action(True)


def update_group(world: World, ask: Ask) -> Envelope:
    """Every column from the body; an unknown group is ``Unaffected``.

    A rename moves the children along. Entries of users are only rewritten where they are the
    bare name: ``owner/name``, the usual form, keeps naming the group as it was called
    (object/group.go, GroupChangeTrigger with util.ReplaceVal).
    """
    row = decode(ask.request.body, GROUP)
    before = world.groups.get(*split_id(ask.query("id")))
    if before is None:
        return action(False)
    check_name(world, row.get("name", ""))
    if row["name"] != before["name"]:
        _rename(world, before["name"], row["name"])
        before = world.groups.get(*key_of(before)) or before
    return action(world.groups.replace(before, row))


def _rename(world: World, old: str, new: str) -> None:
    for owner, name in world.people.having(old):
        user = world.people.get(owner, name)
        if user is not None:
            groups = [new if entry == old else entry for entry in user["groups"]]
            world.people.replace(user, {**user, "groups": groups})
            world.people.bind(id_of(user), groups)
    for owner, name in world.groups.children(old):
        child = world.groups.get(owner, name)
        if child is not None:
            world.groups.replace(child, {**child, "parentId": new})


def delete_group(world: World, ask: Ask) -> Envelope:
    """Delete an empty group; an unknown one is ``Unaffected``."""
    return action(remove(world, *key_of(decode(ask.request.body, GROUP))))


def remove(world: World, owner: str, name: str) -> bool:
    """Take out a group that has neither groups nor users; false when there is none."""
    if world.groups.children(name):
        raise RefusedError("group has children group")
    if world.people.members(f"{owner}/{name}"):
        raise RefusedError("group has users")
    found = world.groups.get(owner, name)
    if found is not None:
        world.groups.remove(found)
    return found is not None


def check_name(world: World, name: str) -> None:
    """Refuse what cannot be a group's name."""
    if not name:
        raise RefusedError("group name can't be empty")
    if "/" in name:
        raise RefusedError('group name can\'t contain "/"')
    if world.organization(name) is not None:
        raise RefusedError("group name can't be same as the organization name")
