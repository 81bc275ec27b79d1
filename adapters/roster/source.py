"""The roster as a source: a file that is the whole organization."""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec.structs import replace

from adapters.roster.read import read_roster
from adapters.roster.rows import Reading
from adapters.roster.settings import RosterSettings
from domain.errors import InputError
from domain.observe import WHOLE, Observation
from domain.ports import Finding, Known, Progress, SourceCapabilities

CAPABILITIES = SourceCapabilities(
    looks=False, why={"looks": "A file announces nothing; it is read as a whole."}
)


class RosterSource:
    """Reads the file anew at every reading. Relative paths start at ``folder``."""

    def __init__(self, name: str, settings: RosterSettings, *, folder: Path) -> None:
        self.name = name
        self.path = folder / Path(settings.path).expanduser()

    @property
    def capabilities(self) -> SourceCapabilities:
        return CAPABILITIES

    async def check(self) -> list[Finding]:
        """Whether the file is there and sound, how much it holds, and what was put right."""
        try:
            reading = await self._read()
        except InputError as error:
            listed = "; ".join(problem.rstrip(".") for problem in error.problems)
            text = f"{error.what}: {listed}" if listed else error.what
            return [Finding(level="error", subject=str(self.path), text=text, fix=error.fix)]
        roster = reading.roster
        counts = (
            f"{len(roster.departments)} departments, {len(roster.members)} members, "
            f"{len(roster.roles)} roles"
        )
        findings = [Finding(level="ok", subject=str(self.path), text=counts)]
        findings += [
            Finding(level="warning", subject=str(self.path), text=note) for note in reading.notes
        ]
        return findings

    async def read(self, known: Known, progress: Progress) -> Observation:
        """Everything in the file. Raises InputError with everything that is wrong with it."""
        reading = await self._read()
        roster = reading.roster
        for what, records in (
            ("departments", roster.departments),
            ("members", roster.members),
            ("roles", roster.roles),
        ):
            progress(what, len(records), len(records))
        return Observation(
            system=self.name,
            coverage=replace(WHOLE, roles=reading.roles),
            departments=roster.departments,
            members=roster.members,
            roles=roster.roles,
        )

    async def close(self) -> None:
        """Nothing is held between readings."""

    async def _read(self) -> Reading:
        return await asyncio.to_thread(read_roster, self.path)
