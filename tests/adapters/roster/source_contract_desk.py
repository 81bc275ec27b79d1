"""A roster file to read from, for the contract suite of sources."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Self

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from adapters.roster.settings import RosterSettings
from adapters.roster.source import RosterSource
from domain.records import Roster
from tests.sources.desk import Trouble

NONSENSE: dict[Trouble, str] = {
    "everybody_gone": '{"departments": [], "members": [], "roles": []}',
    "answers_nonsense": "<html>moved</html>",
}


class RosterDesk:
    """Fulfils ``tests.sources.desk.SourceDesk`` with a JSON file."""

    page = 0
    key = "hr_id"
    secret = ""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._roster = Roster()
        self._hidden = ""

    @property
    def _path(self) -> Path:
        return Path(self._folder.name) / "roster.json"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def source(self, *, wrong: bool = False) -> RosterSource | None:
        """A roster has no credentials."""
        settings = RosterSettings(path=self._path.name)
        return None if wrong else RosterSource("there", settings, folder=self._path.parent)

    def put(self, roster: Roster) -> None:
        """Everybody has a number of their own that stays, beside the id."""
        members = tuple(
            replace(m, keys={self.key: f"P-{m.id}"}) if m.keys is UNSET else m
            for m in roster.members
        )
        self._roster = replace(roster, members=members)
        self._write()

    def _write(self) -> None:
        shown = self._roster
        if self._hidden:
            less = {self._hidden: UNSET}
            shown = replace(shown, members=tuple(replace(m, **less) for m in shown.members))
        self._path.write_bytes(msgspec.json.encode(shown))

    def truth(self) -> Roster:
        return self._roster

    def hide(self, field: str) -> bool:
        self._hidden = field
        self._write()
        return True

    def narrow(self, department: str) -> bool:
        return False

    def trouble(self, kind: Trouble) -> bool:
        if kind == "unreachable":
            self._path.unlink()
        elif kind == "root_fails":
            self._path.write_bytes(self._path.read_bytes()[:200])
        elif kind in NONSENSE:
            self._path.write_text(NONSENSE[kind], encoding="utf-8")
        else:
            return False
        return True

    def struck(self) -> bool:
        return True

    def calm(self) -> None:
        self._hidden = ""
        self._write()
