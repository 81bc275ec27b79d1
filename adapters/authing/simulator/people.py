"""The users of the pool, by what must be unique."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adapters.authing.simulator.errors import no_user, taken
from adapters.authing.simulator.model import UNIQUE, User

BY = {"user_id": "", "external_id": "externalId", "email": "email", "phone": "phone",
      "username": "username"}  # fmt: skip
"""What a userIdType looks at; identities and sync relations are not simulated."""


class People:
    """All users, also those who have resigned: they keep what is unique."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}
        self._holders: dict[tuple[str, str], str] = {}
        self._inside: dict[str, dict[str, None]] = {}

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def __contains__(self, user_id: str) -> bool:
        return user_id in self._users

    def get(self, user_id: str, by: str = "user_id") -> User:
        """A user by one of the kinds of ids; raises RefusedError."""
        field = BY[by]
        found = self._users.get(user_id if not field else self.holder(field, user_id) or "")
        if found is None:
            raise no_user()
        return found

    def holder(self, field: str, value: str) -> str | None:
        """The id of who has this value in a unique field. Mail is compared without case."""
        return self._holders.get((field, value.lower() if field == "email" else value))

    def check_free(self, user: User, others: Iterable[User] = ()) -> None:
        """Refuse values that somebody else has, or one of ``others``."""
        beside = {(f, v) for other in others for f, v in _keys(other)}
        for field, value in _keys(user):
            holder = self.holder(field, value)
            if (holder is not None and holder != user.id) or (field, value) in beside:
                raise taken(field)

    def put(self, user: User) -> None:
        """Take a user in, or take over what was changed."""
        before = self._users.get(user.id)
        if before is not None:
            self._forget(before)
        self._users[user.id] = user
        for key in _keys(user):
            self._holders[key] = user.id
        for department_id in user.departments:
            self._inside.setdefault(department_id, {})[user.id] = None

    def drop(self, user_id: str) -> None:
        """Delete a user."""
        self._forget(self._users.pop(user_id))

    def clear(self) -> None:
        """Delete everybody."""
        self._users.clear()
        self._holders.clear()
        self._inside.clear()

    def inside(self, department_id: str) -> list[User]:
        """The direct members of a department."""
        return [self._users[user_id] for user_id in self._inside.get(department_id, ())]

    def count(self, department_id: str) -> int:
        """How many direct members a department has."""
        return len(self._inside.get(department_id, ()))

    def _forget(self, user: User) -> None:
        for key in _keys(user):
            self._holders.pop(key, None)
        for department_id in user.departments:
            self._inside[department_id].pop(user.id, None)


def _keys(user: User) -> list[tuple[str, str]]:
    return [(field, value) for field in UNIQUE if (value := user.texts.get(field))]
