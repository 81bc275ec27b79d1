"""Find people and departments by name (characters, pinyin, initials), id, number or contact."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from pypinyin import Style, lazy_pinyin

from domain.directory import Directory
from projections.org_tree.rows import Row, Rows


class Hit(msgspec.Struct, frozen=True):
    """One thing found: its kind, its row in the exchange format, and the field that matched."""

    kind: str
    row: Row
    field: str


_FIELDS = {
    "department": ("name", "id", "uid"),
    "member": ("name", "id", "uid", "job_number", "email", "mobile", "title"),
    "role": ("name", "id", "uid"),
}


def search(directory: Directory, text: str) -> list[Hit]:
    """Everything present that matches ``text``, exact matches first, then by kind and name."""
    wanted = text.strip().casefold()
    if not wanted:
        return []
    rows = Rows(directory)
    hits = [
        (rank, hit)
        for kind, row in _present(rows)
        if (found := _match(kind, row, wanted))
        for rank, hit in (found,)
    ]
    hits.sort(key=lambda pair: (pair[0], pair[1].kind, pair[1].row["name"]))
    return [hit for _, hit in hits]


def _present(rows: Rows) -> Iterator[tuple[str, Row]]:
    d = rows.directory
    yield from (("department", rows.department(x)) for x in d.present_departments())
    yield from (("member", rows.member(x)) for x in d.present_members())
    yield from (("role", rows.role(x)) for x in d.present_roles())


def _match(kind: str, row: Row, wanted: str) -> tuple[int, Hit] | None:
    for field in _FIELDS[kind]:
        value = row.get(field)
        if isinstance(value, str) and wanted in value.casefold():
            return (0 if value.casefold() == wanted else 1, Hit(kind, row, field))
    name = row["name"]
    if wanted.isascii() and not name.isascii():
        full = "".join(lazy_pinyin(name)).casefold()
        initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).casefold()
        plain = wanted.replace(" ", "")
        if plain in full or plain == initials:
            return 2, Hit(kind, row, "pinyin")
    return None
