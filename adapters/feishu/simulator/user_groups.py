"""User groups of the normal type and their members (Feishu contact v3, group)."""

from __future__ import annotations

import re
from typing import Any

from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.model import Group
from adapters.feishu.simulator.naming import UNKNOWN_USER, Naming
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.question import Question

NAME_LIMIT, DESCRIPTION_LIMIT, BATCH_LIMIT, PAGE_LIMIT = 100, 500, 100, 100
NORMAL = 1
GROUP_ID = re.compile(r"\w{1,64}", re.ASCII)


def _need_all_staff(question: Question) -> None:
    if not question.world.all_staff:
        raise ApiError(42010)


def _group(question: Question) -> Group:
    group = question.directory.groups.get(question.path["group_id"])
    if not question.world.sees_group(group):
        raise ApiError(42009)
    return group


def _name(body: Params) -> str:
    name = body.text("name")
    if not name.strip():
        raise ApiError(42001)
    if len(name) > NAME_LIMIT:
        raise ApiError(42013)
    return name


def _description(body: Params) -> str:
    description = body.text("description")
    if len(description) > DESCRIPTION_LIMIT:
        raise ApiError(42014)
    return description


def create(question: Question) -> dict[str, Any]:
    """``POST /group``: 42010 without all staff, 47005 and 47009 for what is taken."""
    _need_all_staff(question)
    body, directory = question.body, question.directory
    name, description = _name(body), _description(body)
    if "type" in body and body.integer("type") != NORMAL:
        raise ApiError(42003)
    group_id = body.text("group_id") or directory.group_ids.fresh(directory.groups.groups)
    if not GROUP_ID.fullmatch(group_id):
        raise ApiError(42002)
    directory.groups.add(Group(group_id, name, description))
    return {"group_id": group_id}


def patch(question: Question) -> dict[str, Any]:
    """``PATCH /group/:id``: another name or description."""
    group, body = _group(question), question.body
    description = _description(body) if "description" in body else group.description
    if "name" in body:
        question.directory.groups.rename(group, _name(body))
    group.description = description
    return {}


def delete(question: Question) -> dict[str, Any]:
    """``DELETE /group/:id``: 42017 while it has members."""
    question.directory.groups.remove(_group(question))
    return {}


def get(question: Question) -> dict[str, Any]:
    """``GET /group/:id``."""
    return {"group": _shown(_group(question))}


def _shown(group: Group) -> dict[str, Any]:
    return {
        "id": group.group_id,
        "name": group.name,
        "description": group.description,
        "member_user_count": len(group.members),
        "member_department_count": 0,
        "type": NORMAL,
    }


def simplelist(question: Question) -> dict[str, Any]:
    """``GET /group/simplelist``: the groups in range."""
    groups = [g for g in question.directory.groups.groups.values() if question.world.sees_group(g)]
    if question.query.text("type") not in ("", str(NORMAL)):
        groups = []
    rows, paging = question.page(groups, "", size=50, largest=PAGE_LIMIT)
    shown = [{**_shown(row), "group_id": row.group_id} for row in rows]
    return {**paging, "grouplist": shown}


def _naming(question: Question, kind: str) -> Naming:
    if kind not in UNKNOWN_USER:
        raise ApiError(41071)
    return question.naming_of(kind)


def batch_add(question: Question) -> dict[str, Any]:
    """``POST …/member/batch_add``: HTTP 200 with a code for each member."""
    return {"results": _batch(question, adding=True)}


def batch_remove(question: Question) -> dict[str, Any]:
    """``POST …/member/batch_remove``: 40022 when some could not be removed, the others were."""
    results = _batch(question, adding=False)
    if any(result["code"] for result in results):
        raise ApiError(40022, details={"results": results})
    return {}


def _batch(question: Question, *, adding: bool) -> list[dict[str, Any]]:
    group, given = _group(question), question.body.objects("members")
    if not 1 <= len(given) <= BATCH_LIMIT:
        raise invalid("members", given, f"1 to {BATCH_LIMIT} members are expected")
    results = []
    for one in given:
        if one.text("member_type") != "user":
            raise ApiError(41074)
        naming = _naming(question, one.text("member_id_type"))
        code = _change(question, group, naming, one.text("member_id"), adding=adding)
        results.append({"member_id": one.text("member_id"), "code": code})
    return results


def _change(question: Question, group: Group, naming: Naming, given: str, *, adding: bool) -> int:
    user = naming.find_user(given)
    if user is None:
        return 41073
    if not question.world.sees_user(user):
        return 41050
    if not adding:
        return 41073 if group.members.pop(user.key, user.key) else 0
    if user.resigned is not None:
        return 42006
    if user.key in group.members:
        return 42005
    group.members[user.key] = None
    return 0


def member_simplelist(question: Question) -> dict[str, Any]:
    """``GET …/member/simplelist``: people only, in the kind of id that the query asks for."""
    group, query = _group(question), question.query
    kind = query.text("member_id_type") or "open_id"
    naming = _naming(question, kind)
    if query.text("member_type") not in ("", "user"):
        raise ApiError(41074)
    keys, paging = question.page(list(group.members), group.group_id, size=50, largest=PAGE_LIMIT)
    return {
        **paging,
        "memberlist": [
            {"member_id": naming.name_user(key), "member_type": "user", "member_id_type": kind}
            for key in keys
        ],
    }
