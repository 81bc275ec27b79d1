"""One call as its handler sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from adapters.casdoor.simulator.errors import PanicError
from adapters.casdoor.simulator.fields import Row
from adapters.casdoor.simulator.table import Table
from adapters.simulation.http import Request

DEFAULT_PAGE = 10
"""Rows on a page whose size is given as zero or less (beego, pagination.NewPaginator)."""


class Ask(NamedTuple):
    """The request and who asks: ``app/<application>``, or nobody."""

    request: Request
    caller: str

    def query(self, name: str) -> str:
        """A query parameter, empty when absent."""
        return self.request.query.get(name, "")

    @property
    def paged(self) -> bool:
        """Say whether a page is asked for: ``p`` and ``pageSize`` are both there."""
        return bool(self.query("p") and self.query("pageSize"))

    def listed(self, table: Table) -> Sequence[Row]:
        """The rows of ``owner`` in the order and with the filter that the call asks for."""
        owner = self.query("owner")
        if not self.paged:
            return table.listing(owner)
        rows = table.listing(owner, self.query("sortField"), self.query("sortOrder"))
        field, value = self.query("field"), self.query("value")
        return table.matching(rows, field, value) if field and value else rows

    def page(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The page that is asked for; beyond the last one it is the last one again.

        Source: beego, core/utils/pagination/paginator.go.
        """
        try:
            size = int(self.query("pageSize"))
        except ValueError:
            raise PanicError("the page size is not a number") from None
        if size <= 0:
            size = DEFAULT_PAGE
        text = self.query("p")
        number = int(text) if text.isdecimal() else 0
        number = max(1, min(number, -(-len(rows) // size)))
        return rows[(number - 1) * size : number * size]
