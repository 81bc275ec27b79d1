"""The check says what to mend, in words, and never raises."""

from __future__ import annotations

import asyncio

import pytest

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


def test_how_often_everything_is_read_is_told() -> None:
    def told(**settings: float) -> str:
        found = EntraDesk(company(2, 2)).check(**settings)
        return " ".join(f.text for f in found if f.subject == "reading")

    assert "every 24 hours, what changed in between" in told()
    assert "every 1.5 hours" in told(full_every=1.5)
    assert "at every sync" in told(full_every=0)
    assert "one without people does not exist" in told()


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


def test_quota_is_told_when_little_is_left() -> None:
    """Graph says how much is used from 80 % on, and nothing before."""
    desk = EntraDesk(company(1, 3), real_limits=True)
    assert not [f for f in desk.check() if f.subject == "quota"]
    desk.app.provider._world.meter.take(3200, 3)  # as if others had called
    found = [f for f in desk.check() if f.subject == "quota"]
    assert [f.level for f in found] == ["warning"]
    assert "of what Entra lets this app ask" in found[0].text


def test_over_the_network() -> None:
    with running(create_app(roster=company(5, 10))) as server:

        async def main() -> list[Finding]:
            urls = {"login_url": server.url, "base_url": f"{server.url}/v1.0"}
            source = EntraSource("en", EntraSettings(**APP, **urls))
            try:
                return await source.check()
            finally:
                await source.close()

        found = asyncio.run(main())
        assert {f.level for f in found} == {"ok"}
        assert "clock" in {f.subject for f in found}
