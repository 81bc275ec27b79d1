"""One call as its handler sees it: parameters, ids, and the world that it works on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from adapters.feishu.simulator import paging
from adapters.feishu.simulator.errors import ApiError, invalid
from adapters.feishu.simulator.model import Department, User
from adapters.feishu.simulator.naming import OPEN_DEPARTMENT_ID, OPEN_ID, Naming
from adapters.feishu.simulator.params import Params
from adapters.feishu.simulator.permissions import DEPARTMENT_FIELDS, USER_FIELDS, permitted
from adapters.feishu.simulator.views import department_view, user_view
from adapters.feishu.simulator.world import World
from adapters.simulation.http import BadBodyError, Request

Row = TypeVar("Row")


class Question:
    """A call of ``api``; ``naming`` reads and writes ids of the kinds that it asked for."""

    def __init__(self, world: World, request: Request, api: str) -> None:
        self.world, self.api = world, api
        self.directory = world.directory
        self.path = request.placed
        self.query = Params(request.query)
        self.pairs = request.pairs
        try:
            self.body = Params(request.payload)
        except BadBodyError:
            raise ApiError(9499) from None
        self.naming = self.naming_of(self.query.text("user_id_type") or OPEN_ID)

    def naming_of(self, user_kind: str) -> Naming:
        """Ids with another kind of user id than the query says."""
        return Naming(
            self.directory.tree,
            self.directory.people,
            user_kind,
            self.query.text("department_id_type") or OPEN_DEPARTMENT_ID,
            self.world.settings.foreign_open_ids,
        )

    def department(self, given: str | None = None) -> Department:
        """A department in range, by default the one in the path."""
        found = self.naming.department(self.path["department_id"] if given is None else given)
        return self.world.need_department(found)

    def user(self) -> User:
        """The person in the path, who must be in range."""
        return self.world.need_user(self.naming.user(self.path["user_id"]))

    def ids(self, name: str, limit: int) -> list[str]:
        """A repeated query parameter, 1 to ``limit`` times."""
        given = list(dict.fromkeys(value for key, value in self.pairs if key == name and value))
        if not 1 <= len(given) <= limit:
            raise invalid(name, given, f"1 to {limit} ids are expected")
        return given

    def once(self, write: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do a write unless the call's client_token did it already."""
        token = self.query.text("client_token")
        return self.world.once.do(self.api, token, dict(self.body.fields), write)

    def page(
        self, rows: Sequence[Row], about: str, *, size: int = 10, largest: int = 50
    ) -> tuple[Sequence[Row], dict[str, Any]]:
        """The page of ``rows`` that the query asks for, and the keys that lead to the next."""
        return paging.page(self.query, rows, f"{self.api} {about}", size=size, largest=largest)

    def show_department(self, department: Department) -> dict[str, Any]:
        """A department with the fields that the app may see."""
        shown = department_view(department, self.naming)
        return permitted(shown, DEPARTMENT_FIELDS, self.world.settings.scopes)

    def show_user(self, user: User) -> dict[str, Any]:
        """A person with the fields that the app may see."""
        shown = user_view(user, self.naming, manager=self.world.manages_tenant(user))
        return permitted(shown, USER_FIELDS, self.world.settings.scopes)
