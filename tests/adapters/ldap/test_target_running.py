"""How the target behaves among others: threads, slow servers, servers that know less."""

from __future__ import annotations

import asyncio
import socket
import time

import msgspec
import pytest
from ldap3.protocol.rfc4527 import post_read_control

from adapters.ldap import places
from adapters.ldap.settings import LdapSettings
from adapters.ldap.slapd import Slapd
from adapters.ldap.target import LdapTarget
from domain.delivery.operation import Action, Change, Relations
from domain.errors import ConfigError, PermissionFault, SystemFault
from domain.ports import Target
from tests.adapters.ldap.driving import NAME, QUICK, Driver, person
from tests.adapters.ldap.target_desk import LdapDesk
from tests.delivery.desk import TargetDesk


def test_it_is_a_target_and_its_desk_a_desk(desk: LdapDesk):
    """The ports' protocols are fulfilled (mypy reads this)."""
    port: type[Target] = LdapTarget
    contract: TargetDesk = desk
    assert (port, contract.type) == (LdapTarget, "ldap")


def test_the_event_loop_is_free_while_the_server_is_slow(desk: LdapDesk):
    """A server that does not answer keeps threads waiting, never the loop."""
    settings = msgspec.convert({**desk.settings(), "timeout": 1}, LdapSettings)

    async def main() -> float:
        silent = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
        port = silent.getsockname()[1]
        place = msgspec.structs.replace(settings, url=f"ldap://127.0.0.1:{port}")
        target = LdapTarget(NAME, place, patience=msgspec.structs.replace(QUICK, tries=1))
        waiting = asyncio.ensure_future(target.read({}, lambda what, done, total: None))
        longest, last = 0.0, time.monotonic()
        while not waiting.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert isinstance(waiting.exception(), SystemFault)
        await target.close()
        silent.close()
        return longest

    assert asyncio.run(asyncio.wait_for(main(), 20)) < 0.5


def test_changes_side_by_side(driver: Driver):
    """Children are made while others move; nothing is lost, and no department twice."""
    tops = [driver.department(f"t{n}", f"T{n}") for n in range(4)]
    low = [driver.department(f"l{n}", f"L{n}", tops[0]) for n in range(4)]
    moves = [
        Change(kind="department", action=Action.MOVE, uid="", key=f"l{n}", remote=remote,
               relations=Relations(parent=tops[1 + n % 3]))
        for n, remote in enumerate(low)
    ]  # fmt: skip
    births = [
        Change(kind="department", action=Action.CREATE, uid="", key=f"c{n}", remote=None,
               fields={"ou": f"c{n}", "description": "C"}, relations=Relations(parent=low[n % 4]))
        for n in range(40)
    ]  # fmt: skip
    done = driver.all([change for n in range(40) for change in (births[n], *moves[n : n + 1])])
    assert [fault for fault in done if isinstance(fault, SystemFault)] == []
    found = driver.present("department")
    assert {found[f"c{n}"].relations.parent for n in range(40)} == set(low)
    assert [found[f"l{n}"].relations.parent for n in range(4)] == [
        tops[1 + n % 3] for n in range(4)
    ]


def test_a_server_without_post_read_gives_the_id_too(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
):
    """Where an add does not tell the new id, it is read; the next ones ask no more."""
    monkeypatch.setattr("adapters.ldap.client.POST_READ", "1.2.3")
    first, second = driver.member("u1"), driver.member("u2")
    found = driver.present("member")
    assert (found["u1"].remote, found["u2"].remote) == (first, second)


def test_a_post_read_without_the_id_is_not_believed(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
):
    """A server may know the control and leave entryUUID out; the id is read then."""
    monkeypatch.setattr(
        "adapters.ldap.client.post_read_control", lambda _: post_read_control(["cn"])
    )
    first, second = driver.member("u1"), driver.member("u2")
    assert first and second
    found = driver.present("member")
    assert (found["u1"].remote, found["u2"].remote) == (first, second)


def test_slow_look_ups_are_given_up_for_one_that_fetches_all(
    desk: LdapDesk, driver: Driver, monkeypatch: pytest.MonkeyPatch
):
    """Without an index on entryUUID a long run does not read the directory for each change."""
    people = [driver.member(f"u{n}") for n in range(20)]
    searches = []
    for patience in (60.0, 0.0):
        monkeypatch.setattr(places, "SLOW_SECONDS", patience)
        with Driver(desk, connections=1) as later:
            later.role(f"r{patience}", "R")  # the places are looked at once
            before = desk.proxy.searches
            for n, remote in enumerate(people):
                fields = {"title": f"x{patience}"}
                later.do("member", Action.UPDATE, f"u{n}", remote=remote, fields=fields)
            searches.append(desk.proxy.searches - before)
    assert searches == [20, 3]  # one alone, then everybody at the two places
    assert {m.title for m in desk.roster().members} == {"x0.0"}


def reader(desk: LdapDesk) -> dict[str, str]:
    """The settings of an account without special rights."""
    with Driver(desk) as driver:
        driver.member("reader", userPassword="x1")
    dn = f"uid=reader,ou=people,{desk.slapd.base_dn}"
    return {"bind_dn": dn, "bind_password": "x1"}


def test_an_account_that_may_not_write_is_told_so(desk: LdapDesk):
    """Code 50 names the permission and what to grant; reading goes on."""
    with Driver(desk, **reader(desk)) as driver:
        fault = driver.ask("member", Action.CREATE, "u", fields=person("u", "U"))
        assert isinstance(fault, PermissionFault)
        assert (fault.permission, fault.code) == ("write", "50")
        assert set(driver.present("member")) == {"reader"}


def test_what_the_server_hides_is_not_taken_for_gone():
    """A place that we may not read is a gap where we know that something of ours is in it."""
    hide = 'access to dn.subtree="ou=roles,dc=example,dc=test" by * none\naccess to * by * read'
    with LdapDesk(lines=(hide,)) as desk:
        with Driver(desk) as driver:
            role = driver.role("r", "R")
        with Driver(desk, **reader(desk)) as driver:
            found = driver.read(role=(role,), department=("somebody deleted it",))
    assert found.complete == {"member", "department"}
    assert found.gaps == (
        "roles could not be read: ou=roles,dc=example,dc=test is gone, or hidden from us",
    )


def test_a_list_that_the_server_cuts_short_is_a_gap():
    """A size limit makes the people unknown, and with them who is in the lists; not absent."""
    with LdapDesk(lines=("limits users size.prtotal=3",)) as desk:
        with Driver(desk) as driver:
            people = tuple(driver.member(f"u{n}") for n in range(5))
            role = driver.role("r", "R")
            driver.do("role", Action.ADD, "r", remote=role, members=people)
            driver.department("d", "D")
        with Driver(desk, **reader(desk)) as driver:
            found = driver.read(member=people)
    assert found.complete == {"department", "role"}
    assert "size limit" in found.gaps[0]
    assert [p.members for p in (*found.present["role"], *found.present["department"])] == [None] * 2


def test_a_throw_away_slapd_leaves_nothing(monkeypatch: pytest.MonkeyPatch):
    """Its folder is private and gone afterwards, its process ended; two run side by side."""
    with LdapDesk():
        pass
    with Slapd() as one, Slapd() as other:
        assert one.url != other.url
        folder, process = one._folder, one._process
        assert folder is not None
        assert process is not None
        assert folder.stat().st_mode & 0o077 == 0
    assert process.poll() is not None
    assert not folder.exists()
    monkeypatch.setattr("adapters.ldap.slapd.find_binary", lambda: None)
    with pytest.raises(ConfigError, match="there is no slapd"), Slapd():
        pass
