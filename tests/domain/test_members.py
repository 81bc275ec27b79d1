"""Members: came, changed, moved; what is unknown and what is empty."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.directory import State
from domain.events import Origin
from tests.domain.given import d, dep, given, m, person, read


def test_a_person_starts_with_everything_that_was_read():
    given(read(dep("a"))).when(
        read(
            dep("a"),
            person(
                "u",
                "a",
                main_department="a",
                email="u@acme.cn",
                mobile="138",
                job_number="007",
                title="Engineer",
                avatar="https://acme.cn/u.png",
                active=False,
                details={"site": "B"},
                keys={"unionid": "x"},
            ),
        )
    ).then(
        e.MemberCreated(
            uid=m("u"),
            name="U",
            departments=(d("a"),),
            main_department=d("a"),
            email="u@acme.cn",
            mobile="138",
            job_number="007",
            title="Engineer",
            avatar="https://acme.cn/u.png",
            active=False,
            details={"site": "B"},
            origin=Origin(system="hr", id="u", keys={"unionid": "x"}),
        )
    )


def test_a_rename_is_a_rename():
    given(read(person("u"))).when(read(person("u", name="Ü"))).then(
        e.MemberRenamed(uid=m("u"), name="Ü")
    )


@pytest.mark.parametrize("field", ["email", "mobile"])
@pytest.mark.parametrize("value", ["new", None])
def test_contact_changes_or_becomes_empty_field_by_field(field, value):
    given(read(person("u", email="old", mobile="old"))).when(
        read(person("u", **{field: value}))
    ).then(e.MemberContactChanged(uid=m("u"), **{field: value}))


@pytest.mark.parametrize("field", ["job_number", "title", "avatar"])
@pytest.mark.parametrize("value", ["new", None])
def test_the_profile_changes_or_becomes_empty_field_by_field(field, value):
    old = {"job_number": "old", "title": "old", "avatar": "old"}
    given(read(person("u", **old))).when(read(person("u", **{field: value}))).then(
        e.MemberProfileChanged(uid=m("u"), **{field: value})
    )


@pytest.mark.parametrize(
    "field", ["email", "mobile", "job_number", "title", "avatar", "manager", "details", "active"]
)
def test_a_field_that_was_not_read_stays(field):
    boss = person("boss")
    full = {
        "email": "e",
        "mobile": "m",
        "job_number": "j",
        "title": "t",
        "avatar": "a",
        "manager": "boss",
        "details": {"x": 1},
        "active": False,
    }
    rest = {key: value for key, value in full.items() if key != field}
    given(read(boss, person("u", **full))).when(read(boss, person("u", **rest))).nothing_happens()


def test_a_change_of_several_groups_of_fields_is_one_fact_for_each_group():
    old = person("u", email="a", mobile="1", title="t", details={"x": 1})
    new = person("u", email="b", mobile="2", title=None, details={"x": 2})
    given(read(old)).when(read(new)).then(
        e.MemberContactChanged(uid=m("u"), email="b", mobile="2"),
        e.MemberProfileChanged(uid=m("u"), title=None, details={"x": 2}),
    )


def test_details_are_a_patch_and_a_null_removes_its_key():
    outcome = given(read(person("u", details={"x": 1, "y": 2}))).when(
        read(person("u", details={"y": None, "z": [1, {"k": "v"}]}))
    )
    assert outcome.member("u").details == {"x": 1, "z": [1, {"k": "v"}]}


def test_a_transfer_carries_all_memberships_after_it():
    tree = [dep("a"), dep("b"), dep("c")]
    given(read(*tree, person("u", "a", "b"))).when(read(*tree, person("u", "b", "c"))).then(
        e.MemberTransferred(uid=m("u"), departments=(d("b"), d("c")))
    )


def test_the_order_of_the_memberships_says_nothing():
    tree = [dep("a"), dep("b")]
    given(read(*tree, person("u", "a", "b"))).when(
        read(*tree, person("u", "b", "a"))
    ).nothing_happens()


def test_a_department_named_twice_is_one_membership():
    outcome = given(read(dep("a"))).when(read(dep("a"), person("u", "a", "a")))
    assert outcome.member("u").departments == (d("a"),)


def test_a_member_of_several_departments_is_one_person_with_all_of_them():
    tree = [dep("a"), dep("b")]
    outcome = given().when(read(*tree, person("u", "a"), person("u", "b"))).refusing()
    assert outcome.member("u").departments == (d("a"), d("b"))
    assert len(outcome.directory.members) == 1


def test_a_new_main_department_is_a_transfer():
    tree = [dep("a"), dep("b")]
    given(read(*tree, person("u", "a", "b", main_department="a"))).when(
        read(*tree, person("u", "a", "b", main_department="b"))
    ).then(e.MemberTransferred(uid=m("u"), departments=(d("a"), d("b")), main_department=d("b")))


def test_a_main_department_that_was_not_read_stays():
    tree = [dep("a"), dep("b")]
    given(read(*tree, person("u", "a", "b", main_department="a"))).when(
        read(*tree, person("u", "a", "b"))
    ).nothing_happens()


def test_a_main_department_is_lost_with_its_membership():
    tree = [dep("a"), dep("b")]
    given(read(*tree, person("u", "a", "b", main_department="a"))).when(
        read(*tree, person("u", "b"))
    ).then(e.MemberTransferred(uid=m("u"), departments=(d("b"),), main_department=None))


def test_a_main_department_outside_the_memberships_is_not_believed():
    tree = [dep("a"), dep("b")]
    outcome = given().when(read(*tree, person("u", "a", main_department="b")))
    assert outcome.member("u").main_department is None


def test_a_membership_in_a_department_that_nobody_knows_is_left_out():
    outcome = given().when(read(dep("a"), person("u", "a", "ghost")))
    assert outcome.member("u").departments == (d("a"),)


def test_someone_is_deactivated_and_reactivated_under_the_same_uid():
    org = given(read(person("u", active=True)))
    org.when(read(person("u", active=False))).then(e.MemberDeactivated(uid=m("u")))
    given(read(person("u", active=False))).when(read(person("u", active=True))).then(
        e.MemberReactivated(uid=m("u"))
    )


def test_a_deactivated_person_still_belongs():
    outcome = given(read(dep("a"), person("u", "a"))).when(
        read(dep("a", leaders=("u",)), person("u", "a", active=False))
    )
    assert outcome.member("u").state is State.DEACTIVATED
    assert outcome.directory.departments[d("a")].leaders == (m("u"),)


def test_a_manager_may_stand_later_in_the_listing():
    given().when(read(person("u", manager="v"), person("v"))).then_among_others(
        e.MemberManagerChanged(uid=m("u"), manager=m("v"))
    )


def test_a_cycle_of_managers_is_allowed():
    outcome = given().when(read(person("u", manager="v"), person("v", manager="u")))
    assert outcome.member("u").manager == m("v")
    assert outcome.member("v").manager == m("u")


def test_a_person_may_be_their_own_manager():
    assert given().when(read(person("u", manager="u"))).member("u").manager == m("u")


def test_a_manager_known_to_be_nobody_is_removed():
    given(read(person("u", manager="v"), person("v"))).when(
        read(person("u", manager=None), person("v"))
    ).then(e.MemberManagerChanged(uid=m("u"), manager=None))


def test_a_manager_that_nobody_knows_is_left_out():
    outcome = given().when(read(person("u", manager="ghost")))
    assert outcome.member("u").manager is None


def test_two_people_with_one_name_are_two_people():
    outcome = given().when(read(person("u", name="张伟"), person("v", name="张伟")))
    assert outcome.member("u").uid != outcome.member("v").uid


@pytest.mark.parametrize(
    "name", ["欧阳娜娜", "👩‍👩‍👧‍👦 家", "Łukasz O'Neil-Ñandú", "محمد", "𠮷野家", " x "]
)
def test_names_of_all_scripts_are_kept_as_they_are(name):
    assert given().when(read(person("u", name=name))).member("u").name == name


def test_ids_that_differ_in_case_are_different_people():
    outcome = given(read(person("Ann"))).when(read(person("Ann"), person("ann")))
    assert outcome.names_of_facts() == ["MemberCreated"]
    assert len(outcome.directory.members) == 2


def test_an_id_that_changed_its_case_is_not_silently_the_same_person():
    outcome = given(read(person("Ann"))).when(read(person("ann")))
    assert outcome.names_of_facts() == ["MemberCreated", "MemberResigned"]
