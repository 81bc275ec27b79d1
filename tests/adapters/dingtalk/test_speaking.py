"""The simulated DingTalk calls back: which change makes which events, in which form."""

from __future__ import annotations

import asyncio
import json
import warnings
from typing import Any

import httpx
import msgspec
import pytest

from adapters.dingtalk.callbacks import DingTalkCallbacks
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator import DingTalkSettings as Simulated
from adapters.dingtalk.simulator import create_app
from adapters.simulation.faults import Fault
from domain.hints import Callback
from domain.records import MemberRecord, Roster
from tests.adapters.dingtalk.simulator_desk import SMALL
from tests.adapters.simulation.receiver import URL, Receiver, calling, settled, to

with warnings.catch_warnings():
    # the package has invalid escape sequences, which Python reports when it first compiles them
    warnings.simplefilter("ignore")
    from dingtalk.crypto import DingTalkCrypto

THEIRS = Simulated()
OURS = DingTalkSettings(
    app_key=THEIRS.app_key,
    app_secret=THEIRS.app_secret,
    callback_token=THEIRS.callback_token,
    callback_aes_key=THEIRS.callback_aes_key,
)


def told(*changes: dict[str, Any], roster: Roster | None = None, **settings: Any) -> Receiver:
    """What is called back of ``changes``, of another roster, or of patched settings."""
    receiver = Receiver(DingTalkCallbacks(OURS))
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


def opened(callback: Callback) -> dict[str, Any]:
    """What dingtalk-sdk finds in a call: its own signature and its own cipher."""
    crypto = DingTalkCrypto(OURS.callback_token, OURS.callback_aes_key, OURS.app_key)
    asked = [callback.query[name] for name in ("msg_signature", "timestamp", "nonce")]
    found: dict[str, Any] = json.loads(crypto.decrypt_message(callback.body, *asked))
    return found


NEW = {"op": "create_member", "id": "dai", "name": "戴", "departments": ["50"]}
CHANGES: list[tuple[dict[str, Any], list[str]]] = [
    (NEW, ["user_add_org", "user_modify_org"]),
    ({"op": "update_member", "id": "bob", "name": "波"}, ["user_modify_org"]),
    ({"op": "update_member", "id": "bob", "departments": ["hr"]}, ["user_modify_org"]),
    (
        {"op": "update_member", "id": "bob", "active": True},
        ["user_modify_org", "user_active_org"],
    ),
    ({"op": "delete_member", "id": "cai"}, ["user_leave_org"]),
    ({"op": "create_department", "name": "新", "parent_id": "rd"}, ["org_dept_create"]),
    ({"op": "update_department", "id": "50", "name": "别名"}, ["org_dept_modify"]),
    ({"op": "update_department", "id": "50", "leaders": ["bob"]}, ["org_dept_modify"]),
    ({"op": "move_department", "id": "50", "parent_id": None}, ["org_dept_modify"]),
    ({"op": "delete_department", "id": "hr"}, ["org_dept_remove"]),
    ({"op": "rename_role", "id": "r1", "name": "首席"}, ["label_conf_modify"]),
    ({"op": "grant_role", "id": "r1", "members": ["cai"]}, ["label_user_change"]),
    ({"op": "revoke_role", "id": "r1", "members": ["bob"]}, ["label_user_change"]),
    ({"op": "create_role", "name": "新", "group": "职务"}, ["label_conf_add"]),
    ({"op": "delete_role", "id": "r2"}, ["label_conf_del"]),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value)[:60])
def test_each_change_makes_its_events(change: dict[str, Any], expected: list[str]) -> None:
    """dingtalk.md, section 5; somebody new is usually told of twice."""
    receiver = told(change)
    assert receiver.events == expected
    assert [opened(one)["EventType"] for one in receiver.came] == expected


def test_settings_of_the_organization_and_the_app_are_told() -> None:
    """Another name is an event of the organization and of department 1; so is another scope."""
    assert told(patch={"org_name": "新"}).events == ["org_change", "org_dept_modify"]
    assert told(patch={"authed_dept": (50,)}).events == ["inner_app_scopes_change"]


