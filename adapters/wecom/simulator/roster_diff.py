"""What changed between two organizations, told as the events that WeCom would call back."""

from __future__ import annotations

from adapters.wecom.simulator.directory import Directory
from adapters.wecom.simulator.model import ROOT
from adapters.wecom.simulator.people import People
from adapters.wecom.simulator.tags import Tags
from adapters.wecom.simulator.tree import Tree
from adapters.wecom.simulator.views import department_picture, user_picture


def tell_difference(directory: Directory, tree: Tree, people: People, tags: Tags) -> None:
    """Record the events between the old stores and the directory's."""
    _departments(directory, tree)
    _people(directory, people)
    _tags(directory, people, tags)


def _departments(directory: Directory, old: Tree) -> None:
    journal, now = directory.journal, directory.tree
    for department in now.below(ROOT):
        before = old.departments.get(department.dept_id)
        shown = department_picture(department)
        journal.department(department_picture(before) if before else None, shown)
    for department in reversed([*old.below(ROOT)]):
        if department.dept_id not in now.departments:
            journal.department(department_picture(department), None)


def _people(directory: Directory, old: People) -> None:
    journal, now = directory.journal, directory.people
    for key, user in now.users.items():
        before = old.users.get(key)
        shown = user_picture(user, now)
        journal.user(user_picture(before, old) if before else None, shown)
    for key, user in old.users.items():
        if key not in now.users:
            journal.user(user_picture(user, old), None)


def _tags(directory: Directory, people: People, old: Tags) -> None:
    for tag in directory.tags.tags.values():
        before = old.tags.get(tag.tag_id)
        users = {people.users[key].userid for key in before.users} if before else set()
        parties = set(before.parties) if before else set()
        directory.journal.tag(tag.tag_id, (users, parties), directory.holders(tag))
