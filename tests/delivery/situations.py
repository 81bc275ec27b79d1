"""What happens to an organization, as data: every target is taken through every situation.

A situation is a list of steps. Each step is a change of the company, and perhaps something that
somebody does at the target, or a trouble that its server has; then the target is synced, must hold
the company, and a second sync must write nothing.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from domain.records import Roster
from tests.delivery.desk import Trouble
from tests.delivery.people import (
    COMPANY,
    Change,
    add,
    after,
    close,
    department,
    dept,
    drop_role,
    duty,
    leave,
    member,
    person,
    role,
)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``changes`` in the organization, then one sync.

    ``remove`` and ``rename`` are done by hand at the target before it (``verify`` finds them);
    ``trouble`` strikes the next ``times`` writes. ``held``: the guard stops it, and it is approved.
    ``hidden`` are member fields that the source stops showing.
    """

    changes: tuple[Change, ...] = ()
    remove: str = ""
    rename: str = ""
    verify: bool = False
    trouble: Trouble | None = None
    times: int = 1
    held: bool = False
    hidden: tuple[str, ...] = ()


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` says what happens. ``begin`` is the company at first."""

    name: str
    steps: tuple[Step, ...]
    begin: Roster = COMPANY

    def __str__(self) -> str:
        return self.name


def _one(name: str, *changes: Change) -> Situation:
    return Situation(name=name, steps=(Step(changes=changes),))


MANY = tuple(person(n, "be") for n in range(100, 200))
"""A hundred people; with the one who is there they fill a page and one row."""

SITUATIONS = (
    Situation(name="first_fill", steps=()),
    _one("member_renamed", member("u4", name="Person Four")),
    _one("department_renamed", dept("fe", name="Web")),
    _one("department_moved", dept("be", parent_id="sales")),
    _one("deep_move", dept("rd", parent_id="east")),
    _one(
        "parent_and_child_change_places",
        dept("fe", parent_id="hq"), dept("rd", parent_id="fe"),
    ),
    _one("department_to_the_top", dept("fe", parent_id=None)),
    _one(
        "departments_merged",
        member("u5", departments=("fe",)), member("u8", departments=("east", "fe")), close("be"),
    ),
    _one("sibling_names_swapped", dept("fe", name="Backend"), dept("be", name="Frontend")),
    _one(
        "department_made_anew_under_its_old_name",
        member("u5", departments=("be2",)), member("u8", departments=("east", "be2")),
        add(department("be2", "Backend", "rd")), close("be"),
    ),
    _one(
        "deep_chain",
        add(
            department("l1", "Level 1", "fe"), department("l2", "Level 2", "l1"),
            department("l3", "Level 3", "l2"), department("l4", "Level 4", "l3"),
        ),
        member("u4", departments=("l4",)),
    ),
    _one("empty_department", add(department("void", "Nobody yet", "hq"))),
    _one("empty_department_closed", member("u7", departments=("sales",)),
         member("u8", departments=("be",)), close("east")),
    _one("many_departments", member("u4", departments=("fe", "be", "east", "hq"))),
    _one("leaves_one_of_several_departments", member("u8", departments=("be",))),
    _one("another_main_department", member("u8", departments=("be", "east"))),
    _one("transfer", member("u4", departments=("sales",))),
    _one("transfer_and_rename_at_once", member("u4", departments=("sales",), name="Person IV")),
    _one("leader_changed", dept("fe", leaders=("u4",))),
    _one("leader_gone", dept("fe", leaders=())),
    _one("leader_leaves", leave("u3")),
    _one("manager_changed", member("u4", manager="u2")),
    _one("manager_gone", member("u4", manager=None)),
    _one("manager_cycle", member("u1", manager="u4")),
    _one("manager_leaves", leave("u2")),
    _one("newcomer", add(person(20, "fe", manager="u3"))),
    _one("newcomer_into_a_new_department",
         add(department("ml", "Learning", "rd", "u21"), person(21, "ml", manager="u2"))),
    _one("leaver", leave("u7")),
    _one("leaver_in_several_departments_with_a_role", leave("u8")),
    Situation(
        name="rehire_same_email",
        steps=(
            Step(changes=(leave("u7"),)),
            Step(changes=(add(person(7, "fe", manager="u2", title="Lead")),)),
        ),
    ),
    _one("two_people_with_one_name", member("u4", name="Person 5")),
    _one("department_deleted_with_people", leave("u7", "u8"), close("east")),
    _one("branch_deleted", leave("u6", "u7", "u8"), close("sales", "east")),
    _one("role_granted_and_revoked", duty("r1", members=("u1", "u2", "u5"))),
    _one("role_emptied", duty("r2", members=())),
    _one("role_renamed", duty("r2", name="Stand-by")),
    _one("role_deleted", drop_role("r2")),
    _one("role_made", add(role("r3", "Trainer", "u2", "u7"))),
    _one("role_in_a_new_group", add(role("r4", "Guide", "u2", group="Tours"))),
    _one("field_emptied_upstream", member("u4", title=None)),
    _one("number_and_mail_changed", member("u4", email="four@feifan.example", job_number="J9999")),
    Situation(
        name="field_hidden_upstream",
        steps=(Step(changes=(member("u4", email=UNSET, name="Person Four"),), hidden=("email",)),),
    ),
    _one(
        "han_names_and_emoji",
        dept("fe", name="前端（北京）🚀"), member("u4", name="欧阳娜娜 👩‍🚀", title="高级工程师"),
        duty("r2", name="值班员 ☎"),
    ),
    _one("signs_that_protocols_know",
         member("u4", name='Ann "A" O\'Hara; #1 <x> + y = z \\ (*)', title="R&D, lead/owner")),
    Situation(
        name="hundred_and_one_members",
        begin=after(COMPANY, add(*MANY), duty("r2", members=("u5", *(m.id for m in MANY)))),
        steps=(Step(changes=(duty("r2", members=tuple(m.id for m in MANY)),)),),
    ),
    Situation(
        name="mass_leave",
        begin=after(COMPANY, add(*MANY[:20])),
        steps=(Step(changes=(leave(*(m.id for m in MANY[:15])),), held=True),),
    ),
    Situation(
        name="closed_and_opened_again",
        steps=(
            Step(changes=(member("u4", active=False),)), Step(changes=(member("u4", active=True),)),
        ),
    ),
    Situation(
        name="lost_replies",
        steps=(
            Step(
                changes=(add(department("ml", "Learning", "rd"), person(21, "ml", manager="u2"),
                             role("r3", "Trainer", "u21")),),
                trouble="lost_reply", times=2,
            ),
        ),
    ),
    Situation(
        name="throttled",
        steps=(Step(changes=(add(*MANY[:5]),), trouble="throttle", times=2),),
    ),
    Situation(
        name="server_errors",
        steps=(Step(changes=(add(*MANY[:3]),), trouble="http_500", times=1),),
    ),
    Situation(
        name="connections_reset",
        steps=(Step(changes=(add(*MANY[:3]), dept("fe", name="Web")), trouble="reset", times=1),),
    ),
    Situation(name="account_deleted_by_hand", steps=(Step(remove="u4", verify=True),)),
    Situation(
        name="account_deleted_by_hand_and_then_changed",
        steps=(Step(remove="u4", changes=(member("u4", title="Lead"),)),),
    ),
    Situation(name="account_renamed_by_hand", steps=(Step(rename="u4", verify=True),)),
    Situation(
        name="everything_at_once",
        steps=(
            Step(
                changes=(
                    dept("rd", name="Research and Development"), dept("be", parent_id="sales"),
                    member("u4", departments=("be",), manager="u6", name="Person Four"),
                    add(department("ml", "Learning", "rd"), person(21, "ml", manager="u4")),
                    leave("u7"), duty("r1", members=("u1", "u21")),
                ),
            ),
        ),
    ),
)  # fmt: skip
