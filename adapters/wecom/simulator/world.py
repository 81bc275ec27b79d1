"""What a call works on: the corporation, the settings, and what each caller may see."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from adapters.simulation.clock import Clock
from adapters.simulation.limits import RateLimit
from adapters.wecom.simulator.auth import Tokens
from adapters.wecom.simulator.directory import Directory
from adapters.wecom.simulator.journal import Journal
from adapters.wecom.simulator.model import ROOT, Department, Tag, User
from adapters.wecom.simulator.settings import Caller, WeComSettings


class World:
    """One corporation and its two secrets."""

    def __init__(self, settings: WeComSettings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.limits = RateLimit()
        journal = Journal(self.clock, settings.corp_id)
        journal.new_style = settings.new_callbacks
        journal.newcomer_events = settings.newcomer_events
        self.directory = Directory(journal, settings.org_name)

    def sight(self, caller: Caller) -> Sight:
        """What ``caller`` may see."""
        return Sight(self, caller)


class Sight:
    """The range of one caller: everything for contact sync, the visible range for the app."""

    def __init__(self, world: World, caller: Caller) -> None:
        self._directory, self._settings = world.directory, world.settings
        self.caller = caller
        self.private = "shown" if caller == "contact" else world.settings.private_fields

    @cached_property
    def tags(self) -> list[Tag]:
        """The tags whose people are in the app's range."""
        tags, number = self._directory.tags.tags, self._directory.tag_ids.known
        return [tags[n] for n in numbers(self._settings.visible_tags, number) if n in tags]

    @cached_property
    def granted(self) -> list[int]:
        """The departments that are in range themselves, the others being below them."""
        if self.caller == "contact":
            return [ROOT]
        tree, number = self._directory.tree, self._directory.dept_ids.known
        given = numbers(self._settings.visible_departments, number)
        given += [party for tag in self.tags for party in tag.parties]
        return [dept_id for dept_id in dict.fromkeys(given) if dept_id in tree.departments]

    @cached_property
    def people(self) -> set[str]:
        """The people (keys) who are in range themselves, without a department."""
        if self.caller == "contact":
            return set()
        given = {userid.casefold() for userid in self._settings.visible_users}
        return given.union(*(tag.users for tag in self.tags))

    def sees_department(self, dept_id: int) -> bool:
        """Say whether a department is in range: granted, or below one that is."""
        return ROOT in self.granted or any(
            above in self.granted for above in self._directory.tree.path(dept_id)
        )

    def sees_user(self, user: User) -> bool:
        """Say whether somebody is in range."""
        return user.key in self.people or any(map(self.sees_department, user.places))

    def departments(self) -> list[Department]:
        """All departments in range, each once, parents first."""
        tree = self._directory.tree
        roots = [d for d in self.granted if not any(a in self.granted for a in tree.path(d)[1:])]
        return [department for root in roots for department in tree.below(root)]


def numbers(given: tuple[str, ...], known: Callable[[str], int | None]) -> list[int]:
    """Ids of WeCom for ids that may be the roster's own; what is neither is left out."""
    found = []
    for one in given:
        number = known(one)
        if number is None and one.isdecimal():
            number = int(one)
        if number is not None:
            found.append(number)
    return found
