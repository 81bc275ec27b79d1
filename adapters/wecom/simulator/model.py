"""What the simulated corporation consists of. A person's key is the userid without its case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from adapters.wecom.order import LIMIT

ROOT = 1
"""The department that is the organization itself."""

NUMBERS = LIMIT
"""Department ids and orders are below this (WeCom departments/create)."""

Owner = Literal["admin", "contact"]


@dataclass(slots=True)
class Department:
    """One department; ``order`` is larger first."""

    dept_id: int
    name: str
    parent: int | None
    order: int = 0
    name_en: str = ""
    children: dict[int, None] = field(default_factory=dict)
    members: dict[str, None] = field(default_factory=dict)


@dataclass(slots=True)
class User:
    """One person; ``places`` has the order and the leadership in each department.

    ``fields`` are plain keys of a reply with a value. ``state`` is 1 activated, 4 not activated
    or 5 left; who is not ``enabled`` shows 2. ``renames`` counts how often the userid may change.
    """

    userid: str
    name: str
    places: dict[int, tuple[int, bool]]
    main: int = ROOT
    fields: dict[str, Any] = field(default_factory=dict)
    leader: str | None = None
    enabled: bool = True
    state: int = 1
    renames: int = 0
    mail_fixed: bool = False
    invited: bool = False

    @property
    def key(self) -> str:
        """What tells people apart: userids that differ in case are the same (users/create)."""
        return self.userid.casefold()

    @property
    def status(self) -> int:
        """The activation state as replies show it."""
        return self.state if self.enabled or self.state == 5 else 2


@dataclass(slots=True)
class Tag:
    """One tag; it holds people and departments."""

    tag_id: int
    name: str
    owner: Owner = "admin"
    users: dict[str, None] = field(default_factory=dict)
    parties: dict[int, None] = field(default_factory=dict)