def test_many_people_are_told_of_in_few_events() -> None:
    """An import: lists of ids in one event, each of which is a hint."""
    members = tuple(MemberRecord(id=f"u{n}", name=f"u{n}", departments=()) for n in range(45))
    roster = Roster(departments=SMALL.departments, members=(*SMALL.members, *members))
    receiver = told(roster=msgspec.structs.replace(roster, roles=SMALL.roles))
    assert receiver.events == ["user_add_org"] * 3
    assert [who for _, who, _ in receiver.told] == [f"u{n}" for n in range(45)]


def test_the_body_is_that_of_the_documents() -> None:
    """The event's own fields beside those of every event (dingtalk.md, 6.1)."""
    body = opened(told({"op": "update_member", "id": "bob", "name": "波"}).came[0])
    assert set(body) == {
        "EventType", "EventTime", "CorpId", "eventId", "timeStamp", "userId", "diffInfo",
    }  # fmt: skip
    assert body["diffInfo"] == {"userid": "bob", "prev": {"name": "博"}, "curr": {"name": "波"}}
    assert (body["userId"], body["CorpId"]) == (["bob"], THEIRS.corp_id)
    assert isinstance(body["EventTime"], int)


def test_the_body_can_be_that_of_the_captures() -> None:
    """From 2019 to 2022: other names, no eventId (dingtalk.md, 6.2); it hints at the same."""
    receiver = told(
        {"op": "update_member", "id": "bob", "name": "波"},
        {"op": "grant_role", "id": "r1", "members": ["cai"]},
        captured_events=True,
    )
    modified, granted = map(opened, receiver.came)
    assert set(modified) == {"EventType", "CorpId", "TimeStamp", "UserId"}
    assert set(granted) == {
        "EventType", "CorpId", "TimeStamp", "UserIdList", "LabelIdList", "action",
    }  # fmt: skip
    assert [event for event, _, _ in receiver.told] == ["user_modify_org", "label_user_change"]


def test_what_is_written_through_the_api_is_told_too() -> None:
    """DingTalk has no exception for the app that writes."""
    receiver = Receiver(DingTalkCallbacks(OURS))
    app = create_app(Simulated(callback_url=URL), SMALL, to(receiver))

    async def write() -> None:
        async with (
            calling(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://sim"
            ) as client,
        ):
            asked = {"appkey": THEIRS.app_key, "appsecret": THEIRS.app_secret}
            token = (await client.get("/gettoken", params=asked)).json()["access_token"]
            reply = await client.post(
                "/topapi/v2/user/delete", params={"access_token": token}, json={"userid": "cai"}
            )
            assert reply.json()["errcode"] == 0

    asyncio.run(write())
    assert receiver.told == [("user_leave_org", "cai", True)]


@pytest.mark.parametrize(
    ("troubles", "sent", "acknowledged"),
    [([500], 2, 1), ([200, 0.2], 3, 1), ([200, 404, 302], 3, 0)],
)
def test_only_an_encrypted_success_ends_a_delivery(
    troubles: list[int | float], sent: int, acknowledged: int
) -> None:
    """dingtalk.md 6.3: a plain 200 is none; two repeats, and then it is lost."""
    receiver = Receiver(DingTalkCallbacks(OURS))
    receiver.troubles.extend(troubles)
    settings = Simulated(callback_url=URL, callback_limit=0.1, callback_pace=0.001)

    async def change() -> dict[str, Any]:
        async with calling(create_app(settings, SMALL, to(receiver))) as app:
            app.provider.change({"op": "delete_member", "id": "cai"})
            return await settled(app)

    report = asyncio.run(change())
    assert (report["sent"], report["acknowledged"]) == (sent, acknowledged)
    assert report["given_up"] == 1 - acknowledged
    assert len({one.query["msg_signature"] for one in receiver.came}) == sent
    assert len({opened(one)["eventId"] for one in receiver.came}) == 1


def test_a_forged_call_is_refused() -> None:
    """The dial sends what somebody without the token would."""
    receiver = Receiver(DingTalkCallbacks(OURS))
    app = create_app(Simulated(callback_url=URL), SMALL, to(receiver))
    app.faults.set([Fault(api="callback", kind="forged")])

    async def change() -> dict[str, Any]:
        async with calling(app):
            app.provider.change({"op": "delete_member", "id": "cai"})
            return await settled(app)

    report = asyncio.run(change())
    assert (receiver.refused, receiver.events) == (["signature"], ["user_leave_org"])
    assert (report["forged"], report["forged_taken"]) == (1, 0)
