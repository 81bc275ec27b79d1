"""Departments and people as replies and events show them (wecom.md, sections 3 and 5)."""

from __future__ import annotations

from typing import Any

from adapters.wecom.simulator.journal import Picture
from adapters.wecom.simulator.model import Department, User
from adapters.wecom.simulator.people import People

PLAIN = ("position", "alias", "telephone", "external_position")
PRIVATE = ("mobile", "email", "biz_mail", "avatar", "thumb_avatar", "qr_code", "address")
"""Not returned to apps created since 2022-06-20, nor is the gender (WeCom user/get)."""

STRUCTURED: dict[str, Any] = {"extattr": {"attrs": []}, "external_profile": {}}

EVENT_FIELDS = {
    "Position": "position",
    "Mobile": "mobile",
    "Gender": "gender",
    "Email": "email",
    "BizMail": "biz_mail",
    "Avatar": "avatar",
    "Alias": "alias",
    "Telephone": "telephone",
    "Address": "address",
}


def department_view(department: Department, people: People) -> dict[str, Any]:
    """A department with all its fields."""
    return {
        "id": department.dept_id,
        "name": department.name,
        "name_en": department.name_en,
        "department_leader": [user.userid for user in people.leaders(department.dept_id)],
        "parentid": department.parent or 0,
        "order": department.order,
    }


def department_id_view(department: Department) -> dict[str, Any]:
    """A department as ``department/simplelist`` shows it."""
    return {
        "id": department.dept_id,
        "parentid": department.parent or 0,
        "order": department.order,
    }


def user_view(user: User, places: list[int], leader: User | None, private: str) -> dict[str, Any]:
    """A person, in the departments ``places`` and under the leader that the caller may see.

    ``private`` says what is shown of private fields; a gender that is not shown is "0".
    """
    fields = user.fields
    shown: dict[str, Any] = {
        "userid": user.userid,
        "name": user.name,
        "department": places,
        "order": [user.places[place][0] for place in places],
        "is_leader_in_dept": [int(user.places[place][1]) for place in places],
        "direct_leader": [leader.userid] if leader else [],
        "status": user.status,
        "enable": int(user.enabled),
        "isleader": int(any(leads for _, leads in user.places.values())),
        **{name: fields.get(name, "") for name in PLAIN},
        **{name: fields.get(name, empty) for name, empty in STRUCTURED.items()},
        "gender": fields.get("gender", "0") if private == "shown" else "0",
    }
    if user.main in places:
        shown["main_department"] = user.main
    if private == "shown":
        shown |= {name: fields.get(name, "") for name in PRIVATE}
    elif private == "empty":
        shown |= dict.fromkeys(PRIVATE, "")
    return shown


def user_picture(user: User, people: People) -> Picture:
    """What an old-style event says of a person."""
    leader = people.users.get(user.leader or "")
    places = list(user.places)
    return {
        "UserID": user.userid,
        "Name": user.name,
        "Department": ",".join(map(str, places)),
        "MainDepartment": str(user.main),
        "IsLeaderInDept": ",".join(str(int(user.places[place][1])) for place in places),
        "DirectLeader": leader.userid if leader else "",
        "Status": str(user.status),
        **{name: user.fields.get(field, "") for name, field in EVENT_FIELDS.items()},
    }


def department_picture(department: Department) -> Picture:
    """What an old-style event says of a department."""
    return {
        "Id": str(department.dept_id),
        "Name": department.name,
        "ParentId": str(department.parent or 0),
        "Order": str(department.order),
    }
