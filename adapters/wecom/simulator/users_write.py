"""Writing people (WeCom user/create, update, delete, batchdelete)."""

from __future__ import annotations

from typing import Any

from adapters.wecom.simulator import user_params
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.ids import USERID
from adapters.wecom.simulator.model import Department, User
from adapters.wecom.simulator.people import Places
from adapters.wecom.simulator.question import Question

BATCH = 200

MONTH = 30 * 86_400
"""Seconds for which the month's quota stays used up (wecom.md, section 6)."""

QUOTA = 3
"""Accounts that can be created in a month, in times of the account cap."""


def create(question: Question) -> dict[str, Any]:
    """``POST user/create``: not activated before the first login; invited unless told not to."""
    body, directory, settings = question.body, question.directory, question.world.settings
    userid = question.userid(body)
    if not USERID.fullmatch(userid):
        raise ApiError(40003)
    name, fields = user_params.name(body), user_params.fields(question)
    if not fields.get("mobile") and not fields.get("email"):
        raise ApiError(60129)
    given, leader = user_params.places(question), user_params.leader(question)
    enabled = body.flag("enable", default=True)
    invited = body.flag("to_invite", default=True)
    if directory.people.find(userid) is not None:
        raise ApiError(60102)
    directory.people.check_unique(fields)
    if settings.account_cap is not None and len(directory.people.users) >= settings.account_cap:
        raise ApiError(45024)
    _use_quota(question)
    made, places = _placed(question, given)
    user = User(
        userid,
        name,
        places,
        main=user_params.main(body, places),
        fields={field: value for field, value in fields.items() if value},
        leader=leader,
        enabled=enabled,
        state=4,
        mail_fixed=bool(fields.get("biz_mail")),
        invited=invited,
    )
    directory.create_user(user)
    if not made:
        return {}
    shown = [{"name": department.name, "id": department.dept_id} for department in made]
    return {"created_department_list": {"department_info": shown}}


def _use_quota(question: Question) -> None:
    """Count a creation; the month's quota used up is 45009, a rate of its own (inferred)."""
    world = question.world
    most, cap = world.settings.monthly_creations, world.settings.account_cap
    if most is None and cap is not None:
        most = QUOTA * cap
    if not world.limits.admit("creations", world.clock.now(), most, window=MONTH):
        raise ApiError(45009)


def _placed(question: Question, given: Places | None) -> tuple[list[Department], Places]:
    """Where somebody new goes: "to be assigned" without a department, unknown ones are made."""
    directory = question.directory
    if given is None:
        return [], {directory.elsewhere().dept_id: (0, False)}
    known = directory.tree.departments
    made = []
    for dept_id in given:
        if dept_id in known:
            directory.tree.check_room(dept_id)
        elif dept_id > 0:
            department = Department(dept_id, str(dept_id), directory.elsewhere().dept_id)
            directory.create_department(department)
            made.append(department)
        else:
            raise ApiError(40066)
    return made, given


def update(question: Question) -> dict[str, Any]:
    """``POST user/update``: what is absent stays.

    The mobile number of somebody who is activated is silently left as it is.
    """
    body, directory = question.body, question.directory
    user = directory.people.get(question.userid(body))
    name = user_params.name(body) if "name" in body else user.name
    fields = {**user.fields, **user_params.fields(question)}
    if user.state == 1 and "mobile" in user.fields:
        fields["mobile"] = user.fields["mobile"]
    if not fields.get("mobile") and not fields.get("email") and {"mobile", "email"} & _given(body):
        raise ApiError(60129)
    if fields.get("biz_mail") != user.fields.get("biz_mail") and user.mail_fixed:
        raise ApiError(60144)
    directory.people.check_unique(fields, user.key)
    places = user_params.places(question, user)
    if any(dept_id not in directory.tree.departments for dept_id in places or ()):
        raise ApiError(40066)
    main = user_params.main(body, places or user.places, user.main)
    leader = user_params.leader(question) if "direct_leader" in body else user.leader
    enabled = body.flag("enable", default=user.enabled)
    renamed = _renamed(question, user)
    with directory.changing_user(user):
        user.name, user.enabled = name, enabled
        user.mail_fixed = user.mail_fixed or "biz_mail" in body
        directory.people.set_fields(user, {f: value for f, value in fields.items() if value})
        directory.people.set_leader(user, leader)
        directory.people.place(user, places or user.places, main)
        if renamed is not None:
            directory.rename_user(user, renamed)
            user.renames -= 1
    return {}


def _given(body: Any) -> set[str]:
    return {name for name in ("mobile", "email") if name in body}


def _renamed(question: Question, user: User) -> str | None:
    """The new userid; once, and only of a userid that WeCom itself had made (301036)."""
    wanted = question.body.text("new_userid")
    if not wanted or wanted == user.userid:
        return None
    if not user.renames:
        raise ApiError(301036)
    if not USERID.fullmatch(wanted):
        raise ApiError(40003)
    other = question.directory.people.find(wanted)
    if other is not None and other is not user:
        raise ApiError(60102)
    return wanted


def delete(question: Question) -> dict[str, Any]:
    """``GET user/delete``."""
    user = question.directory.people.get(question.userid(question.query))
    _deletable(question, user)
    question.directory.delete_user(user)
    return {}


def batchdelete(question: Question) -> dict[str, Any]:
    """``POST user/batchdelete``: one bad id fails the whole call (40031), 1 to 200 (40032)."""
    given = question.body.texts("useridlist")
    if not 1 <= len(given) <= BATCH:
        raise ApiError(40032)
    people = question.directory.people
    users = {user.key: user for user in (people.get(userid, 40031) for userid in given)}
    for user in users.values():
        _deletable(question, user)
    for user in users.values():
        question.directory.delete_user(user)
    return {}


def _deletable(question: Question, user: User) -> None:
    creator = question.world.settings.creator
    if creator is not None and creator.casefold() == user.key:
        raise ApiError(301005)
