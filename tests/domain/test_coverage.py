"""Partial is not absent: what was not read is neither removed nor blanked."""

from __future__ import annotations

import pytest

from domain import events as e
from tests.domain.given import d, dep, given, glimpse, m, person, r, read, role

FULL = read(
    dep("a", leaders=("u",), order=1, details={"x": 1}),
    dep("b", "a"),
    person("u", "a", email="u@acme.cn", title="T"),
    person("v", "b", manager="u"),
    role("admin", "u", "v", group="IT"),
)


@pytest.mark.parametrize(
    "coverage",
    [{}, {"departments": True, "members": True, "roles": True, "roots": ("nowhere",)}],
    ids=["nothing is complete", "another subtree is complete"],
)
def test_a_reading_that_shows_nothing_removes_nothing(coverage):
    facts = given(FULL).when(glimpse(**coverage)).decided.facts
    assert [
        f
        for f in facts
        if not isinstance(f, (e.SourceScopeChanged, e.RoleDeleted, e.RoleGroupDeleted))
    ] == []


def test_a_failed_listing_of_members_lets_nobody_leave():
    given(FULL).when(
        glimpse(*FULL.departments, FULL.members[0], *FULL.roles, departments=True, roles=True)
    ).nothing_happens()


def test_a_failed_listing_of_departments_deletes_none():
    given(FULL).when(
        glimpse(FULL.departments[0], *FULL.members, *FULL.roles, members=True, roles=True)
    ).nothing_happens()


def test_a_failed_listing_of_roles_takes_no_role_away():
    given(FULL).when(
        glimpse(*FULL.departments, *FULL.members, departments=True, members=True)
    ).nothing_happens()


def test_a_person_without_details_of_a_failed_call_keeps_every_value():
    given(FULL).when(
        read(*FULL.departments, person("u", "a"), person("v", "b"), *FULL.roles)
    ).nothing_happens()


def test_fields_that_are_hidden_keep_their_values_and_the_hiding_is_a_fact():
    hidden = {"member": ("email", "mobile")}
    given(FULL).when(
        glimpse(
            *FULL.departments,
            person("u", "a"),
            person("v", "b"),
            *FULL.roles,
            departments=True,
            members=True,
            roles=True,
            hidden=hidden,
        )
    ).then(e.SourceScopeChanged(uid="acme", system="hr", hidden=hidden))


def test_a_membership_in_a_department_that_was_not_read_stands():
    given(FULL).when(glimpse(person("v", "b", "a"))).then(
        e.MemberTransferred(uid=m("v"), departments=(d("b"), d("a")))
    )


def test_a_new_department_below_one_that_was_not_read_finds_its_parent():
    outcome = given(FULL).when(glimpse(dep("c", "b")))
    assert outcome.directory.departments[d("c")].parent == d("b")


def test_a_move_below_the_own_subtree_that_was_not_read_is_refused_alone():
    given(read(dep("a"), dep("b", "a"), dep("c", "b"))).when(
        glimpse(dep("a", "c", name="New"), dep("x"))
    ).refusing("department 'a': its new parent lies below it")


def test_a_move_waits_for_what_is_in_its_way():
    """``x`` was not read, and goes along when ``b`` leaves the subtree of ``a``."""
    given(read(dep("a"), dep("b", "a"), dep("x", "b"))).when(
        glimpse(dep("a", "x"), dep("b"))
    ).refusing().then(
        e.DepartmentMoved(uid=d("b"), parent=None), e.DepartmentMoved(uid=d("a"), parent=d("x"))
    )


def test_a_scoped_reading_leaves_the_rest_of_the_organization_alone():
    given(read(dep("x"), dep("y"), person("u", "x"), person("v", "y"), person("w"))).when(
        glimpse(dep("x"), person("u", "x"), departments=True, members=True, roots=("x",))
    ).then(e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)))


def test_who_is_missing_from_a_scoped_reading_has_left_if_they_were_nowhere_else():
    given(read(dep("x"), dep("x1", "x"), person("u", "x1"), person("v", "x"))).when(
        glimpse(dep("x"), dep("x1", "x"), person("v", "x"), members=True, roots=("x",))
    ).then(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)), e.MemberResigned(uid=m("u"))
    )


def test_who_is_missing_from_a_scoped_reading_keeps_the_memberships_out_of_sight():
    given(
        read(dep("x"), dep("y"), person("u", "x", "y", main_department="x"), person("v", "x"))
    ).when(glimpse(dep("x"), person("v", "x"), members=True, roots=("x",))).then(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)),
        e.MemberTransferred(uid=m("u"), departments=(d("y"),), main_department=None),
    )


def test_who_is_read_in_a_scoped_reading_keeps_the_memberships_out_of_sight():
    given(
        read(dep("x"), dep("x1", "x"), dep("y"), person("u", "x", "y", main_department="y"))
    ).when(
        glimpse(
            dep("x"),
            dep("x1", "x"),
            person("u", "x1"),
            departments=True,
            members=True,
            roots=("x",),
        )
    ).then(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)),
        e.MemberTransferred(uid=m("u"), departments=(d("x1"), d("y")), main_department=d("y")),
    )


def test_a_role_is_not_taken_from_somebody_who_went_out_of_sight():
    given(
        read(dep("x"), dep("y"), person("u", "x", "y"), person("v", "x"), role("admin", "u", "v"))
    ).when(
        glimpse(dep("x"), person("v", "x"), role("admin", "v"), members=True, roots=("x",))
    ).then(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)),
        e.MemberTransferred(uid=m("u"), departments=(d("y"),)),
    )


def test_a_department_that_moved_into_sight_counts_as_read():
    given(read(dep("x"), dep("y"), person("u", "y"), person("v", "x"))).when(
        glimpse(
            dep("x"), dep("y", "x"), person("v", "x"), departments=True, members=True, roots=("x",)
        )
    ).then_among_others(e.MemberResigned(uid=m("u")))


def test_departments_missing_in_the_visible_part_are_deleted_and_others_are_not():
    given(read(dep("x"), dep("x1", "x"), dep("y"))).when(
        glimpse(dep("x"), departments=True, roots=("x",))
    ).then(
        e.SourceScopeChanged(uid="acme", system="hr", roots=("x",)),
        e.DepartmentDeleted(uid=d("x1")),
    )


def test_the_scope_that_widens_again_is_a_fact_too():
    scoped = glimpse(dep("x"), departments=True, members=True, roots=("x",))
    whole = read(dep("x"), dep("y"))
    given(whole, scoped).when(whole).then(e.SourceScopeChanged(uid="acme", system="hr"))


def test_the_order_of_the_roots_says_nothing():
    given(glimpse(dep("x"), dep("y"), roots=("x", "y"))).when(
        glimpse(dep("x"), dep("y"), roots=("y", "x"))
    ).nothing_happens()


def test_a_role_listed_without_its_unread_holder_keeps_the_holder():
    given(FULL).when(glimpse(role("admin", "u", group="IT"))).nothing_happens()
    given(FULL).when(glimpse(FULL.members[1], role("admin", "u", group="IT"))).then(
        e.RoleRevoked(uid=r("admin"), member=m("v"))
    )
