"""Calls that make, change and remove users (authing-node-sdk, models/*User*)."""

from __future__ import annotations

import re
from typing import Any

from msgspec.structs import replace

from adapters.authing.simulator import views
from adapters.authing.simulator.ask import Ask
from adapters.authing.simulator.envelopes import Data, done
from adapters.authing.simulator.errors import RefusedError, bad
from adapters.authing.simulator.membership_calls import id_type
from adapters.authing.simulator.model import GENDERS, LOGINS, RESIGNED, STATUSES, TEXTS, User
from adapters.authing.simulator.world import ID_TYPES, World

ALL = Ask({"withCustomData": True, "withDepartmentIds": True})
"""What a write shows of the user that it made or changed."""

FORMS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "phone": re.compile(r"\d{4,15}"),
    "phoneCountryCode": re.compile(r"\+\d{1,4}"),
}
FIELDS = (*TEXTS, "status", "gender", "emailVerified", "phoneVerified", "password", "customData")
CREATE = (*FIELDS, "salt", "tenantIds", "otp", "departmentIds", "metadataSource", "identities")
MOST_CUSTOM = 1024
"""Characters of customData altogether (authing-node-sdk, test/users/createUser)."""


def create_user(world: World, ask: Ask) -> Data:
    """``create-user``."""
    made = new_user(world, ask, ask.inner("options"), (*CREATE, "options"))
    world.people.check_free(made)
    world.people.put(made)
    return views.user(made, ALL)


def create_users_batch(world: World, ask: Ask) -> Data:
    """``create-users-batch``: all of them, or none."""
    made: list[User] = []
    for row in _batch(world, ask):
        user = new_user(world, row, ask.inner("options"), CREATE)
        world.people.check_free(user, made)
        made.append(user)
    for user in made:
        world.people.put(user)
    return [views.user(user, ALL) for user in made]


def update_user(world: World, ask: Ask) -> Data:
    """``update-user``: what is given; null empties."""
    before = world.people.get(ask.text("userId"), id_type(ask.inner("options")))
    after = _changed(world, before, ask, (*FIELDS, "userId", "options", "metadata"))
    world.people.check_free(after)
    world.people.put(after)
    return views.user(after, ALL)


def update_user_batch(world: World, ask: Ask) -> Data:
    """``update-user-batch``: all of them, or none; people are named by userId only."""
    changed: list[User] = []
    for row in _batch(world, ask):
        before = world.people.get(row.text("userId"))
        after = _changed(world, before, row, (*FIELDS, "userId", "metadata"))
        world.people.check_free(after, changed)
        changed.append(after)
    for user in changed:
        world.people.put(user)
    return [views.user(user, ALL) for user in changed]


def delete_users_batch(world: World, ask: Ask) -> Data:
    """``delete-users-batch``: all of them, or none."""
    kind = id_type(ask.inner("options"))
    for user in [world.people.get(user_id, kind) for user_id in ask.texts("userIds")]:
        delete(world, user)
    return done()


def resign_user(world: World, ask: Ask) -> Data:
    """``resign-user``: closed for good, without departments and roles."""
    resign(world, world.people.get(ask.text("userId"), id_type(ask)))
    return done()


def resign_user_batch(world: World, ask: Ask) -> Data:
    """``resign-user-batch``."""
    kind = id_type(ask)
    for user in [world.people.get(user_id, kind) for user_id in ask.texts("userIds")]:
        resign(world, user)
    return done()


def delete(world: World, user: User) -> None:
    """Delete somebody."""
    world.forget(user)
    world.people.drop(user.id)


def resign(world: World, user: User) -> None:
    """Let somebody go; what is unique stays taken."""
    world.forget(user)
    world.people.put(replace(world.people.get(user.id), status=RESIGNED))


def new_user(world: World, ask: Ask, options: Ask, known: tuple[str, ...]) -> User:
    """A user from a body; raises RefusedError."""
    ask.only(known)
    if not any(ask.maybe(name) for name in LOGINS):
        message = "Must contain one of the following fields: username, phone, email"
        raise RefusedError(400, message)
    now = world.now()
    made = User(id=world.new_id(), created=now, updated=now)
    places = _places(world, ask, options)
    made = _changed(world, made, ask, known)
    return replace(made, departments=places, main=places[0] if places else None)


def _places(world: World, ask: Ask, options: Ask) -> list[str]:
    kind = options.maybe("departmentIdType") or ID_TYPES[0]
    if kind not in ID_TYPES:
        raise bad("departmentIdType")
    given = ask.fields.get("departmentIds")
    if given is not None and not isinstance(given, list):
        raise bad("departmentIds")
    return [world.department_by(kind, str(each)).id for each in given or ()]


def _changed(world: World, before: User, ask: Ask, known: tuple[str, ...]) -> User:
    ask.only(known)
    texts = dict(before.texts)
    for name in TEXTS:
        if ask.given(name):
            texts[name] = _text(ask, name)
    if before.status == RESIGNED and ask.maybe("status") not in (None, RESIGNED):
        raise RefusedError(422, "离职用户不能恢复")
    custom = {**before.custom, **_custom(world, ask)}
    return replace(
        before,
        texts=texts,
        status=_chosen(ask, "status", STATUSES, before.status),
        gender=_chosen(ask, "gender", GENDERS, before.gender),
        custom={key: value for key, value in custom.items() if value is not None},
        updated=world.now(),
    )


def _text(ask: Ask, name: str) -> str | None:
    found = ask.maybe(name)
    form = FORMS.get(name)
    if found is not None and form is not None and not form.fullmatch(found):
        raise bad(name)
    return found.lower() if found and name == "email" else found


def _chosen(ask: Ask, name: str, among: tuple[str, ...], default: str) -> str:
    found = ask.maybe(name)
    if found is not None and found not in among:
        raise bad(name)
    return found or default


def _custom(world: World, ask: Ask) -> dict[str, Any]:
    given = ask.inner("customData").fields
    for key, value in given.items():
        if key not in world.settings.custom_fields or not isinstance(value, str | None):
            raise bad("customData")
    if sum(len(value or "") for value in given.values()) > MOST_CUSTOM:
        raise RefusedError(400, "customData must be less than 1024 characters")
    return given


def _batch(world: World, ask: Ask) -> list[Ask]:
    rows = ask.rows("list")
    if len(rows) > world.settings.batch_most:
        raise bad("list")
    return rows
