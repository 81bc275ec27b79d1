"""Role groups, roles, and who holds them."""

from __future__ import annotations

from msgspec import UNSET

from domain import events as e
from domain.events import Origin
from domain.identity import new_uid
from tests.domain.given import ORG, SYSTEM, g, given, glimpse, m, person, r, read, role

PEOPLE = (person("u"), person("v"))


def test_a_role_comes_with_its_group_and_its_holders():
    given(read(*PEOPLE)).when(read(*PEOPLE, role("admin", "u", group="IT"))).then(
        e.RoleGroupCreated(uid=g("IT"), name="IT", origin=Origin(system="hr", id="name:IT")),
        e.RoleCreated(
            uid=r("admin"), name="ADMIN", group=g("IT"), origin=Origin(system="hr", id="admin")
        ),
        e.RoleGranted(uid=r("admin"), member=m("u")),
    )


def test_two_roles_of_one_group_make_one_group():
    outcome = given().when(read(*PEOPLE, role("a", group="IT"), role("b", group="IT")))
    assert outcome.names_of_facts().count("RoleGroupCreated") == 1


def test_a_change_of_holders_is_a_grant_and_a_revocation():
    given(read(*PEOPLE, role("admin", "u"))).when(read(*PEOPLE, role("admin", "v"))).then(
        e.RoleGranted(uid=r("admin"), member=m("v")), e.RoleRevoked(uid=r("admin"), member=m("u"))
    )


def test_a_renamed_role_keeps_its_holders():
    given(read(*PEOPLE, role("admin", "u"))).when(
        read(*PEOPLE, role("admin", "u", name="Root"))
    ).then(e.RoleRenamed(uid=r("admin"), name="Root"))


def test_holders_that_were_not_read_stay():
    given(read(*PEOPLE, role("admin", "u"))).when(
        read(*PEOPLE, role("admin", members=UNSET))
    ).nothing_happens()


def test_a_role_that_goes_into_another_group_is_regrouped_and_the_empty_group_deleted():
    given(read(*PEOPLE, role("admin", group="IT"))).when(
        read(*PEOPLE, role("admin", group="Ops"))
    ).then(
        e.RoleGroupCreated(uid=g("Ops"), name="Ops", origin=Origin(system="hr", id="name:Ops")),
        e.RoleRegrouped(uid=r("admin"), group=g("Ops")),
        e.RoleGroupDeleted(uid=g("IT")),
    )


def test_a_group_known_to_be_none_takes_the_role_out_of_its_group():
    given(read(*PEOPLE, role("admin", group="IT"))).when(
        read(*PEOPLE, role("admin", group=None))
    ).then(e.RoleRegrouped(uid=r("admin"), group=None), e.RoleGroupDeleted(uid=g("IT")))


def test_a_group_that_was_not_read_stays_with_its_role():
    given(read(*PEOPLE, role("admin", group="IT"))).when(
        read(*PEOPLE, role("admin"))
    ).nothing_happens()


def test_a_group_called_none_is_a_group_like_any_other():
    given(read(*PEOPLE, role("a", group="None"), role("b"))).when(
        read(*PEOPLE, role("a", group=None), role("b", group=None))
    ).then(e.RoleRegrouped(uid=r("a"), group=None), e.RoleGroupDeleted(uid=g("None")))


def test_a_group_with_an_id_is_renamed_and_not_made_anew():
    uid = new_uid(ORG, "role_group", SYSTEM, "g1", ())
    given(read(*PEOPLE, role("admin", group="IT", group_id="g1"))).when(
        read(*PEOPLE, role("admin", group="Tech", group_id="g1"))
    ).then(e.RoleGroupRenamed(uid=uid, name="Tech"))


def test_a_role_that_is_listed_no_more_is_deleted_with_its_grants_and_its_group():
    outcome = (
        given(read(*PEOPLE, role("admin", "u", group="IT")))
        .when(read(*PEOPLE))
        .then(e.RoleDeleted(uid=r("admin")), e.RoleGroupDeleted(uid=g("IT")))
    )
    assert outcome.directory.grants[r("admin")] == set()


def test_a_role_is_not_deleted_by_a_reading_without_the_roles():
    given(read(*PEOPLE, role("admin", "u"))).when(
        glimpse(*PEOPLE, departments=True, members=True)
    ).nothing_happens()


def test_a_deleted_role_that_comes_back_has_its_old_uid_and_only_the_holders_of_now():
    outcome = given(read(*PEOPLE, role("admin", "u", group="IT")), read(*PEOPLE)).when(
        read(*PEOPLE, role("admin", "v", group="IT"))
    )
    assert outcome.directory.roles[r("admin")].present
    assert outcome.directory.role_groups[g("IT")].present
    assert outcome.directory.grants[r("admin")] == {m("v")}


def test_a_holder_that_nobody_knows_is_left_out():
    outcome = given().when(read(*PEOPLE, role("admin", "u", "ghost")))
    assert outcome.directory.grants[r("admin")] == {m("u")}


def test_a_holder_named_twice_holds_it_once():
    outcome = given().when(read(*PEOPLE, role("admin", "u", "u")))
    assert outcome.names_of_facts().count("RoleGranted") == 1


def test_a_holder_who_was_not_read_keeps_the_role():
    given(read(*PEOPLE, role("admin", "u", "v"))).when(
        glimpse(person("u"), role("admin", "u"))
    ).nothing_happens()


def test_a_holder_who_was_read_and_is_not_listed_any_more_loses_the_role():
    given(read(*PEOPLE, role("admin", "u", "v"))).when(
        glimpse(person("v"), role("admin", "u"))
    ).then(e.RoleRevoked(uid=r("admin"), member=m("v")))


def test_a_refused_role_is_neither_deleted_nor_emptied():
    given(read(*PEOPLE, role("admin", "u", group="IT"))).when(
        read(*PEOPLE, role("admin", name=" "))
    ).nothing_happens().refusing("role 'admin': the name is empty")
