"""Finding the call that a method and a path mean."""

from __future__ import annotations

from adapters.feishu.simulator.routes import CONTACT_V3, ROUTES, Route
from adapters.simulation.provider import Call

LOCK = "department structure of the tenant"
Template = tuple[str, ...]


class Table:
    """Routes by path; where a literal and a parameter both fit, the literal wins."""

    def __init__(self) -> None:
        found: dict[Template, dict[str, Call]] = {}
        for route in ROUTES:
            template = tuple(route.path.split("/"))
            found.setdefault(template, {})[route.method] = _call(route)
        self._by_length: dict[int, list[tuple[Template, dict[str, Call]]]] = {}
        for template in sorted(found, key=lambda parts: sum(part[0] == ":" for part in parts)):
            self._by_length.setdefault(len(template), []).append((template, found[template]))

    def find(self, method: str, path: str) -> tuple[Call | None, dict[str, str]] | None:
        """The call and its path parameters; no call for a method that the path does not have."""
        if not path.startswith(CONTACT_V3):
            return None
        parts = path[len(CONTACT_V3) :].split("/")
        known = False
        for template, calls in self._by_length.get(len(parts), []):
            if all(
                want[0] == ":" or want == part for want, part in zip(template, parts, strict=True)
            ):
                known = True
                if method in calls:
                    named = zip(template, parts, strict=True)
                    return calls[method], {w[1:]: part for w, part in named if w[0] == ":"}
        return (None, {}) if known else None


def _call(route: Route) -> Call:
    return Call(route.api, route.write, route, LOCK if route.structure else None)
