"""Ranges, employee types, custom fields and job titles (Feishu contact v3, the list calls)."""

from __future__ import annotations

from typing import Any

from adapters.feishu.simulator.ids import digest
from adapters.feishu.simulator.model import ROOT
from adapters.feishu.simulator.question import Question

BUILT_IN = {1: "Regular", 2: "Intern", 3: "Outsourcing", 4: "Contractor", 5: "Consultant"}


def scopes(question: Question) -> dict[str, Any]:
    """``GET /scopes``: users, departments and groups in range, in this order over the pages.

    All staff: the people and departments right below the organization, and all groups.
    """
    rows = [*_granted(question)]
    shown, paging = question.page(rows, "", size=50, largest=100)
    lists: dict[str, list[str]] = {"user_ids": [], "department_ids": [], "group_ids": []}
    for kind, one in shown:
        lists[kind].append(one)
    return {**lists, **paging}


def _granted(question: Question) -> list[tuple[str, str]]:
    world, naming, directory = question.world, question.naming, question.directory
    settings, tree, people = world.settings, directory.tree, directory.people
    if world.all_staff:
        users = list(tree.departments[ROOT].members)
        departments = [department.key for department in tree.children(ROOT)]
        groups = list(directory.groups.groups)
    else:
        found = [people.get(one) or people.by_user_id(one) for one in settings.visible_users]
        users = [user.key for user in found if user is not None and user.resigned is None]
        granted = [
            tree.departments.get(one) or tree.by_custom(one) for one in settings.visible_departments
        ]
        departments = [department.key for department in granted if department is not None]
        groups = [one for one in settings.visible_groups if one in directory.groups.groups]
    return [
        *(("user_ids", naming.name_user(key)) for key in users),
        *(("department_ids", naming.name_department(key) or key) for key in departments),
        *(("group_ids", group) for group in groups),
    ]


def employee_type_enums(question: Question) -> dict[str, Any]:
    """``GET /employee_type_enums``: the five built-in ones and the tenant's own."""
    settings = question.world.settings
    own = sorted(settings.employee_types.items())
    rows = [*((n, text, 1) for n, text in BUILT_IN.items()), *((n, text, 2) for n, text in own)]
    shown, paging = question.page(rows, "", size=20, largest=100)
    items = [
        {
            "enum_id": digest("employee type", str(number))[:22],
            "enum_value": str(number),
            "content": text,
            "enum_type": kind,
            "enum_status": 2 if number in settings.inactive_employee_types else 1,
            "i18n_content": [{"locale": "zh_cn", "value": text}],
        }
        for number, text, kind in shown
    ]
    return {**paging, "items": items}


def custom_attrs(question: Question) -> dict[str, Any]:
    """``GET /custom_attrs``: the fields that the tenant added to its people."""
    rows, paging = question.page(question.world.settings.custom_attrs, "", size=20, largest=100)
    items = [
        {
            "id": row.id,
            "type": row.type,
            "options": {
                "option_type": "TEXT",
                "options": [{"id": key, "value": text} for key, text in row.options.items()],
            },
            "i18n_name": [{"locale": "zh_cn", "value": row.name}],
        }
        for row in rows
    ]
    return {**paging, "items": items}


def job_titles(question: Question) -> dict[str, Any]:
    """``GET /job_titles``: the titles that people have; those given to people appear here."""
    users = question.directory.people.users.values()
    titles = list(dict.fromkeys(t for u in users if (t := u.fields.get("job_title"))))
    rows, paging = question.page(titles, "", size=10, largest=50)
    items = [
        {
            "job_title_id": digest("job title", title)[:12],
            "name": title,
            "i18n_name": [{"locale": "zh_cn", "value": title}],
            "status": True,
        }
        for title in rows
    ]
    return {**paging, "items": items}
