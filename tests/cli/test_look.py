"""tree, diff, search and member, as people read them."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Cli

TREE = """\
Acme  5 people, at position 24
├── R&D  4
│   ├── 欧阳晓月  leader, Director
│   ├── 发现 Discovery  1
│   │   └── 单雄信  deactivated
│   └── Lab  2
│       ├── Ann Weber
│       └── Chen Li
├── Sales  0
└── Members of no department
    └── Nobody's
"""

THEN = """\
Acme  5 people, at position 16
├── R&D  4
│   ├── 欧阳晓月  leader, Director
│   └── 搜索 Search  3
│       ├── Ann Weber
│       ├── Ben Tan
│       └── 单雄信  deactivated
├── Sales  1
│   └── Ben Tan
└── Members of no department
    └── Nobody's
"""

DIFF = """\
Change   Kind        Id  Name            Field        Before       After
changed  department  d2  发现 Discovery  name         搜索 Search  发现 Discovery
added    department  d4  Lab
changed  member      u2  Ann Weber       departments  d2           d4
removed  member      u4  Ben Tan
added    member      u6  Chen Li
changed  role        r1  Auditor         members      u2           u1, u2
"""


def test_the_tree_now(cli: Cli) -> None:
    assert cli("tree", "acme") == (0, TREE, "")


def test_the_tree_at_a_position_of_the_past(cli: Cli) -> None:
    assert cli("tree", "acme", "--at", "16") == (0, THEN, "")


def test_the_tree_at_a_run_is_what_that_run_left(cli: Cli) -> None:
    first = cli("runs", "--json").json[0]["id"]
    assert cli("tree", "acme", "--at", first).out == THEN


def test_all_shows_who_is_no_longer_there(cli: Cli) -> None:
    assert cli("tree", "acme", "--all").out.endswith("└── Resigned\n    └── Ben Tan  resigned\n")


def test_an_organization_without_events_is_an_empty_tree(cli: Cli) -> None:
    assert cli("tree", "club") == (0, "club  0 people, at position 24\n", "")


def test_people_beyond_a_dozen_are_counted_unless_asked_for(fresh: Cli) -> None:
    people = [{"id": f"p{n:02}", "name": f"P{n:02}", "departments": ["d"]} for n in range(15)]
    fresh.roster({"departments": [{"id": "d", "name": "D", "parent_id": None}], "members": people})
    assert fresh("sync").code == 0
    assert "P11\n    └── and 3 more\n" in fresh("tree", "acme").out
    assert fresh("tree", "acme", "--people").out.endswith("└── P14\n")


@pytest.mark.usefixtures("chinese")
def test_the_tree_in_chinese(cli: Cli) -> None:
    assert cli("tree", "acme").out == TREE.replace(
        "5 people, at position 24", "5 人, 位置 24"
    ).replace("leader", "负责人").replace("deactivated", "已停用").replace(
        "Members of no department", "不属于任何部门的成员"
    )


def test_the_difference_between_two_moments(cli: Cli) -> None:
    assert cli("diff", "acme", "--from", "16") == (0, DIFF, "")


def test_the_difference_backwards_is_the_mirror_image(cli: Cli) -> None:
    out = cli("diff", "acme", "--from", "24", "--to", "16").out
    assert re.search(r"removed +department +d4 +Lab", out)
    assert re.search(r"added +member +u4 +Ben Tan", out)
    assert re.search(r"name +发现 Discovery +搜索 Search", out)


def test_a_moment_does_not_differ_from_itself(cli: Cli) -> None:
    assert cli("diff", "acme", "--from", "24").out == "Nothing is different.\n"


@pytest.mark.usefixtures("chinese")
def test_the_difference_in_chinese(cli: Cli) -> None:
    assert cli("diff", "acme", "--from", "22").out == (
        "变化  类型  编号  名称     字段  之前  之后\n移除  成员  u4    Ben Tan\n"
    )


@pytest.mark.parametrize("text", ["欧阳", "ouyang", "oyxy", "U1", "A-1", "yue@", "13800009001"])
def test_a_person_is_found_by(text: str, cli: Cli) -> None:
    assert [hit["row"]["id"] for hit in cli("search", "acme", text, "--json").json] == ["u1"]


def test_what_is_found_is_told_apart_by_where_it_is(cli: Cli) -> None:
    assert cli("search", "acme", "shan").out == (
        "Kind    Id  Name    Where           Found by\nmember  u3  单雄信  发现 Discovery  pinyin\n"
    )


def test_nothing_found_is_said(cli: Cli) -> None:
    assert cli("search", "acme", "zzz") == (0, "Nothing found.\n", "")


def test_one_person_with_names_for_ids(cli: Cli) -> None:
    out = re.sub(r"m-\w{16}", "m-…", cli("member", "acme", "u2").out)
    assert out == (
        "Field        Value\n"
        "id           u2\n"
        "uid          m-…\n"
        "name         Ann Weber\n"
        "departments  Lab\n"
        "active       yes\n"
        "manager      欧阳晓月 (u1)\n"
        "roles        Auditor\n"
    )


def test_the_history_of_one_person(cli: Cli) -> None:
    out = cli("member", "acme", "u2", "--history").out.partition("History\n")[2]
    assert [line.split()[3] for line in out.splitlines()[1:]] == [
        "MemberCreated",
        "MemberManagerChanged",
        "RoleGranted",
        "MemberTransferred",
    ]


def test_a_member_who_left_is_still_shown(cli: Cli) -> None:
    assert re.search(r"^state +resigned$", cli("member", "acme", "u4").out, re.MULTILINE)
