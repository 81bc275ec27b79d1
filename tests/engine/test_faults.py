"""Whatever DingTalk does wrong, nobody is removed or blanked, and the run says what happened."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import create_app
from adapters.dingtalk.source import DingTalkSource
from adapters.http import Patience
from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import parse_fault
from adapters.simulation.server import running
from domain.errors import HeldError, OrgledgerError
from domain.records import DepartmentRecord, MemberRecord, RoleRecord, Roster
from domain.rows import Rows
from orgledger.engine.pull import Feed, Outcome, Pull
from orgledger.engine.runs import Status
from orgledger.engine.views import Views
from orgledger.ledger import Ledger

PEOPLE = 240
SECRET = "simulated-secret"


def company() -> Roster:
    """Three departments, one of them below another; 120, 60 and 60 people, each with contacts."""
    departments = (
        DepartmentRecord(id="11", name="研发 R&D", parent_id=None, leaders=("u0",), order=1),
        DepartmentRecord(id="12", name="平台 Platform", parent_id="11", leaders=(), order=1),
        DepartmentRecord(id="13", name="销售 Sales", parent_id=None, leaders=("u2",), order=2),
    )
    members = tuple(
        MemberRecord(
            id=f"u{n}",
            name=f"成员 {n}",
            departments=(("11", "11", "12", "13")[n % 4],),
            email=f"u{n}@private.example",
            mobile=f"1380000{n:04}",
            job_number=f"J{n}",
            title="工程师",
            manager="u0" if n else None,
            active=True,
        )
        for n in range(PEOPLE)
    )
    roles = (RoleRecord(id="501", name="值班", group="项目", members=("u1", "u2")),)
    return Roster(departments=departments, members=members, roles=roles)


class Stage:
    """A simulated DingTalk with the company in it, and a ledger that has read it once."""

    def __init__(self, app: SimulatorApp, url: str, ledger: Ledger, views: Views) -> None:
        self.app, self.url, self.ledger, self.views = app, url, ledger, views
        self.secret = SECRET

    def sync(self) -> Outcome:
        settings = DingTalkSettings(
            app_key="dingsimulatedapp",
            app_secret=self.secret,
            base_url=self.url,
            api_url=self.url,
            rate=5000,
            max_rate=0,
        )

        async def work() -> Outcome:
            patience = Patience(tries=3, throttled=20.0, total=20.0)
            source = DingTalkSource("dd", settings, patience=patience)
            feed = Feed(system="dd", org="acme", name="Acme", source=source)
            pull = Pull(self.ledger, self.views, feed, actor="test", progress=lambda *_: None)
            try:
                return await pull.execute()
            finally:
                await source.close()

        return asyncio.run(work())

    def organization(self) -> dict[str, Any]:
        roster = Rows(self.views.directory("acme")).roster()
        return {kind: {row["id"]: row for row in rows} for kind, rows in roster.items()}

    def last_run(self) -> str:
        run = list(self.views.runs().by_id.values())[-1]
        return " ".join((run.reason, *run.gaps, *run.refused))


@pytest.fixture
def stage(ledger: Ledger, views: Views) -> Iterator[Stage]:
    app = create_app(roster=company())
    with running(app) as served:
        stage = Stage(app, served.url, ledger, views)
        assert stage.sync().status is Status.FINISHED
        yield stage


class Trouble(NamedTuple):
    """A fault, what becomes of the run, and what it must say (a part of the sentence)."""

    name: str
    fault: str
    status: Status | type[OrgledgerError]
    says: str = ""


TROUBLES = [
    Trouble("throttled_a_few_times", "user/list:throttle:times=4", Status.FINISHED),
    Trouble("throttled_by_the_platform", "user/list:throttle_platform:times=1", Status.FINISHED),
    Trouble("busy_twice", "department/get:busy:times=2", Status.FINISHED),
    Trouble("http_500_twice", "department/listsub:http_500:times=2", Status.FINISHED),
    Trouble("connection_reset_twice", "user/list:reset:times=2", Status.FINISHED),
    Trouble("truncated_json_twice", "user/list:truncated_json:times=2", Status.FINISHED),
    Trouble("token_expired_in_the_middle", "user/list:expire_token:times=1", Status.FINISHED),
    Trouble("a_list_always_fails", "user/list:http_500:match.dept_id=13", Status.PARTIAL, "13"),
    Trouble(
        "a_second_page_always_fails", "user/list:http_500:match.cursor=100", Status.PARTIAL, "11"
    ),
    Trouble(
        "a_department_that_is_refused", "department/listsub:permission:match.dept_id=11",
        Status.PARTIAL, "qyapi_get_department_list",
    ),
    Trouble("a_person_that_is_refused", "user/get:http_500:match.userid=u7", Status.PARTIAL, "u7"),
    Trouble("roles_not_permitted", "role/list:permission", Status.PARTIAL, "qyapi_get"),
    Trouble("lists_not_permitted", "user/list:permission", Status.PARTIAL, "qyapi_get"),
    Trouble("every_list_is_empty", "user/list:empty_list", HeldError, "no member at all"),
    Trouble("a_list_is_empty", "user/list:empty_list:match.dept_id=11", Status.PARTIAL, "11"),
    Trouble("the_address_is_not_allowed", "*:ip", OrgledgerError, "IP"),
]  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda t: t.name)
def test_nobody_is_removed_or_blanked(stage: Stage, trouble: Trouble) -> None:
    before = stage.organization()
    stage.app.faults.set([parse_fault(trouble.fault)])
    if isinstance(trouble.status, Status):
        assert stage.sync().status is trouble.status
    else:
        with pytest.raises(trouble.status):
            stage.sync()
    assert all(not fault.times for fault in stage.app.faults.report()), "the fault did not strike"
    assert stage.organization() == before
    said = stage.last_run()
    assert trouble.says in said
    assert "private.example" not in said
    assert SECRET not in said
    stage.app.faults.set([])
    assert stage.sync().appended == 0


def test_a_wrong_secret_stops_the_run_with_one_sentence(stage: Stage) -> None:
    stage.secret = "another-secret"
    with pytest.raises(OrgledgerError, match="app_secret") as wrong:
        stage.sync()
    assert "another-secret" not in str(wrong.value)
    assert len(stage.organization()["members"]) == PEOPLE


def test_a_field_that_becomes_hidden_is_not_blanked(stage: Stage) -> None:
    stage.app.provider.patch_settings({"hidden_fields": ["mobile", "email"]})
    outcome = stage.sync()
    assert outcome.status is Status.FINISHED
    directory = stage.views.directory("acme")
    assert all(m.mobile and m.email for m in directory.members.values())
    assert {"mobile", "email"} <= set(directory.scopes["dd"].hidden["member"])


def test_a_scope_that_shrinks_removes_nobody_outside_it(stage: Stage) -> None:
    stage.app.provider.patch_settings({"authed_dept": [13]})
    assert stage.sync().status is Status.FINISHED
    assert len(stage.organization()["members"]) == PEOPLE
    assert stage.views.directory("acme").scopes["dd"].roots == ("13",)


def test_what_did_come_is_taken_though_something_failed(stage: Stage) -> None:
    roster = company()
    members = tuple(
        replace(m, title="经理") if m.departments == ("12",) else m for m in roster.members
    )
    stage.app.provider.put_roster(replace(roster, members=members))
    stage.app.faults.set([parse_fault("user/list:http_500:match.dept_id=13")])
    outcome = stage.sync()
    assert outcome.status is Status.PARTIAL
    assert outcome.appended == PEOPLE / 4
