"""Writing people (Feishu contact v3, users: create, patch, update_user_id)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator import user_params
from adapters.feishu.simulator.errors import ApiError, WrittenButRefusedError, too_many
from adapters.feishu.simulator.ids import USER_ID, digest
from adapters.feishu.simulator.mobiles import is_mainland
from adapters.feishu.simulator.model import User
from adapters.feishu.simulator.question import Question
from adapters.feishu.simulator.settings import FeishuSettings

CREATED, UPDATED = (44054, 44055, 44056), (44057, 44058, 44059)
"""Written, but not the city, not the job title, or neither of them."""

ID_LIMIT = 64


def create(question: Question) -> dict[str, Any]:
    """``POST /users``: not active before the first login, nor a member without ``auto_join``."""
    return question.once(lambda: _create(question))


def _create(question: Question) -> dict[str, Any]:
    body, directory = question.body, question.directory
    name = user_params.name(body)
    if not body.text("mobile"):
        raise ApiError(41010 if body.text("email") else 41009)
    place = user_params.place(question)
    if place is None:
        raise ApiError(41017)
    if "employee_type" not in body:
        raise ApiError(41057)
    fields = user_params.fields(question)
    leader, dotted = user_params.leader(question), user_params.dotted(question)
    user_id = _user_id(question, body.text("user_id"))
    directory.people.check_unique(fields)
    if not is_mainland(fields["mobile"]) and not fields.get("email"):
        raise ApiError(44020)
    kept, problem = _kept(question.world.settings, fields)
    departments, orders, primary = place
    key = directory.open_id()
    user = User(
        key,
        user_id,
        f"on_{digest('union', key)}",
        name,
        departments,
        fields=kept,
        leader=leader,
        dotted=dotted,
        orders=orders,
        primary=primary,
        frozen=body.flag("is_frozen"),
        activated=False,
        unjoined=not question.world.settings.auto_join,
    )
    directory.create_user(user)
    if problem is not None:
        raise WrittenButRefusedError(CREATED[problem])
    return {"user": question.show_user(user)}


def _user_id(question: Question, wanted: str) -> str:
    people = question.directory.people
    if not wanted:
        return question.directory.user_ids.fresh(people.user_ids)
    if len(wanted) > ID_LIMIT:
        raise ApiError(41043)
    if not USER_ID.fullmatch(wanted):
        raise ApiError(41012)
    if people.user_id_taken(wanted):
        raise ApiError(41011)
    return wanted


def _kept(settings: FeishuSettings, fields: dict[str, Any]) -> tuple[dict[str, Any], int | None]:
    """The fields without what the tenant cannot make, and which of the codes says so."""
    refused = [
        fields.get("city") in settings.refused_cities,
        fields.get("job_title") in settings.refused_job_titles,
    ]
    dropped = [name for name, bad in zip(("city", "job_title"), refused, strict=True) if bad]
    kept = {name: value for name, value in fields.items() if name not in dropped}
    problem = {(True, False): 0, (False, True): 1, (True, True): 2}.get((refused[0], refused[1]))
    return kept, problem


def patch(question: Question) -> dict[str, Any]:
    """``PATCH /users/:id``: what is absent stays.

    Other departments and freezing are limited to one request a second (99991400).
    """
    user, body, directory = _changeable(question), question.body, question.directory
    name = user_params.name(body) if "name" in body else user.name
    place = user_params.place(question, user)
    given, problem = _kept(question.world.settings, user_params.fields(question))
    leader = user_params.leader(question, user) if "leader_user_id" in body else user.leader
    dotted = (
        user_params.dotted(question, user) if "dotted_line_leader_user_ids" in body else user.dotted
    )
    frozen = body.flag("is_frozen") if "is_frozen" in body else user.frozen
    if frozen and user.user_id == question.world.settings.founder:
        raise ApiError(44036)
    fields = {n: v for n, v in {**user.fields, **given}.items() if v not in ("", [])}
    if fields.get("join_time") == 0:  # clears (feishu.md, section 6.2)
        del fields["join_time"]
    directory.people.check_unique(fields, user.key)
    user_id = body.text("user_id")
    if user_id and user_id != user.user_id:
        raise ApiError(41012)
    moved = place is not None and set(place[0]) != set(user.departments)
    if moved or frozen != user.frozen:
        _pace(question)
    with directory.changing_user(user):
        user.name, user.dotted, user.frozen = name, dotted, frozen
        directory.people.set_fields(user, fields)
        directory.people.set_leader(user, leader)
        if place is not None:
            directory.people.place(user, *place)
    if problem is not None:
        raise WrittenButRefusedError(UPDATED[problem])
    return {"user": question.show_user(user)}


def _changeable(question: Question) -> User:
    user = question.user()
    if user.resigned is not None:
        raise ApiError(42006)
    if user.unjoined:
        raise ApiError(44010)
    external = question.world.settings.external_users
    if user.user_id in external or user.key in external:
        raise ApiError(44053)
    return user


def _pace(question: Question) -> None:
    world = question.world
    rate, now = world.settings.move_per_second, world.clock.now()
    if rate is None:
        return
    window = 1 / rate
    if not world.limits.admit("move", now, 1, window=window):
        raise too_many(1, world.limits.wait("move", now, window=window))


def update_user_id(question: Question) -> dict[str, Any]:
    """``PATCH /users/:id/update_user_id``, a limited number of times (41013)."""
    user, wanted = _changeable(question), question.body.text("new_user_id")
    if not wanted:
        raise ApiError(41054, "new user id is required error")
    if user.id_changes >= question.world.settings.id_changes:
        raise ApiError(41013)
    user_id = _user_id(question, wanted)
    with question.directory.changing_user(user):
        question.directory.people.rename_id(user, user_id)
        user.id_changes += 1
    return {}
