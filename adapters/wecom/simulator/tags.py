"""Tags by id; names are unique, and a tag holds people and departments (WeCom tags)."""

from __future__ import annotations

from adapters.wecom.simulator.errors import ApiError
from adapters.wecom.simulator.model import Tag

TAGS, NODES, NAME_LIMIT = 3000, 30_000, 32


class Tags:
    """All tags of the corporation."""

    def __init__(self) -> None:
        self.tags: dict[int, Tag] = {}
        self._by_name: dict[str, int] = {}

    def get(self, tag_id: int | None) -> Tag:
        """The tag: 41017 for none named, 40068 for an unknown one."""
        if tag_id is None:
            raise ApiError(41017)
        found = self.tags.get(tag_id)
        if found is None:
            raise ApiError(40068)
        return found

    def check_name(self, name: str, tag_id: int | None = None) -> str:
        """A name that a tag can have: 40072 for its length, 40071 for another's name."""
        if not 1 <= len(name) <= NAME_LIMIT or not name.strip():
            raise ApiError(40072)
        if self._by_name.get(name, tag_id) != tag_id:
            raise ApiError(40071)
        return name

    def add(self, tag: Tag) -> None:
        """Add a tag that was checked; 40126 for one too many, 40068 for an id that is taken."""
        if len(self.tags) >= TAGS:
            raise ApiError(40126)
        if tag.tag_id in self.tags:
            raise ApiError(40068)
        self.tags[tag.tag_id] = tag
        self._by_name[tag.name] = tag.tag_id

    def rename(self, tag: Tag, name: str) -> None:
        """Give a tag another name, which was checked."""
        del self._by_name[tag.name]
        tag.name = name
        self._by_name[name] = tag.tag_id

    def remove(self, tag: Tag) -> None:
        """Delete a tag, whoever has it."""
        del self._by_name[tag.name]
        del self.tags[tag.tag_id]

    def hold(self, tag: Tag, users: list[str], parties: list[int]) -> None:
        """Add people (keys) and departments; 81003 beyond 30,000 of them."""
        held, placed = dict.fromkeys([*tag.users, *users]), dict.fromkeys([*tag.parties, *parties])
        if len(held) + len(placed) > NODES:
            raise ApiError(81003)
        tag.users, tag.parties = held, placed

    def rename_user(self, key: str, new: str) -> None:
        """Somebody has another userid."""
        for tag in self.tags.values():
            if key in tag.users:
                tag.users = {new if k == key else k: None for k in tag.users}

    def forget_user(self, key: str) -> list[Tag]:
        """Somebody left; returns the tags that they had."""
        had = [tag for tag in self.tags.values() if key in tag.users]
        for tag in had:
            del tag.users[key]
        return had

    def forget_party(self, dept_id: int) -> None:
        """A department is gone."""
        for tag in self.tags.values():
            tag.parties.pop(dept_id, None)
