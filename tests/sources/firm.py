"""A ledger with one organization, and the provider that it is read from."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import msgspec

from domain.errors import HeldError, OrgledgerError
from domain.plausible import Limit, Limits
from domain.ports import Finding, Source, SourceCapabilities
from domain.records import Roster
from domain.rows import Rows
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.runs import Run, Runs, Status
from orgledger.engine.views import Views
from orgledger.ledger import Ledger, new_id
from projections.org_tree.fold import OrgTree
from tests.sources.desk import SourceDesk
from tests.sources.fewest import Past
from tests.sources.same import Tree, differences, readable

ANYTHING = Limit(count=10**9)
BELIEVED = Limits(members=ANYTHING, departments=ANYTHING, memberships=ANYTHING, grants=ANYTHING)
"""What lets a reading of years later pass unasked."""

BESIDE = ("OrganizationRegistered", "OrganizationRenamed", "OrganizationLeaderChanged")
"""Facts about the organization itself, which no roster has."""


class OneOrganization(Views):
    """The views of a log that many organizations share, without reading the others."""

    def __init__(self, ledger: Ledger, data: Path, org: str) -> None:
        super().__init__(ledger, data)
        self._org = org

    def tree(self, at: int | None = None) -> OrgTree:
        tree = OrgTree()
        for batch in self.ledger.read(scope=f"{self._org}.directory", stop=at):
            tree.apply(batch)
        return tree

    def runs(self) -> Runs:
        return self._runs(f"{self._org}.run")


class Firm:
    """Brings an organization of its own up to date, by pulling from ``desk``."""

    def __init__(self, ledger: Ledger, data: Path, desk: SourceDesk) -> None:
        self.ledger, self.desk, self.org = ledger, desk, new_id("org")
        self.views = OneOrganization(ledger, data, self.org)
        self.system = "there"
        self.limits = Limits()
        self.capabilities = self._capabilities()

    def _capabilities(self) -> SourceCapabilities:
        source = self._source()
        asyncio.run(source.close())
        return source.capabilities

    def _source(self, *, wrong: bool = False) -> Source:
        source = self.desk.source(wrong=wrong)
        assert source is not None
        return source

    def pull(self, *, wrong: bool = False, approve: str | None = None) -> Outcome:
        """One reading, with a new source; ``approve`` names the held run that it continues."""

        async def work() -> Outcome:
            source = self._source(wrong=wrong)
            feed = Feed(
                system=self.system,
                org=self.org,
                name="Feifan",
                source=source,
                limits=self.limits,
            )
            pull = Pull(self.ledger, self.views, feed, actor="test", progress=lambda *_: None)
            held = self.views.run(approve) if approve else None
            try:
                return await pull.execute(held)
            finally:
                await source.close()

        return asyncio.run(work())

    def checked(self) -> list[Finding]:
        """One check, with a new source."""

        async def work() -> list[Finding]:
            source = self._source()
            try:
                return await source.check()
            finally:
                await source.close()

        return asyncio.run(work())

    def refused(self, *, wrong: bool = False) -> OrgledgerError:
        """One reading that must fail; what it says."""
        try:
            outcome = self.pull(wrong=wrong)
        except OrgledgerError as error:
            return error
        raise AssertionError(f"it was believed: {outcome}")

    def approved(self) -> Outcome:
        """One reading that the guard holds, and then goes on with a person's approval."""
        error = self.refused()
        assert isinstance(error, HeldError), error
        held = self.last_run()
        assert held.status is Status.HELD
        return self.pull(approve=held.id)

    def last_run(self) -> Run:
        """The newest run of this organization."""
        return list(self.views.runs().by_id.values())[-1]

    def events(self, after: int) -> Counter[str]:
        """The facts about the organization that came after a position of the log."""
        return Counter(
            entry.fact.TOPIC
            for batch in self.ledger.read(after, scope=f"{self.org}.directory")
            for entry in batch
            if entry.fact.TOPIC not in BESIDE
        )

    def tree(self) -> Tree:
        """The organization as it is shown."""
        return Rows(self.views.directory(self.org)).roster()

    def truth(self) -> Roster:
        """What the provider holds, as far as its source can read it."""
        return readable(self.desk.truth(), self.capabilities)

    def fewest(self, past: Past) -> Counter[str]:
        """The events that the next reading needs; ``past`` has then seen what there is."""
        return past.events(self.truth())

    def differences(self) -> list[str]:
        """What the tree and the provider do not agree on."""
        return differences(self.tree(), self.truth())

    def uids(self) -> dict[str, str]:
        """The ledger's ids by the provider's."""
        tree = self.tree()
        return {f"{kind} {row['id']}": row["uid"] for kind, rows in tree.items() for row in rows}

    def people(self) -> dict[str, str]:
        """The ledger's ids by name, for providers that give ids of their own."""
        return {row["name"]: row["uid"] for row in self.tree()["members"]}

    def said(self) -> str:
        """All that the last run says to people."""
        run = self.last_run()
        told = (run.reason, *run.gaps, *run.refused)
        return " ".join(told) + str(msgspec.to_builtins(self.scope))

    @property
    def scope(self) -> object:
        """What the log says of the source's range and hidden fields."""
        return self.views.directory(self.org).scopes.get(self.system)
