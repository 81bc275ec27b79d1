"""What changed between two organizations, told as the events that Feishu would push."""

from __future__ import annotations

from adapters.feishu.simulator.directory import Directory
from adapters.feishu.simulator.model import ROOT
from adapters.feishu.simulator.naming import Naming
from adapters.feishu.simulator.people import People
from adapters.feishu.simulator.tree import Tree
from adapters.feishu.simulator.views import department_view, user_view


def tell_difference(directory: Directory, old_tree: Tree, old_people: People) -> None:
    """Record the events between the old stores and the directory's; who is missing resigned."""
    _departments(directory, old_tree, Naming(old_tree, old_people))
    _people(directory, old_people, Naming(old_tree, old_people))


def _departments(directory: Directory, old: Tree, naming: Naming) -> None:
    journal, now = directory.journal, directory.tree.departments
    for department in directory.tree.descend(ROOT):
        shown = department_view(department, directory.open)
        earlier = old.departments.get(department.key)
        if earlier is None:
            journal.created("department", shown)
        else:
            journal.updated("department", department_view(earlier, naming), shown)
    for department in old.descend(ROOT):
        if department.key not in now:
            directory.tree.gone |= {department.key, department.custom_id}
            shown = {**department_view(department, naming), "status": {"is_deleted": True}}
            told = {"status": {"is_deleted": False}, "open_department_id": department.key}
            journal.deleted("department", shown, told)
    directory.tree.gone |= old.gone - now.keys()


def _people(directory: Directory, old: People, naming: Naming) -> None:
    for user in directory.people.users.values():
        shown = user_view(user, directory.open)
        earlier = old.users.get(user.key)
        if earlier is None:
            directory.journal.created("user", shown)
        else:
            directory.journal.updated("user", user_view(earlier, naming), shown)
    for user in old.users.values():
        if user.key not in directory.people.users:
            departments = user_view(user, naming)["department_ids"]
            user.leader = None
            directory.people.record_leaver(user, directory.clock.now())
            directory.tell_resigned(user, departments)
