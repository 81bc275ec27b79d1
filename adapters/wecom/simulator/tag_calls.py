"""Tags (WeCom tag/list, get, create, update, delete, addtagusers, deltagusers)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.wecom.simulator.errors import ApiError, wrong_type
from adapters.wecom.simulator.model import NUMBERS, Tag
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.world import numbers

USERS, PARTIES = 1000, 100


def listing(question: Question) -> dict[str, Any]:
    """``GET tag/list``: all of them, for either secret (WeCom tag/list, permissions)."""
    tags = question.directory.tags.tags.values()
    return {"taglist": [{"tagid": tag.tag_id, "tagname": tag.name} for tag in tags]}


def get(question: Question) -> dict[str, Any]:
    """``GET tag/get``: who has it, as far as the caller may see."""
    tag = question.directory.tags.get(question.query.integer("tagid"))
    users = [question.directory.people.users[key] for key in tag.users]
    shown = [user for user in users if question.sight.sees_user(user)]
    return {
        "tagname": tag.name,
        "userlist": [{"userid": user.userid, "name": user.name} for user in shown],
        "partylist": [one for one in tag.parties if question.sight.sees_department(one)],
    }


def create(question: Question) -> dict[str, Any]:
    """``POST tag/create``: the id may be chosen."""
    body, directory = question.body, question.directory
    if "tagname" not in body:
        raise ApiError(41018)
    name = directory.tags.check_name(body.text("tagname"))
    tag_id = body.integer("tagid")
    if tag_id is not None and not 0 <= tag_id < NUMBERS:
        raise wrong_type("tagid")
    if tag_id is None:
        tag_id = max(directory.tags.tags, default=0) + 1
    directory.tags.add(Tag(tag_id, name, "contact"))
    directory.tag_ids.take(tag_id)
    return {"tagid": tag_id}


def _own(question: Question, params: Params) -> Tag:
    """A tag that the assistant may change: its own and the administrators' (81011)."""
    tag = question.directory.tags.get(params.integer("tagid"))
    foreign = question.world.settings.foreign_tags
    if tag.tag_id in numbers(tuple(foreign), question.directory.tag_ids.known):
        raise ApiError(81011)
    return tag


def update(question: Question) -> dict[str, Any]:
    """``POST tag/update``: another name."""
    tag = _own(question, question.body)
    if "tagname" not in question.body:
        raise ApiError(41018)
    tags = question.directory.tags
    tags.rename(tag, tags.check_name(question.body.text("tagname"), tag.tag_id))
    return {}


def delete(question: Question) -> dict[str, Any]:
    """``GET tag/delete``."""
    question.directory.tags.remove(_own(question, question.query))
    return {}


def add(question: Question) -> dict[str, Any]:
    """``POST tag/addtagusers``: unknown people and departments are told, the others get it."""
    tag = _own(question, question.body)
    users, parties = _named(question)
    known, found, invalid = _sorted(question, users, parties, 40070)
    with question.directory.changing_tag(tag):
        question.directory.tags.hold(tag, known, found)
    return invalid


def remove(question: Question) -> dict[str, Any]:
    """``POST tag/deltagusers``."""
    tag = _own(question, question.body)
    users, parties = _named(question)
    known, found, invalid = _sorted(question, users, parties, 40031)
    with question.directory.changing_tag(tag):
        for key in known:
            tag.users.pop(key, None)
        for party in found:
            tag.parties.pop(party, None)
    return invalid


def _named(question: Question) -> tuple[list[str], list[int]]:
    """The people and departments in the body: some (40035), and not too many (81014)."""
    users, parties = question.body.texts("userlist"), question.body.integers("partylist")
    if not users and not parties:
        raise ApiError(40035)
    if len(users) > USERS or len(parties) > PARTIES:
        raise ApiError(81014)
    return users, parties


def _sorted(
    question: Question, users: Sequence[str], parties: Sequence[int], code: int
) -> tuple[list[str], list[int], dict[str, Any]]:
    """Those that exist, and the keys that tell the others; all of them wrong is ``code``."""
    people, departments = question.directory.people, question.directory.tree.departments
    wrong = [userid for userid in users if people.find(userid) is None]
    astray = [party for party in parties if party not in departments]
    if len(wrong) == len(users) and len(astray) == len(parties):
        raise ApiError(code)
    invalid: dict[str, Any] = {}
    if wrong:
        invalid["invalidlist"] = "|".join(wrong)
    if astray:
        invalid["invalidparty"] = astray
    known = [userid.casefold() for userid in users if userid not in wrong]
    return known, [party for party in parties if party not in astray], invalid
