"""The check says what to mend, in words, and never raises."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate

import pytest

from adapters.entra.check import clock
from adapters.entra.client import EntraClient
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator import create_app
from adapters.entra.source import EntraSource
from adapters.simulation.server import running
from domain.ports import Finding
from tests.adapters.entra.entra_desk import APP, GROUPS, SECRET, EntraDesk, company

TREES = {
    "attribute": {},
    "groups": GROUPS,
    "units": {"tree": "units", "separator": "/"},
    "manager": {"tree": "manager"},
}


def errors(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level == "error"]


@pytest.mark.parametrize("tree", TREES)
def test_all_is_well(tree: str) -> None:
    desk = EntraDesk(company(5, 10, roles=1))
    findings = desk.check(**TREES[tree])
    assert {f.level for f in findings} == {"ok"}
    assert "10 people, 0 of them guests (they are left out)" in str(findings)
    assert sum(desk.calls.values()) <= 10


def test_what_polling_costs_is_told() -> None:
    told = [f.text for f in EntraDesk(company(2, 2)).check() if f.subject == "reading"]
    assert "delta query" in told[0]
    assert "one without people does not exist" in told[1]


@pytest.mark.parametrize(
    ("tree", "keep", "missing"),
    [
        ("attribute", {"Group.Read.All"}, "User.Read.All"),
        ("attribute", {"User.ReadBasic.All"}, "User.Read.All"),
        ("groups", {"User.Read.All"}, "Group.Read.All"),
        ("units", {"User.Read.All"}, "AdministrativeUnit.Read.All"),
    ],
)
def test_a_missing_permission_is_named(tree: str, keep: set[str], missing: str) -> None:
    found = errors(EntraDesk(company(3, 3, roles=1), permissions=keep).check(**TREES[tree]))
    assert f"permission {missing}" in {f.subject for f in found}
    assert all("admin consent" in f.fix for f in found if f.subject == f"permission {missing}")


def test_members_that_may_not_be_read_are_told_apart() -> None:
    desk = EntraDesk(company(1, 3))
    desk.set(refused_paths={"groups/": 403})
    found = errors(desk.check(tree="groups", groups_filter=GROUPS["groups_filter"]))
    assert {f.subject for f in found} == {"permission GroupMember.Read.All"}


def test_a_wrong_secret_is_one_finding() -> None:
    findings = EntraDesk(company(1, 1)).check(client_secret="wrong-hush")
    assert [(f.level, f.subject) for f in findings] == [("error", "credentials")]
    assert "Certificates & secrets" in findings[0].fix
    assert "hush" not in str(findings)
    assert SECRET not in str(findings)


def test_a_filter_that_finds_nothing_is_told() -> None:
    findings = EntraDesk(company(2, 2)).check(tree="groups", groups_filter="displayName eq 'x'")
    assert "groups_filter" in str([f for f in findings if f.level == "warning"])


def test_nobody_at_all_is_an_error() -> None:
    (found,) = errors(EntraDesk(company(0, 0)).check())
    assert found.subject == "scope"


@pytest.mark.parametrize("fault", ["*:http_500", "*:reset", "*:html_ban", "*:throttle", "*:ip"])
def test_a_check_answers_soon_whatever_happens(fault: str) -> None:
    desk = EntraDesk(company(3, 3))
    desk.fault(fault)
    assert errors(desk.check())
    assert desk.seconds < 60


def test_a_clock_that_is_off() -> None:
    client = EntraClient(EntraSettings(**APP))
    for date, told in (
        (formatdate(time.time() - 600, usegmt=True), 1),
        (formatdate(usegmt=True), 0),
        ("not a date", 0),
        ("", 0),
    ):
        client.http.date = date
        assert len(clock(client)) == told
    client.http.date = formatdate(time.time() + 600, usegmt=True)
    assert "behind" in clock(client)[0].text


def test_over_the_network() -> None:
    with running(create_app(roster=company(5, 10))) as server:

        async def main() -> list[Finding]:
            urls = {"login_url": server.url, "base_url": f"{server.url}/v1.0"}
            source = EntraSource("en", EntraSettings(**APP, **urls))
            try:
                return await source.check()
            finally:
                await source.close()

        assert {f.level for f in asyncio.run(main())} == {"ok"}
