"""The organization as a whole: its name, its leaders, its source."""

from __future__ import annotations

from domain import events as e
from tests.domain.given import given, glimpse, m, person, read


def test_a_new_name_of_the_organization_is_a_fact():
    given().when(read(organization="Acme 2")).then(e.OrganizationRenamed(uid="acme", name="Acme 2"))


def test_an_empty_or_unknown_name_of_the_organization_renames_nothing():
    given().when(read(organization="")).nothing_happens()
    given().when(read()).nothing_happens()


def test_the_leaders_are_people_of_the_same_reading():
    given().when(read(person("u"), leaders=("u", "ghost"))).then_among_others(
        e.OrganizationLeaderChanged(uid="acme", leaders=(m("u"),))
    )


def test_leaders_that_were_not_read_stay():
    given(read(person("u"), leaders=("u",))).when(read(person("u"))).nothing_happens()


def test_the_order_of_the_leaders_says_nothing():
    people = [person("u"), person("v")]
    given(read(*people, leaders=("u", "v"))).when(
        read(*people, leaders=("v", "u"))
    ).nothing_happens()


def test_a_leader_who_is_said_to_be_gone_is_replaced_by_those_who_stay():
    given(read(person("u"), person("v"), leaders=("u", "v"))).when(
        glimpse(gone_members=frozenset({"u"}))
    ).then(e.OrganizationLeaderChanged(uid="acme", leaders=(m("v"),)), e.MemberResigned(uid=m("u")))


def test_the_registration_names_the_owner():
    directory = given(e.OrganizationRegistered(uid="acme", name="Acme Inc", source="hr")).directory
    assert (directory.name, directory.source, directory.version) == ("Acme Inc", "hr", 1)


def test_the_scope_of_one_system_says_nothing_about_another():
    directory = given(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)),
        e.SourceScopeChanged(uid="acme", system="ldap", hidden={"member": ("email",)}),
    ).directory
    assert directory.scopes["hr"].roots == ("x",)
    assert directory.scopes["ldap"].roots == ()
