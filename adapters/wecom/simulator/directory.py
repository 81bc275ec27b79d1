"""The corporation: every mutation goes through here and leaves its event in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.simulation.numbers import IdBook
from adapters.wecom.simulator.ids import is_department_id, is_tag_id
from adapters.wecom.simulator.journal import Journal
from adapters.wecom.simulator.model import ROOT, Department, Tag, User
from adapters.wecom.simulator.people import People
from adapters.wecom.simulator.tags import Tags
from adapters.wecom.simulator.tree import Tree
from adapters.wecom.simulator.views import department_picture, user_picture

ELSEWHERE = "其他（待设置部门）"
"""The department of people who were created without one (WeCom user/create)."""


class Directory:
    """Departments, people, tags and events of one corporation."""

    def __init__(self, journal: Journal, org_name: str) -> None:
        self.journal = journal
        self.dept_ids = IdBook("department", is_department_id, (ROOT,))
        self.tag_ids = IdBook("tag", is_tag_id)
        self.adopt(Tree(org_name), Tags())

    def adopt(self, tree: Tree, tags: Tags, people: People | None = None) -> None:
        """Be this corporation from now on; ids that were given out stay taken."""
        self.tree, self.tags, self.people = tree, tags, people or People(tree)

    def create_department(self, department: Department) -> None:
        """Add a department that was checked."""
        self.dept_ids.take(department.dept_id)
        self.tree.add(department)
        self.journal.department(None, department_picture(department))

    @contextmanager
    def changing_department(self, department: Department) -> Iterator[None]:
        """Record what the block changes about a department."""
        before = department_picture(department)
        yield
        self.journal.department(before, department_picture(department))

    def delete_department(self, department: Department) -> None:
        """Delete a department that is empty (60005, 60006) and not the root (60007)."""
        self.tree.remove(department)
        self.tags.forget_party(department.dept_id)
        self.journal.department(department_picture(department), None)

    def lead(self, department: Department, leaders: set[str]) -> None:
        """Let exactly these members (keys) lead a department."""
        before = {
            key: user_picture(self.people.users[key], self.people) for key in department.members
        }
        for user in self.people.lead(department.dept_id, leaders):
            self.journal.user(before[user.key], user_picture(user, self.people))

    def create_user(self, user: User) -> None:
        """Take somebody in, who was checked."""
        self.people.add(user)
        self.journal.user(None, user_picture(user, self.people))

    @contextmanager
    def changing_user(self, user: User) -> Iterator[None]:
        """Record what the block changes about somebody."""
        before = user_picture(user, self.people)
        yield
        self.journal.user(before, user_picture(user, self.people))

    def rename_user(self, user: User, userid: str) -> None:
        """Give somebody another userid, which is free."""
        key = user.key
        self.people.rename(user, userid)
        self.tags.rename_user(key, user.key)

    def delete_user(self, user: User) -> None:
        """Let somebody go, with all tags and reports; tags tell no event of their own."""
        shown = user_picture(user, self.people)
        self.tags.forget_user(user.key)
        self.people.remove(user)
        self.journal.user(shown, None)

    @contextmanager
    def changing_tag(self, tag: Tag) -> Iterator[None]:
        """Record who gets or loses a tag in the block."""
        before = self.holders(tag)
        yield
        self.journal.tag(tag.tag_id, before, self.holders(tag))

    def holders(self, tag: Tag) -> tuple[set[str], set[int]]:
        """Userids and departments of a tag, as an event tells them."""
        return {self.people.users[key].userid for key in tag.users}, set(tag.parties)

    def elsewhere(self) -> Department:
        """The department of those who have none, made when it is needed."""
        for child in self.tree.departments[ROOT].children:
            if self.tree.departments[child].name == ELSEWHERE:
                return self.tree.departments[child]
        made = Department(self.dept_ids.fresh(), ELSEWHERE, ROOT)
        self.tree.check(ROOT, ELSEWHERE)
        self.create_department(made)
        return made
