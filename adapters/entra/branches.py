"""Trees out of what is none: nested groups, names of units, and chains of managers. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence


def hang(nodes: Iterable[str], above: Mapping[str, Sequence[str]]) -> dict[str, str | None]:
    """One parent for each node, so that all together are a tree.

    ``above`` has the parents of each node; those that are no nodes do not count. Of several the
    one nearest to the top is taken, then the one with the smallest id. Of nodes that only lie in
    a circle the smallest becomes a top. The same input in any order gives the same tree.
    """
    ids = sorted(nodes)
    known = set(ids)
    below: dict[str, list[str]] = {}
    roots = []
    for node in ids:
        parents = sorted({p for p in above.get(node, ()) if p in known and p != node})
        for parent in parents:
            below.setdefault(parent, []).append(node)
        if not parents:
            roots.append(node)
    tree: dict[str, str | None] = {}
    _walk(roots, below, tree)
    for node in ids:
        if node not in tree:
            _walk([node], below, tree)
    return tree


def _walk(roots: list[str], below: dict[str, list[str]], tree: dict[str, str | None]) -> None:
    for root in roots:
        tree[root] = None
    level = sorted(roots)
    while level:
        reached = []
        for node in level:
            for child in below.get(node, ()):
                if child not in tree:
                    tree[child] = node
                    reached.append(child)
        level = sorted(reached)


def by_names(names: Mapping[str, str], separator: str) -> dict[str, tuple[str, str | None]]:
    """The last part of each name, and whose name is the longest beginning of it.

    ``names`` are units' names by id. ``Sales/East`` hangs below ``Sales`` where there is one, else
    it keeps its whole name at the top. Without a separator all stand side by side.
    """
    if not separator:
        return {unit: (name, None) for unit, name in names.items()}
    owners: dict[tuple[str, ...], str] = {}
    split = {
        unit: tuple(part.strip() for part in name.split(separator)) for unit, name in names.items()
    }
    for unit in sorted(split):
        owners.setdefault(tuple(part.casefold() for part in split[unit]), unit)
    placed: dict[str, tuple[str, str | None]] = {}
    for unit, parts in split.items():
        folded = tuple(part.casefold() for part in parts)
        for length in range(len(parts) - 1, -1, -1):
            parent = owners.get(folded[:length]) if length else None
            if parent is not None or not length:
                placed[unit] = separator.join(parts[length:]), parent
                break
    return placed


def teams(managers: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Whose team lies below whose, and in whose team everybody is.

    ``managers`` has everybody's manager. Who manages somebody has a team and is in it; the others
    are in their manager's. Who has neither is in none.
    """
    leading = {m for m in managers.values() if m is not None and m in managers}
    above = {p: [m] for p in leading if (m := managers[p]) is not None}
    places = {
        person: person if person in leading else manager
        for person, manager in managers.items()
        if person in leading or (manager is not None and manager in leading)
    }
    return hang(leading, above), {p: place for p, place in places.items() if place is not None}


def top_down(tree: Mapping[str, str | None]) -> list[str]:
    """The nodes, each after its parent."""
    below: dict[str | None, list[str]] = {}
    for node, parent in tree.items():
        below.setdefault(parent, []).append(node)
    ordered: list[str] = []
    waiting = deque(below.get(None, ()))
    while waiting:
        node = waiting.popleft()
        ordered.append(node)
        waiting.extend(below.get(node, ()))
    return ordered
