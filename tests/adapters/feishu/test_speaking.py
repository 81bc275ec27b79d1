"""The simulated Feishu calls back: which change makes which events, and what the app may know."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import lark_oapi as lark
import pytest
from lark_oapi.core.model import RawRequest

from adapters.feishu.callbacks import FeishuCallbacks
from adapters.feishu.sealing import EncryptKey
from adapters.feishu.settings import FeishuSettings
from adapters.feishu.simulator import FeishuSettings as Simulated
from adapters.feishu.simulator import create_app
from adapters.feishu.simulator.settings import EMPLOYEE_ID, PHONE, SCOPES
from adapters.receiving import table
from adapters.simulation.faults import Fault
from domain.hints import Callback
from domain.records import DepartmentRecord, Roster
from tests.adapters.feishu.simulator_desk import SMALL
from tests.adapters.simulation.receiver import URL, Receiver, calling, settled, to

THEIRS = Simulated()
OURS = FeishuSettings(
    app_id=THEIRS.app_id,
    app_secret=THEIRS.app_secret,
    encrypt_key=THEIRS.encrypt_key,
    verification_token=THEIRS.verification_token,
)


def told(*changes: dict[str, Any], roster: Roster | None = None, **settings: Any) -> Receiver:
    """What is called back of ``changes``, of another roster, or of patched settings."""
    encrypted = settings.get("encrypt_key", THEIRS.encrypt_key)
    receiver = Receiver(FeishuCallbacks(FeishuSettings(**{**fields(), "encrypt_key": encrypted})))
    patch = settings.pop("patch", None)
    simulated = Simulated(callback_url=URL, **settings)

    async def change() -> None:
        async with calling(create_app(simulated, SMALL, to(receiver))) as app:
            for one in changes:
                app.provider.change(one)
            if roster is not None:
                app.provider.put_roster(roster)
            if patch is not None:
                app.provider.patch_settings(patch)

    asyncio.run(change())
    assert receiver.refused == []
    return receiver


def fields() -> dict[str, Any]:
    """Our settings, by name."""
    return {
        "app_id": OURS.app_id,
        "app_secret": OURS.app_secret,
        "verification_token": OURS.verification_token,
    }


def opened(callback: Callback) -> dict[str, Any]:
    """The event in a call."""
    return table(EncryptKey(OURS.encrypt_key).open(table(callback.body)["encrypt"]))


NEW = {"op": "create_member", "id": "dai", "name": "戴", "departments": ["50"], "mobile": "+8613"}
CHANGES: list[tuple[dict[str, Any], list[tuple[str, str, bool]]]] = [
    (NEW, [("contact.user.created_v3", "dai", False)]),
    (
        {"op": "update_member", "id": "cai", "departments": ["50"], "title": "x"},
        [("contact.user.updated_v3", "cai", False)],
    ),
    (
        {"op": "update_member", "id": "cai", "name": "菜", "mobile": "13800000009", "email": "c@d"},
        [("contact.user.updated_v3", "cai", False)] * 3,
    ),
    ({"op": "delete_member", "id": "cai"}, [("contact.user.deleted_v3", "cai", True)]),
    (
        {"op": "create_department", "id": "new", "name": "新", "parent_id": "rd"},
        [("contact.department.created_v3", "new", False)],
    ),
    (
        {"op": "update_department", "id": "50", "name": "别名", "order": 9},
        [("contact.department.updated_v3", "50", False)],
    ),
    (
        {"op": "move_department", "id": "rd", "parent_id": "hr"},
        [("contact.department.updated_v3", "rd", False)],
    ),
    ({"op": "delete_department", "id": "hr"}, [("contact.department.deleted_v3", "hr", True)]),
    ({"op": "create_role", "name": "x"}, []),
    ({"op": "grant_role", "id": "r1", "members": ["cai"]}, []),
    ({"op": "update_member", "id": "cai", "name": "蔡"}, []),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value)[:60])
def test_each_change_makes_its_events(
    change: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    """feishu.md, section 10: a number or address apart, roles and what is below a move never."""
    assert told(change).told == expected


def test_the_body_is_that_of_schema_two() -> None:
    """The whole person, of the old state what changed, and no departments but there."""
    body = opened(told({"op": "update_member", "id": "cai", "departments": ["50"]}).came[0])
    assert body["schema"] == "2.0"
    header, event = body["header"], body["event"]
    assert set(header) == {
        "event_id", "event_type", "create_time", "token", "app_id", "tenant_key",
    }  # fmt: skip
    assert (header["token"], len(header["create_time"])) == (THEIRS.verification_token, 13)
    assert set(event["old_object"]) == {"department_ids", "orders"}
    assert event["object"]["user_id"] == "cai"
    assert not {"department_ids", "mobile_visible", "geo"} & set(event["object"])
    gone = opened(told({"op": "delete_member", "id": "bob"}).came[0])["event"]
    assert set(gone["old_object"]) == {"department_ids", "open_id"}
    moved = opened(told({"op": "move_department", "id": "rd", "parent_id": "hr"}).came[0])
    assert isinstance(moved["event"]["object"]["order"], int)
    assert not {"i18n_name", "member_count"} & set(moved["event"]["object"])
    assert set(moved["event"]["old_object"]) == {"parent_department_id"}


def test_the_app_is_told_what_its_scopes_open() -> None:
    """Without its permission a field is not in the event; a change of nothing else is none."""
    scopes = SCOPES - {EMPLOYEE_ID, PHONE, "contact:contact"}
    receiver = told(NEW, {"op": "update_member", "id": "cai", "mobile": "+8615"}, scopes=scopes)
    assert receiver.events == ["contact.user.created_v3"]
    assert not {"user_id", "mobile"} & set(opened(receiver.came[0])["event"]["object"])
    assert [hint.id for hint in receiver.hints] == [""]
    assert set(receiver.hints[0].keys) == {"open_id", "union_id"}


def test_what_is_outside_of_the_range_is_not_told() -> None:
    """What comes into it or leaves it is a change of the scope, not somebody new or gone."""
    scope = "contact.scope.updated_v3"
    outside = told(
        {"op": "update_member", "id": "cai", "name": "菜"},
        {"op": "update_department", "id": "hr", "name": "x"},
        {"op": "delete_member", "id": "cai"},
        visible_departments=("rd",),
    )
    assert outside.events == []
    inside = told(
        {"op": "update_member", "id": "cai", "departments": ["50"]},
        {"op": "move_department", "id": "50", "parent_id": None},
        {"op": "move_department", "id": "hr", "parent_id": "rd"},
        {"op": "delete_member", "id": "ann"},
        visible_departments=("rd",),
    )
    assert inside.events[0] == scope
    assert [opened(one)["event"]["added"]["users"] for one in inside.came[:1]] != [[]]
    assert scope in inside.events[1:3]
    assert inside.events[-1] == "contact.user.deleted_v3"
    wider = told(patch={"visible_departments": ("rd", "hr")}, visible_departments=("rd",))
    (body,) = map(opened, wider.came)
    assert body["header"]["event_type"] == scope
    assert [one["department_id"] for one in body["event"]["added"]["departments"]] == ["hr"]
    assert body["event"]["removed"] == {"departments": [], "users": [], "user_groups": []}


def test_a_roster_is_told_by_its_differences() -> None:
    """Parents before what is below them, and who is missing has left."""
    departments = (*SMALL.departments, DepartmentRecord(id="new", name="新", parent_id="hr"))
    receiver = told(roster=Roster(departments=departments, members=SMALL.members[:2]))
    assert receiver.told == [
        ("contact.department.created_v3", "new", False),
        ("contact.user.deleted_v3", "cai", True),
    ]


def test_the_official_dispatcher_takes_what_is_called() -> None:
    """lark-oapi checks signature and token, opens the body and builds its own types of it."""
    logging.getLogger("Lark").setLevel(logging.CRITICAL)
    got: list[Any] = []
    builder = lark.EventDispatcherHandler.builder(OURS.encrypt_key, OURS.verification_token)
    builder = builder.register_p2_contact_user_created_v3(got.append)
    dispatcher = builder.register_p2_contact_department_deleted_v3(got.append).build()
    for came in told(NEW, {"op": "delete_department", "id": "hr"}).came:
        request = RawRequest()
        request.uri, request.body = "/", came.body
        request.headers = {
            name.title(): value for name, value in came.headers.items() if name.startswith("x-lark")
        }
        assert dispatcher.do(request).status_code == 200
    person, department = got
    assert (person.event.object.user_id, person.event.object.name) == ("dai", "戴")
    assert department.event.object.department_id == "hr"
    assert department.event.object.status.is_deleted is True


def test_without_an_encrypt_key_events_come_in_plain_text() -> None:
    """With the Verification Token as the only proof."""
    receiver = told({"op": "delete_member", "id": "cai"}, encrypt_key="")
    body = table(receiver.came[0].body)
    assert body["header"]["token"] == THEIRS.verification_token
    assert receiver.told == [("contact.user.deleted_v3", "cai", True)]


@pytest.mark.parametrize(("failures", "sent", "given_up"), [(4, 5, 0), (5, 5, 1)])
def test_an_event_is_sent_five_times_at_most(failures: int, sent: int, given_up: int) -> None:
    """feishu.md 10.1: four repeats, with the same event_id."""
    receiver = Receiver(FeishuCallbacks(OURS))
    receiver.troubles.extend([500] * failures)
    settings = Simulated(callback_url=URL, callback_pace=0.00001)

    async def change() -> dict[str, Any]:
        async with calling(create_app(settings, SMALL, to(receiver))) as app:
            app.provider.change({"op": "delete_member", "id": "cai"})
            return await settled(app)

    report = asyncio.run(change())
    assert (report["sent"], report["given_up"]) == (sent, given_up)
    assert len({opened(one)["header"]["event_id"] for one in receiver.came}) == 1


@pytest.mark.parametrize("encrypt_key", [THEIRS.encrypt_key, ""])
def test_a_forged_call_is_refused(encrypt_key: str) -> None:
    """By its signature, and without an Encrypt Key by its token."""
    receiver = Receiver(FeishuCallbacks(FeishuSettings(**{**fields(), "encrypt_key": encrypt_key})))
    app = create_app(Simulated(callback_url=URL, encrypt_key=encrypt_key), SMALL, to(receiver))
    app.faults.set([Fault(api="callback", kind="forged")])

    async def change() -> dict[str, Any]:
        async with calling(app):
            app.provider.change({"op": "delete_member", "id": "cai"})
            return await settled(app)

    report = asyncio.run(change())
    assert (receiver.refused, len(receiver.events)) == (["signature"], 1)
    assert report["forged_taken"] == 0
