"""One request with what it is about: the world, the ids in its path, and its options."""

from __future__ import annotations

from typing import Any

from adapters.entra.simulator import filters, paging
from adapters.entra.simulator.errors import not_found, unsupported
from adapters.entra.simulator.properties import BASIC, ODATA, Kind, Props, shown
from adapters.entra.simulator.query import Query, names_of, read_query
from adapters.entra.simulator.settings import BASIC as BASIC_ONLY
from adapters.entra.simulator.settings import DIRECTORY, USERS
from adapters.entra.simulator.world import World
from adapters.simulation.http import Request


class Question:
    """``kind`` is the type of the rows of the answer, ``placed`` the ids in the path."""

    def __init__(self, world: World, request: Request, kind: Kind, placed: dict[str, str]) -> None:
        self.world, self.request, self.kind, self.placed = world, request, kind, placed
        self.cursor = paging.resume(world, request)
        if self.cursor is None:
            self.query = read_query(request, kind, world.settings.unknown_properties)
        else:
            self.query = self.cursor.query
            eventual = request.headers.get("consistencylevel", "").lower() == "eventual"
            if self.query.eventual and not eventual:
                raise unsupported("The page needs the header ConsistencyLevel: eventual, too.")

    def object(self, kind: Kind, name: str = "id") -> Props:
        """The object that the path names; a user by userPrincipalName as well."""
        given = self.placed[name]
        found = self.world.directory.objects[kind].get(given.lower())
        if found is None and kind == "user":
            users = self.world.directory.objects["user"].values()
            low = given.lower()
            found = next((u for u in users if u["userPrincipalName"].lower() == low), None)
        if found is None:
            raise not_found(given)
        return found

    def matching(self, ids: list[str], kind: Kind) -> list[str]:
        """Those of ``ids`` that the filter lets through."""
        if not self.query.filter:
            return ids
        test = filters.compiled(self.query, kind)
        objects = self.world.directory.objects[kind]
        return [found for found in ids if test(objects[found])]

    def row(self, kind: Kind, props: Props) -> Props:
        """An object as the app gets to see it."""
        names = names_of(self.query, kind)
        found = shown(props, names)
        if kind == "user" and not self.world.settings.permissions & {USERS, DIRECTORY}:
            limited = BASIC_ONLY in self.world.settings.permissions
            seen = BASIC if limited else {"id"}
            found = {name: value if name in seen else None for name, value in found.items()}
        if kind == "user" and self.query.expand == "manager":
            manager = self.world.directory.managers.get(props["id"])
            if manager is not None:
                found["manager"] = self.manager(manager)
        return found

    def manager(self, manager: str) -> Props:
        """A manager beside a person."""
        props = self.world.directory.objects["user"][manager]
        inner = Query(select=self.query.expand_select)
        return {"@odata.type": ODATA["user"], **shown(props, names_of(inner, "user"))}

    def listing(self, ids: list[str], kinds: dict[str, Kind] | None = None) -> dict[str, Any]:
        """One page of ``ids``; with ``kinds`` each row says its type."""
        found = self.cursor.ids if self.cursor else ids
        page, link = paging.cut(self.world, self.request, self.cursor, found, self.query)
        content: dict[str, Any] = {"@odata.context": f"{paging.PREFIX}/$metadata#{self.kind}"}
        if self.query.count and self.cursor is None:
            content["@odata.count"] = len(found)
        content |= link
        rows = []
        for object_id in page:
            kind = kinds[object_id] if kinds else self.kind
            props = self.world.directory.objects[kind].get(object_id)
            if props is not None:
                typed = {"@odata.type": ODATA[kind]} if kinds else {}
                rows.append(typed | self.row(kind, props))
        content["value"] = rows
        return content
