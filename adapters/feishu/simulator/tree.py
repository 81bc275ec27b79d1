"""The department tree with its indexes: ids, children, names, orders, ancestors."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from adapters.feishu.simulator.errors import ApiError
from adapters.feishu.simulator.model import ROOT, Department

CHILDREN_LIMIT, DEPTH_LIMIT = 1000, 25


class Tree:
    """Departments by open id; every rule about their shape and names holds after every call.

    ``tenant_wide`` names differ over the whole tenant, else among siblings.
    """

    def __init__(self, org_name: str, *, tenant_wide: bool = False) -> None:
        self.tenant_wide = tenant_wide
        self.departments: dict[str, Department] = {ROOT: Department(ROOT, ROOT, org_name, None)}
        self.gone: set[str] = set()
        self._by_custom: dict[str, str] = {ROOT: ROOT}
        self._by_name: dict[str, dict[str, str]] = {}
        self._by_i18n: dict[tuple[str, str, str], str] = {}
        self._by_order: dict[tuple[str, int], str] = {}
        self._last: dict[str, int] = {}
        self._children: dict[str, list[Department]] = {}
        self._below: dict[str, list[Department]] = {}

    def by_custom(self, custom_id: str) -> Department | None:
        """The department with this custom id."""
        key = self._by_custom.get(custom_id)
        return None if key is None else self.departments[key]

    @property
    def custom_ids(self) -> Container[str]:
        """The custom ids that live departments have."""
        return self._by_custom

    def last_order(self, parent: str) -> int:
        """The order behind all children that ``parent`` ever had."""
        return self._last.get(parent, 0) + 1

    def order_free(self, parent: str, order: int) -> bool:
        """Say whether no child of ``parent`` has this order."""
        return (parent, order) not in self._by_order

    def check(
        self, parent: str, name: str, i18n: dict[str, str], order: int | None, key: str = ""
    ) -> None:
        """Refuse a place, names or an order that department ``key`` cannot have."""
        holders = self._by_name.get(name, {})
        if any(self.tenant_wide or at == parent for held, at in holders.items() if held != key):
            raise ApiError(43022)
        for language, text in i18n.items():
            if text and self._by_i18n.get((parent, language, text), key) != key:
                raise ApiError(43018)
        if order is not None and self._by_order.get((parent, order), key) != key:
            raise ApiError(43005)
        known = key in self.departments
        if known and self.departments[key].parent == parent:
            return
        if len(self.departments[parent].children) >= CHILDREN_LIMIT:
            raise ApiError(43013)
        height = self._height(key) if known else 1
        if len(self.path(parent)) - 1 + height > DEPTH_LIMIT:
            raise ApiError(43019)

    def add(self, department: Department) -> None:
        """Hang a new department, which was checked, under its parent."""
        self.departments[department.key] = department
        self._by_custom[department.custom_id] = department.key
        self._index(department)

    def place(
        self, department: Department, parent: str, name: str, i18n: dict[str, str], order: int
    ) -> None:
        """Give a department the place, the names and the order that were checked."""
        self._forget(department)
        department.parent, department.name = parent, name
        department.i18n_name, department.order = i18n, order
        self._index(department)

    def rename_id(self, department: Department, custom_id: str) -> None:
        """Give a department another custom id, which must be free."""
        del self._by_custom[department.custom_id]
        self.gone.add(department.custom_id)
        department.custom_id = custom_id
        self._by_custom[custom_id] = department.key

    def remove(self, department: Department) -> None:
        """Take out a department that has no children any more."""
        self._forget(department)
        del self._by_custom[department.custom_id]
        del self.departments[department.key]
        self.gone |= {department.key, department.custom_id}

    def path(self, key: str) -> list[str]:
        """The department, its parent, … up to the root."""
        path, current = [key], self.departments[key].parent
        while current is not None:
            path.append(current)
            current = self.departments[current].parent
        return path

    def closure(self, keys: Iterable[str]) -> set[str]:
        """The departments and all above them."""
        reached: set[str] = set()
        for key in keys:
            current: str | None = key
            while current is not None and current not in reached:
                reached.add(current)
                current = self.departments[current].parent
        return reached

    def children(self, key: str) -> list[Department]:
        """The direct children in their order."""
        found = self._children.get(key)
        if found is None:
            below = [self.departments[child] for child in self.departments[key].children]
            found = self._children[key] = sorted(below, key=lambda d: d.order)
        return found

    def below(self, key: str) -> list[Department]:
        """All descendants, in no order that a reader could rely on (feishu.md, section 5.4)."""
        found = self._below.get(key)
        if found is None:
            found = self._below[key] = sorted(self.descend(key), key=lambda d: d.key)
        return found

    def descend(self, key: str) -> Iterator[Department]:
        """All descendants, parents first."""
        waiting = self.children(key)[::-1]
        while waiting:
            department = waiting.pop()
            yield department
            waiting.extend(reversed(self.children(department.key)))

    def _height(self, key: str) -> int:
        level, height = [key], 0
        while level:
            level = [child for above in level for child in self.departments[above].children]
            height += 1
        return height

    def _index(self, department: Department) -> None:
        key, parent = department.key, department.parent or ROOT
        self.departments[parent].children[key] = None
        self._by_name.setdefault(department.name, {})[key] = parent
        for language, text in department.i18n_name.items():
            self._by_i18n[parent, language, text] = key
        self._by_order[parent, department.order] = key
        self._last[parent] = max(self._last.get(parent, 0), department.order)
        self._stale(parent)

    def _forget(self, department: Department) -> None:
        key, parent = department.key, department.parent or ROOT
        del self.departments[parent].children[key]
        holders = self._by_name[department.name]
        del holders[key]
        if not holders:
            del self._by_name[department.name]
        for language, text in department.i18n_name.items():
            self._by_i18n.pop((parent, language, text), None)
        del self._by_order[parent, department.order]
        self._stale(parent)

    def _stale(self, parent: str) -> None:
        self._children.pop(parent, None)
        self._below.clear()
