"""Find people and departments by name (characters, pinyin, initials), id, number or contact."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from domain.directory import Directory
from domain.rows import Row, Rows
from projections.org_tree.pinyin import initials, spelled


class Hit(msgspec.Struct, frozen=True):
    """One thing found: its kind, its row in the exchange format, and the field that matched."""

    kind: str
    row: Row
    field: str


_FIELDS = {
    "department": ("name", "id"),
    "member": ("name", "id", "job_number", "email", "mobile", "title"),
    "role": ("name", "id"),
}
"""Fields of which a part is enough; a uid is looked for as a whole."""


def search(directory: Directory, text: str) -> list[Hit]:
    """Everything present that matches ``text``.

    Exact matches come first, then names by pinyin, then by initials and then parts of a field;
    within these by kind and name.
    """
    wanted = text.strip().casefold()
    if not wanted:
        return []
    hits = [
        (found[0], Hit(kind, row, found[1]))
        for kind, row in _present(Rows(directory))
        if (found := _match(kind, row, wanted)) is not None
    ]
    hits.sort(key=lambda hit: (hit[0], hit[1].kind, hit[1].row["name"], hit[1].row["uid"]))
    return [hit for _, hit in hits]


def _present(rows: Rows) -> Iterator[tuple[str, Row]]:
    d = rows.directory
    yield from (("department", rows.department(x)) for x in d.present_departments())
    yield from (("member", rows.member(x)) for x in d.present_members())
    yield from (("role", rows.role(x)) for x in d.present_roles())


def _match(kind: str, row: Row, wanted: str) -> tuple[int, str] | None:
    """How well (0 is best) and by which field a row matches."""
    part = None
    if row["uid"] == wanted:
        return 0, "uid"
    for field in _FIELDS[kind]:
        value = row.get(field)
        if isinstance(value, str) and wanted in value.casefold():
            if value.casefold() == wanted:
                return 0, field
            part = part or field
    name = row["name"]
    if wanted.isascii() and not name.isascii():
        plain = "".join(filter(str.isalnum, wanted))
        if plain and spelled(name, plain):
            return 1, "pinyin"
        if plain and initials(name, plain):
            return 2, "pinyin"
    return (3, part) if part else None
