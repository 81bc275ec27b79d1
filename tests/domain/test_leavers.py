"""Leavers and rehires."""

from __future__ import annotations

import pytest
from msgspec import UNSET

from domain import events as e
from domain.directory import State
from tests.domain.given import d, dep, given, glimpse, m, person, r, read, role


def test_who_is_missing_from_a_complete_listing_has_left():
    given(read(person("u"), person("v"))).when(read(person("v"))).then(e.MemberResigned(uid=m("u")))


def test_who_is_said_to_be_gone_has_left_without_a_complete_listing():
    given(read(person("u"), person("v"))).when(
        glimpse(gone_members=frozenset({"u", "ghost"}))
    ).then(e.MemberResigned(uid=m("u")))


def test_who_is_listed_and_said_to_be_gone_is_there():
    given(read(person("u"))).when(
        glimpse(person("u"), gone_members=frozenset({"u"}))
    ).nothing_happens()


def test_a_leaver_is_kept_as_the_past_without_posts():
    people = [person("boss"), person("u", "a", manager="boss", main_department="a")]
    gone = given(read(dep("a"), *people)).when(read(dep("a"), person("boss"))).member("u")
    assert gone.state is State.RESIGNED
    assert (gone.departments, gone.main_department, gone.manager) == ((), None, None)


def test_a_leaver_gives_up_leadership_and_reports_and_roles_that_were_not_read():
    given(
        read(
            dep("a", leaders=("u", "v")),
            person("u", "a"),
            person("v", "a", manager="u"),
            role("admin", "u", "v"),
            leaders=("u",),
        )
    ).when(read(dep("a"), person("v", "a"), role("admin", members=UNSET))).then(
        e.RoleRevoked(uid=r("admin"), member=m("u")),
        e.DepartmentLeadersChanged(uid=d("a"), leaders=(m("v"),)),
        e.OrganizationLeaderChanged(uid="acme", leaders=()),
        e.MemberManagerChanged(uid=m("v"), manager=None),
        e.MemberResigned(uid=m("u")),
    )


@pytest.mark.parametrize("still_named", [True, False])
def test_a_leaver_gives_up_posts_that_were_read_even_where_still_named(still_named):
    named = ("u",) if still_named else ()
    outcome = given(
        read(
            dep("a", leaders=("u",)),
            person("u", "a"),
            person("v", "a", manager="u"),
            role("admin", "u"),
            leaders=("u",),
        )
    ).when(
        read(
            dep("a", leaders=named),
            person("v", "a", manager="u" if still_named else None),
            role("admin", *named),
            leaders=named,
        )
    )
    assert sorted(outcome.names_of_facts()) == [
        "DepartmentLeadersChanged",
        "MemberManagerChanged",
        "MemberResigned",
        "OrganizationLeaderChanged",
        "RoleRevoked",
    ]


@pytest.mark.parametrize("holders", [(), ("u",)])
def test_who_is_said_to_be_gone_loses_a_role_that_was_read(holders):
    given(read(person("u"), role("admin", "u"))).when(
        glimpse(role("admin", *holders), gone_members=frozenset({"u"}))
    ).then(e.RoleRevoked(uid=r("admin"), member=m("u")), e.MemberResigned(uid=m("u")))


def test_a_leaver_stops_leading_a_department_whose_move_was_refused():
    given(read(dep("a", leaders=("u",)), dep("b", "a"), dep("c", "b"), person("u", "a"))).when(
        glimpse(dep("a", "c", leaders=()), gone_members=frozenset({"u"}))
    ).refusing("department 'a': its new parent lies below it").then(
        e.DepartmentLeadersChanged(uid=d("a"), leaders=()), e.MemberResigned(uid=m("u"))
    )


def test_a_manager_and_the_people_below_leave_together_the_people_first():
    people = [person("boss"), person("u", manager="boss"), person("v", manager="u"), person("w")]
    given(read(*people)).when(read(person("w"))).then(
        e.MemberResigned(uid=m("v")), e.MemberResigned(uid=m("u")), e.MemberResigned(uid=m("boss"))
    )


def test_people_who_manage_each_other_leave_together():
    people = [person("u", manager="v"), person("v", manager="u"), person("w")]
    outcome = given(read(*people)).when(read(person("w")))
    assert outcome.names_of_facts() == ["MemberManagerChanged", "MemberResigned", "MemberResigned"]


def test_who_managed_themselves_leaves():
    given(read(person("u", manager="u"), person("w"))).when(read(person("w"))).then_among_others(
        e.MemberResigned(uid=m("u"))
    )


def test_a_rehire_has_the_old_uid_and_the_values_of_now():
    old = person("u", "a", email="old@acme.cn", mobile="138", title="Engineer")
    given(read(dep("a"), dep("b"), old), read(dep("a"), dep("b"))).when(
        read(dep("a"), dep("b"), person("u", "b", email="new@acme.cn", mobile="138", active=True))
    ).then(
        e.MemberRehired(uid=m("u"), departments=(d("b"),)),
        e.MemberContactChanged(uid=m("u"), email="new@acme.cn"),
    )


def test_a_rehire_may_come_back_deactivated():
    given(read(person("u")), read(person("w"))).when(
        read(person("w"), person("u", active=False))
    ).then(e.MemberRehired(uid=m("u")), e.MemberDeactivated(uid=m("u")))


def test_a_deactivated_leaver_comes_back_active_where_nothing_else_is_said():
    outcome = given(read(person("u", active=False)), read(person("w"))).when(
        read(person("w"), person("u"))
    )
    assert outcome.member("u").state is State.ACTIVE


def test_a_rehire_gets_manager_posts_and_roles_anew():
    full = read(
        dep("a", leaders=("u",)),
        person("u", "a", manager="w"),
        person("w"),
        role("admin", "u"),
    )
    outcome = given(full, read(dep("a", leaders=()), person("w"), role("admin"))).when(full)
    assert outcome.names_of_facts() == [
        "MemberRehired",
        "MemberManagerChanged",
        "DepartmentLeadersChanged",
        "RoleGranted",
    ]


def test_a_rehire_in_a_partial_reading_is_a_rehire():
    given(read(person("u"), person("w")), read(person("w"))).when(glimpse(person("u"))).then(
        e.MemberRehired(uid=m("u"))
    )
