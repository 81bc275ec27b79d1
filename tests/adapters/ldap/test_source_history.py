"""Eight years of a real organization, written into slapd by our target and read by our source."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest

from adapters.ldap.settings import LdapSettings
from adapters.ldap.source import LdapSource
from adapters.nats.embedded import attach
from domain.delivery.guard import GuardLimits
from domain.records import Roster
from domain.rows import Rows
from orgledger.bootstrap import environment
from orgledger.config import LogConfig
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.runs import Status
from orgledger.ledger import Ledger
from tests.adapters.ldap.target_desk import LdapDesk, needs_slapd
from tests.delivery.suite import Office
from tests.sources.firm import ANYTHING, BELIEVED, OneOrganization
from tests.sources.history import DATA, month_numbers, months

pytestmark = [
    needs_slapd,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.exists(), reason="the real history is not there"),
]

READ = "read-back"
GENEROUS = GuardLimits(delete=ANYTHING, deactivate=ANYTHING, memberships=ANYTHING, grants=ANYTHING)


@pytest.fixture
def office(desk: LdapDesk, tmp_path: Path) -> Iterator[Office]:
    """A log, and an empty slapd that the organization is brought to."""
    with attach(tmp_path / "log") as attached:
        ledger = Ledger(environment(LogConfig(), attached.env()))
        office = Office(ledger, tmp_path, desk, None)
        office.limits = GENEROUS
        yield office
        ledger.close()


def pull(office: Office, views: OneOrganization) -> Outcome:
    """Read the directory into an organization of its own."""
    settings = msgspec.convert(office.desk.settings(), LdapSettings)

    async def work() -> Outcome:
        source = LdapSource("directory", settings)
        feed = Feed(system="directory", org=READ, name="Rust", source=source, limits=BELIEVED)
        try:
            run = Pull(office.ledger, views, feed, actor="test", progress=lambda *_: None)
            return await run.execute()
        finally:
            await source.close()

    return asyncio.run(work())


def picture(roster: Roster, names: dict[str, str]) -> dict[str, set[object]]:
    """What a directory can hold of a month; ``names`` are the roster's ids by the directory's."""

    def ids(given: Iterable[str]) -> frozenset[str]:
        return frozenset(names.get(one, one) for one in given)

    return {
        "departments": {
            (ids([d.id]), d.name, ids([d.parent_id or ""]), ids(d.leaders or ()))
            for d in roster.departments
        },
        "members": {(ids([m.id]), m.name, ids(m.departments)) for m in roster.members},
        "roles": {(ids([r.id]), r.name, ids(r.members or ())) for r in roster.roles},
    }


def marks(desk: LdapDesk) -> dict[str, str]:
    """The roster's ids by entryUUIDs: what our target left on every entry."""
    kinds = {
        "ou=departments": "organizationalUnit", "ou=people": "inetOrgPerson",
        "ou=leavers": "inetOrgPerson", "ou=roles": "groupOfUniqueNames",
    }  # fmt: skip
    return {e["uuid"]: e["key"] for place, kind in kinds.items() for e in desk.entries(place, kind)}


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param((0,), id="first"),
        pytest.param((0, 47, 93), id="sampled", marks=pytest.mark.slow),
        pytest.param(tuple(month_numbers()), id="all", marks=pytest.mark.slow),
    ],
)
def test_what_was_written_is_read(
    desk: LdapDesk, office: Office, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    """Roster, log, target, slapd, source, log: the same tree, and a second pass says nothing.

    Whoever left is a closed account, and the profile is found by looking.
    """
    views = OneOrganization(office.ledger, tmp_path, READ)
    for number, roster in months(numbers):
        office.tell(roster)
        office.deliver()
        outcome = pull(office, views)
        assert outcome.status is Status.FINISHED, (number, outcome.gaps, outcome.refused)
        rows = Rows(views.directory(READ)).roster()
        rows["members"] = [row for row in rows["members"] if row["active"]]
        seen = msgspec.convert(rows, Roster)
        assert picture(seen, marks(desk)) == picture(roster, {}), number
    assert pull(office, views).appended == 0
