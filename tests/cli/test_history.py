"""log, runs and run, as people read them."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Cli

_RUN = re.compile(r"run-[0-9a-z]{18}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_TOOK = re.compile(r"\d+\.\d s")


def steady(text: str) -> str:
    """``text`` without what differs from run to run."""
    for what, name in ((_RUN, "run-##################"), (_TIME, "2026-11-21 08:00:00")):
        text = what.sub(name, text)
    return re.sub(r"user:\w+", "user:me", _TOOK.sub("0.1 s", text))


RUNS = """\
Run                     System  Status    Started              Took   Read  Done  Appended
run-##################  hr      finished  2026-11-21 08:00:00  0.1 s  9           14
run-##################  hr      finished  2026-11-21 08:00:00  0.1 s  10          6
"""

RUN = """\
Field     Value
Run       run-##################
System    hr → acme
Status    finished
By        user:me
Started   2026-11-21 08:00:00
Took      0.1 s
Read      4 departments, 5 members, 1 roles
Kept      4 departments, 5 members, 1 roles
Appended  6
Events
Position  Event              Entity          What
18        DepartmentRenamed  发现 Discovery
19        DepartmentCreated  Lab             parent=R&D; order=3
20        MemberTransferred  Ann Weber       departments=Lab
21        MemberCreated      Chen Li         departments=Lab
22        RoleGranted        Auditor         member=欧阳晓月
23        MemberResigned     Ben Tan
"""

LOG = """\
      17 2026-11-21 08:00:00 acme RunStarted               run-##################  hr
      18 2026-11-21 08:00:00 acme DepartmentRenamed        搜索 Search  name=发现 Discovery  hr
      19 2026-11-21 08:00:00 acme DepartmentCreated        Lab  parent=R&D; order=3  hr
      20 2026-11-21 08:00:00 acme MemberTransferred        Ann Weber  departments=Lab  hr
      21 2026-11-21 08:00:00 acme MemberCreated            Chen Li  departments=Lab  hr
      22 2026-11-21 08:00:00 acme RoleGranted              Auditor  member=欧阳晓月  hr
      23 2026-11-21 08:00:00 acme MemberResigned           Ben Tan  hr
"""


def test_the_runs_newest_last(cli: Cli) -> None:
    assert steady(cli("runs").out) == RUNS


def test_the_newest_runs_of_one_organization(cli: Cli) -> None:
    assert steady(cli("runs", "acme", "-n", "1").out) == "".join(RUNS.splitlines(True)[::2])
    assert cli("runs", "club").out == "There are no runs yet.\n"


@pytest.mark.usefixtures("chinese")
def test_the_runs_in_chinese(cli: Cli) -> None:
    heading = cli("runs").out.splitlines()[0]
    assert heading.split() == ["同步", "系统", "状态", "开始", "耗时", "读取", "已完成", "写入事件"]


def test_one_run_and_every_event_of_it(cli: Cli) -> None:
    last = cli("runs", "--json").json[-1]["id"]
    assert steady(cli("run", last).out) == RUN


def test_the_log_names_things_as_they_were_before_the_event(cli: Cli) -> None:
    lines = steady(cli("log", "acme", "--since", "16").out).splitlines(keepends=True)
    assert "".join(lines[:-1]) == LOG
    assert lines[-1].endswith("read=departments 4, members 5, roles 1; appended=6  hr\n")


def test_the_log_after_its_end_says_so(cli: Cli) -> None:
    assert cli("log", "--since", "24").out == "There is nothing after that.\n"


def test_an_empty_log_says_so(fresh: Cli) -> None:
    assert fresh("log") == (0, "The log is empty.\n", "")
    assert fresh("runs") == (0, "There are no runs yet.\n", "")
    assert fresh("log", "--json") == (0, "", "")


def test_why_a_run_was_held_is_below_the_table(fresh: Cli) -> None:
    fresh("sync")
    fresh.roster({"departments": [], "members": []})
    assert fresh("sync").code == 3
    last = fresh("runs").out.splitlines()[-1]
    assert re.fullmatch(r"run-\w{18}: the reading shows no department and no member at all", last)
