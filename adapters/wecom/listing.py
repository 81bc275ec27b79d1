"""The two complete lists of ids: who is in which department, and which departments there are."""

from __future__ import annotations

from typing import NamedTuple

from adapters.wecom import wire
from adapters.wecom.client import WeComClient
from adapters.wecom.errors import Caller


class Memberships(NamedTuple):
    """``departments`` by ``key``, the userid without its case; ``spelled`` as it was listed."""

    departments: dict[str, list[int]]
    spelled: dict[str, str]


async def memberships(client: WeComClient) -> Memberships:
    """Everybody's departments (``user/list_id``, contact-sync secret). Raises SystemFault."""
    found = Memberships({}, {})
    async for rows in client.membership_pages():
        for row in rows:
            key = row.userid.casefold()
            found.spelled.setdefault(key, row.userid)
            known = found.departments.setdefault(key, [])
            if row.department not in known:
                known.append(row.department)
    return found


async def places(client: WeComClient, caller: Caller) -> dict[int, wire.Place]:
    """All departments that ``caller`` lists, by id. Raises SystemFault."""
    return {place.id: place for place in await client.places(caller)}
