"""Which department or person an id means, by the kind of id that a call says it uses.

Source: Feishu user identity and department id pages; codes from the generic error codes
(feishu.md, section 3).
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.feishu.simulator.errors import ApiError, invalid, not_existing
from adapters.feishu.simulator.model import Department, User
from adapters.feishu.simulator.people import People
from adapters.feishu.simulator.tree import Tree

OPEN_ID, UNION_ID, USER_ID = "open_id", "union_id", "user_id"
OPEN_DEPARTMENT_ID, DEPARTMENT_ID = "open_department_id", "department_id"
UNKNOWN_USER = {OPEN_ID: 99992351, UNION_ID: 99992363, USER_ID: 99992360}
UNKNOWN_DEPARTMENT = {OPEN_DEPARTMENT_ID: 99992357, DEPARTMENT_ID: 99992380}


class Naming:
    """Ids of one kind for people and one for departments, read and written."""

    def __init__(
        self,
        tree: Tree,
        people: People,
        user_kind: str = OPEN_ID,
        department_kind: str = OPEN_DEPARTMENT_ID,
        foreign: frozenset[str] = frozenset(),
    ) -> None:
        if user_kind not in UNKNOWN_USER:
            raise invalid("user_id_type", user_kind, "one of open_id, union_id, user_id")
        if department_kind not in UNKNOWN_DEPARTMENT:
            why = "one of open_department_id, department_id"
            raise invalid("department_id_type", department_kind, why)
        self._tree, self._people, self._foreign = tree, people, foreign
        self._user_kind, self._department_kind = user_kind, department_kind

    def find_department(self, given: str) -> Department | None:
        """The department that ``given`` means, if any."""
        if self._department_kind == DEPARTMENT_ID:
            return self._tree.by_custom(given)
        return self._tree.departments.get(given)

    def department(self, given: str) -> Department:
        """The department that ``given`` means; 40015 for one that was deleted."""
        found = self.find_department(given)
        if found is not None:
            return found
        if given in self._tree.gone and self._right_kind(given):
            raise ApiError(40015)
        raise not_existing(
            UNKNOWN_DEPARTMENT[self._department_kind], self._department_kind, [given]
        )

    def _right_kind(self, given: str) -> bool:
        return given.startswith("od-") == (self._department_kind == OPEN_DEPARTMENT_ID)

    def departments(self, given: Iterable[str]) -> list[Department]:
        """The departments that the ids mean; all unknown ones are named in the refusal."""
        found = {one: self.find_department(one) for one in given}
        unknown = [one for one, department in found.items() if department is None]
        if unknown:
            code = UNKNOWN_DEPARTMENT[self._department_kind]
            raise not_existing(code, self._department_kind, unknown)
        return [department for department in found.values() if department is not None]

    def find_user(self, given: str) -> User | None:
        """The person that ``given`` means, leavers too."""
        if self._user_kind == USER_ID:
            return self._people.by_user_id(given)
        if self._user_kind == UNION_ID:
            return self._people.by_union_id(given)
        return self._people.get(given)

    def user(self, given: str) -> User:
        """The person that ``given`` means; refused with the code of the kind of id."""
        found = self.find_user(given)
        if found is not None:
            return found
        if self._user_kind == OPEN_ID and given in self._foreign:
            raise ApiError(99992361)
        raise not_existing(UNKNOWN_USER[self._user_kind], self._user_kind, [given])

    def name_department(self, key: str) -> str | None:
        """The id of a department as the call wants it; None for one that is gone."""
        found = self._tree.departments.get(key)
        if found is None:
            return None
        return found.custom_id if self._department_kind == DEPARTMENT_ID else key

    def name_user(self, key: str) -> str:
        """The id of a person as the call wants it."""
        user = self._people.get(key)
        if user is None or self._user_kind == OPEN_ID:
            return key
        return user.union_id if self._user_kind == UNION_ID else user.user_id
