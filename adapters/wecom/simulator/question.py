"""One call as its handler sees it: parameters, who asks, and the world that it works on."""

from __future__ import annotations

from typing import Any

from adapters.simulation.http import BadBodyError, Request
from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.model import NUMBERS, Department, User
from adapters.wecom.simulator.params import Params
from adapters.wecom.simulator.settings import Caller
from adapters.wecom.simulator.views import user_view
from adapters.wecom.simulator.world import World


class Question:
    """A call with the token of ``caller``."""

    def __init__(self, world: World, request: Request, caller: Caller) -> None:
        self.world, self.caller = world, caller
        self.directory = world.directory
        self.sight = world.sight(caller)
        self.query = Params(request.query)
        try:
            self.body = Params(request.payload)
        except BadBodyError:
            raise ApiError(40035, malformed=True) from None

    def department(self, name: str = "id") -> Department:
        """The department in the query: 60123 for no id, 60003 unknown, 60011 out of range."""
        dept_id = self.query.integer(name)
        if dept_id is None or not 0 < dept_id < NUMBERS:
            raise ApiError(60123)
        found = self.directory.tree.get(dept_id)
        if not self.sight.sees_department(dept_id):
            raise ApiError(60011)
        return found

    def userid(self, params: Params) -> str:
        """The userid in ``params``; 41009 when it is missing."""
        found = params.text("userid")
        if not found:
            raise ApiError(41009)
        return found

    def show_user(self, user: User) -> dict[str, Any]:
        """A person as far as the caller may see."""
        sight, users = self.sight, self.directory.people.users
        places = [place for place in user.places if sight.sees_department(place)]
        leader = users.get(user.leader or "")
        if leader is not None and not sight.sees_user(leader):
            leader = None
        return user_view(user, places, leader, sight.private)

    def fits(self, rows: list[Any]) -> list[Any]:
        """The rows of a list that is not too large for one reply (45029)."""
        largest = self.world.settings.largest_reply
        if largest is not None and len(rows) > largest:
            raise ApiError(45029)
        return rows
