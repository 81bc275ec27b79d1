"""Writing users over the API (Casdoor source, controllers/user.go and object/user.go)."""

from __future__ import annotations

import uuid

from adapters.casdoor.simulator.account_items import check_changes, check_rule, item_named
from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.decode import decode
from adapters.casdoor.simulator.envelopes import Envelope, action, ok
from adapters.casdoor.simulator.errors import (
    EMPTY_USER_KEY,
    NO_APPLICATION,
    NO_USER,
    PanicError,
    RefusedError,
)
from adapters.casdoor.simulator.fields import USER, Row, snake
from adapters.casdoor.simulator.table import id_of, key_of, split_id
from adapters.casdoor.simulator.user_rules import checked
from adapters.casdoor.simulator.world import SITE, World

COLUMNS = {snake(name): name for name, field in USER.fields.items() if field.stored}
UNTOUCHED = {
    *("createdTime", "updatedTime", "deletedTime", "externalId", "createdIp", "lastSigninTime"),
    *("password", "passwordSalt", "passwordType", "avatarType", "permanentAvatar", "realName"),
    *("isVerified", "currency", "isOnline", "preHash", "accessToken", "originalToken", "ldap"),
    *("originalRefreshToken", "lastSigninIp", "metamask", "web3onboard", "preferredMfaType"),
    *("recoveryCodes", "totpSecret", "mfaRadiusEnabled", "mfaRadiusUsername", "invitation"),
    *("mfaRadiusProvider", "mfaPushEnabled", "mfaPushReceiver", "mfaPushProvider"),
    *("invitationCode", *(f"custom{number}" for number in range(2, 11))),
}
WHOLE = [name for name in COLUMNS.values() if name not in UNTOUCHED]
"""What an administrator's update without ``columns`` writes (object/user.go, UpdateUser)."""


def add_user(world: World, ask: Ask) -> Envelope:
    """A new user of an organization that has an application."""
    create(world, decode(ask.request.body, USER))
    return action(True)


def create(world: World, given: Row) -> None:
    """Check and store a new user; without an id it gets a fresh one."""
    row = checked(world, {}, given)
    owner = row.get("owner", "")
    if not owner or not row.get("name"):
        raise RefusedError(EMPTY_USER_KEY)
    if not world.has_application(owner):
        # Casdoor names the owner of the organization here, which is always the site
        raise RefusedError(NO_APPLICATION, SITE)
    now = world.now()
    filled = {
        "id": str(uuid.uuid4()),
        "createdTime": now,
        "updatedTime": row.get("createdTime", now),
        "balanceCurrency": "USD",
        "registerType": "Add User",
        **row,
        "passwordType": "bcrypt",
    }
    if world.settings.lower_names:
        filled["name"] = row["name"].lower()
    world.people.insert(_without_password(filled))
    world.people.bind(id_of(row), row.get("groups") or ())


def update_user(world: World, ask: Ask) -> Envelope:
    """The columns named in ``columns``, or without it the whole user: what is absent is emptied."""
    names = ask.query("columns")
    row = decode(ask.request.body, USER)
    before = _addressed(world, ask)
    columns = WHOLE
    if names:
        row = decode(ask.request.body, USER, before)
        columns = [COLUMNS.get(snake(name), "") for name in names.split(",")]
    return action(change(world, before, row, columns, allow_empty=bool(ask.query("allowEmpty"))))


def change(
    world: World, before: Row, given: Row, columns: list[str], *, allow_empty: bool = False
) -> bool:
    """Check what is to become of a user and write ``columns`` of it; false when nothing changed."""
    row = checked(world, before, given)
    if world.settings.lower_names and "name" in row:
        row = {**row, "name": row["name"].lower()}
    organization = world.organization(before["owner"]) or {}
    check_changes(organization, before, row, allow_empty=allow_empty)
    return write(world, before, row, columns)


def _addressed(world: World, ask: Ask) -> Row:
    user_id, owner = ask.query("userId"), ask.query("owner")
    given = ask.query("id") or ("" if user_id else ask.caller)
    found = None
    if user_id and owner:
        found = next(iter(world.people.find(owner, "id", user_id)), None)
    elif not user_id:
        found = world.people.get(*split_id(given))
    if found is None:
        raise RefusedError(NO_USER, user_id if user_id and owner else given)
    return found


def write(world: World, before: Row, row: Row, columns: list[str]) -> bool:
    """Write ``columns`` of ``row``, and what follows from another name or other groups.

    False when nothing changed; the time of the update is such a change, once a second.
    """
    if row.get("name") != before["name"]:
        _rename(world, before, row.get("name", ""))
    row = {**row, "id": row.get("id") or before.get("id", ""), "updatedTime": world.now()}
    written = [*columns, "updatedTime", *(["deletedTime"] if row.get("deletedTime") else [])]
    if "groups" in columns:
        world.people.bind(id_of(row), row.get("groups") or ())
    after = dict(before)
    for name in written:
        after.pop(name, None)
        if row.get(name):
            after[name] = row[name]
    return world.people.replace(before, _without_password(after))


def _rename(world: World, before: Row, name: str) -> None:
    # Casdoor compares the name alone, so that a namesake elsewhere is renamed in roles as well
    for organization in world.organizations.listing(SITE):
        owner = organization["name"]
        world.roles.rename_reference("users", f"{owner}/{before['name']}", f"{owner}/{name}")
    world.people.rebind(id_of(before), f"{before['owner']}/{name}")


def _without_password(row: Row) -> Row:
    """The simulator has no use for a password: it keeps only that there is one."""
    return {**row, "password": "***"} if row.get("password") else row


def delete_user(world: World, ask: Ask) -> Envelope:
    """Delete a user, or with organization.enableSoftDeletion only mark it; roles keep naming it."""
    return action(delete(world, *key_of(decode(ask.request.body, USER))))


def delete(world: World, owner: str, name: str) -> bool:
    """Delete or mark somebody; false when there is nobody."""
    world.people.bind(f"{owner}/{name}", ())
    found = world.people.get(owner, name)
    organization = world.organization(owner) or {}
    if organization.get("enableSoftDeletion"):
        if found is None:
            raise RefusedError("the user: {} is not found", f"{owner}/{name}")
        marks = {"isDeleted": True, "deletedTime": world.now()}
        return write(world, found, {**found, **marks}, ["isDeleted"])
    if found is not None:
        world.people.remove(found)
    return found is not None


def remove_user_from_group(world: World, ask: Ask) -> Envelope:
    """Take one group from a user; a form with owner, name and groupName."""
    fields = ask.request.fields
    owner, name = str(fields.get("owner", "")), str(fields.get("name", ""))
    group = f"{owner}/{fields.get('groupName', '')}"
    item = item_named(world.organization(owner), "Groups")
    if item is not None:
        check_rule(item)
    found = world.people.get(owner, name)
    if found is None:
        raise PanicError("Casdoor reads the groups of a user that is not there")
    groups = [entry for entry in found.get("groups") or () if entry != group]
    world.people.replace(found, {**found, "groups": groups})
    return ok(world.people.unbind(id_of(found), group))
