"""What the app may know of a person or department that is told of: its range and its scopes.

The range is asked of what an event shows and not of the tenant, because what is deleted or was
moved is not there any more (feishu.md, sections 8 and 10).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.feishu.simulator.journal import Kind, Shown
from adapters.feishu.simulator.permissions import DEPARTMENT_FIELDS, USER_FIELDS, permitted

if TYPE_CHECKING:
    from adapters.feishu.simulator.world import World


class AppSight:
    """See :class:`adapters.feishu.simulator.journal.Sight`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def sees(self, kind: Kind, shown: Shown) -> bool:
        """Whether it is granted itself, or by a department or group that it is in."""
        if self._world.all_staff:
            return True
        settings = self._world.settings
        if kind == "department":
            own = {shown["open_department_id"], shown["department_id"]}
            above = [shown["parent_department_id"]]
            return not own.isdisjoint(settings.visible_departments) or self._below(above)
        if not {shown["open_id"], shown["user_id"]}.isdisjoint(settings.visible_users):
            return True
        groups = self._world.directory.groups.groups
        granted = (groups[name].members for name in settings.visible_groups if name in groups)
        return self._below(shown["department_ids"]) or any(shown["open_id"] in g for g in granted)

    def permitted(self, kind: Kind, shown: Shown) -> Shown:
        """Without the fields whose scope was not granted."""
        openers = DEPARTMENT_FIELDS if kind == "department" else USER_FIELDS
        return permitted(shown, openers, self._world.settings.scopes)

    def _below(self, keys: list[str]) -> bool:
        known = self._world.directory.tree.departments
        return any(key in known and self._world.sees_department(key) for key in keys)
