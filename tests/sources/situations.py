"""What happens at a provider, as data: every source is taken through every situation.

A situation is a list of steps. Each is a change of the company at the provider, and then one pull:
the tree must be what the provider holds, with the fewest events, and a second pull appends none.
"""

from __future__ import annotations

from collections import Counter

import msgspec
from msgspec.structs import replace

from domain.records import Roster
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
    """``changes`` at the provider, then one pull.

    ``held``: the guard stops it, and it is approved. ``more`` are events that the step needs
    beside those that follow from comparing the two rosters. ``again`` has the names of people who
    are to be known again.
    """

    changes: tuple[Change, ...] = ()
    held: bool = False
    more: dict[str, int] = {}
    again: tuple[str, ...] = ()


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` says what happens. ``needs`` are SourceCapabilities without which it can't."""

    name: str
    steps: tuple[Step, ...]
    begin: Roster
    needs: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def events(self) -> Counter[str]:
        """The events that steps ask for by name."""
        return sum((Counter(step.more) for step in self.steps), Counter())


ORDERED = after(
    COMPANY,
    dept("hq", order=1), dept("rd", order=1), dept("sales", order=2),
    dept("fe", order=1), dept("be", order=2), dept("east", order=1),
)  # fmt: skip
"""The company with an order that the provider need not make up."""


def _one(name: str, *changes: Change, needs: tuple[str, ...] = ()) -> Situation:
    return Situation(name=name, steps=(Step(changes=changes),), begin=ORDERED, needs=needs)


def _two(name: str, one: Change, two: Change, needs: tuple[str, ...] = ()) -> Situation:
    steps = (Step(changes=(one,)), Step(changes=(two,)))
    return Situation(name=name, steps=steps, begin=ORDERED, needs=needs)


MANY = tuple(person(n, "be") for n in range(100, 200))
"""A hundred people; with the one who is there they fill a page of a hundred and one row."""

SEVERAL, LEADERS, MANAGERS = ("several_departments",), ("leaders",), ("managers",)
ROLES, TREE = ("roles",), ("departments",)
RECORDS = ("departments", "own_departments")

SITUATIONS = (
    Situation(name="first_reading", steps=(), begin=ORDERED),
    Situation(name="no_order_given", steps=(Step(changes=(dept("fe", name="Web"),)),),
              begin=COMPANY),
    _one("member_renamed", member("u4", name="Person Four")),
    _one("department_renamed", dept("fe", name="Web"), needs=TREE),
    _one("department_moved", dept("be", parent_id="sales", order=3), needs=TREE),
    _one("deep_move", dept("rd", parent_id="east"), needs=TREE),
    _one(
        "parent_and_child_change_places",
        dept("fe", parent_id="hq", order=3), dept("rd", parent_id="fe"), needs=TREE,
    ),
    _one("department_to_the_top", dept("fe", parent_id=None, order=2), needs=TREE),
    _one("department_reordered", dept("fe", order=2), dept("be", order=1), needs=("order",)),
    _one(
        "departments_merged",
        member("u5", departments=("fe",)), member("u8", departments=("east", "fe")), close("be"),
        needs=SEVERAL,
    ),
    _one("sibling_names_swapped", dept("fe", name="Backend"), dept("be", name="Frontend"),
         needs=TREE),
    _one(
        "department_made_anew_under_its_old_name",
        member("u5", departments=("be2",)), member("u8", departments=("east",)),
        add(department("be2", "Backend", "rd")), close("be"), needs=RECORDS,
    ),
    _one(
        "deep_chain",
        add(
            department("l1", "Level 1", "fe"), department("l2", "Level 2", "l1"),
            department("l3", "Level 3", "l2"), department("l4", "Level 4", "l3"),
        ),
        member("u4", departments=("l4",)), needs=TREE,
    ),
    _one("empty_department", add(department("void", "Nobody yet", "hq")),
         needs=RECORDS),
    _two("department_closed_and_opened_again",
         lambda r: after(r, member("u7", departments=("sales",)), member("u8", departments=("be",)),
                         close("east")),
         lambda r: after(r, add(replace(department("east", "East", "sales"), order=1)),
                         member("u7", departments=("east",))), needs=TREE),
    _one("department_deleted_with_people", leave("u7", "u8"), close("east"), needs=TREE),
    _one("branch_deleted", leave("u6", "u7", "u8"), close("sales", "east"), needs=TREE),
    _one("many_departments", member("u4", departments=("fe", "be", "east", "hq")), needs=SEVERAL),
    _one("leaves_one_of_several_departments", member("u8", departments=("be",)), needs=SEVERAL),
    _one("another_main_department", member("u8", departments=("be", "east")),
         needs=("main_department", "several_departments")),
    _one("transfer", member("u4", departments=("sales",))),
    _one("transfer_and_rename_at_once", member("u4", departments=("sales",), name="Person IV")),
    _one("in_no_department", member("u4", departments=())),
    _one("leader_changed", dept("fe", leaders=("u4",)), needs=LEADERS),
    _one("two_leaders", dept("be", leaders=("u5", "u2")), needs=LEADERS),
    _one("leader_gone", dept("fe", leaders=()), needs=LEADERS),
    _one("leader_leaves", leave("u3")),
    _one("manager_changed", member("u4", manager="u2"), needs=MANAGERS),
    _one("manager_gone", member("u4", manager=None), needs=MANAGERS),
    _one("manager_cycle", member("u1", manager="u4"), needs=MANAGERS),
    _one("manager_leaves", leave("u2")),
    _one("newcomer", add(person(20, "fe", manager="u3"))),
    _one("newcomer_into_a_new_department",
         add(department("ml", "Learning", "rd", "u21"), person(21, "ml", manager="u2")),
         needs=TREE),
    _one("leaver", leave("u7")),
    _one("leaver_in_several_departments_with_a_role", leave("u8")),
    Situation(
        name="rehired",
        begin=ORDERED,
        steps=(
            Step(changes=(leave("u7"),)),
            Step(changes=(add(person(7, "fe", manager="u2", title="Lead")),),
                 again=("Person 7",)),
        ),
    ),
    _one("two_people_with_one_name", member("u4", name="Person 5")),
    _one("role_granted_and_revoked", duty("r1", members=("u1", "u2", "u5")), needs=ROLES),
    _one("role_emptied", duty("r2", members=()), needs=ROLES),
    _one("role_renamed", duty("r2", name="Stand-by"), needs=ROLES),
    _one("role_deleted", drop_role("r2"), needs=ROLES),
    _one("role_made", add(role("r3", "Trainer", "u2", "u7")), needs=ROLES),
    _one("role_in_a_new_group", add(role("r4", "Guide", "u2", group="Tours")), needs=ROLES),
    _one("fields_emptied", member("u4", title=None, job_number=None)),
    _one("number_and_mail_changed", member("u4", email="four@feifan.example", job_number="J9999")),
    _one("number_of_another_person",
         member("u4", mobile="+8613800000005"), member("u5", mobile="+8613800000004")),
    _one(
        "han_names_and_emoji",
        dept("fe", name="前端（北京）🚀"), member("u4", name="欧阳娜娜 👩‍🚀", title="高级工程师"),
        duty("r2", name="值班员 ☎"),
    ),
    _one("signs_that_protocols_know",
         member("u4", name='Ann "A" O\'Hara; #1 <x> + y = z \\ (*)', title="R&D, lead/owner")),
    _one("hundred_and_one_people", add(*MANY), duty("r2", members=tuple(m.id for m in MANY))),
    _one("deactivated", member("u4", active=False), needs=("states",)),
    _two("deactivated_and_active_again", member("u4", active=False), member("u4", active=True),
         needs=("states",)),
    Situation(
        name="mass_leave",
        begin=after(ORDERED, add(*MANY[:20])),
        steps=(Step(changes=(leave(*(m.id for m in MANY[:15])),), held=True),),
    ),
    _one(
        "everything_at_once",
        dept("rd", name="Research and Development"), dept("be", parent_id="sales", order=2),
        member("u4", departments=("be",), manager="u6", name="Person Four"),
        add(department("ml", "Learning", "rd"), person(21, "ml", manager="u4")),
        leave("u7"), duty("r1", members=("u1", "u21")), needs=TREE,
    ),
)  # fmt: skip
