"""The simulated WeCom calls back: which change makes which events, and what is never told."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from wechatpy.work.crypto import WeChatCrypto

from adapters.simulation.app import SimulatorApp
from adapters.simulation.faults import Fault
from adapters.wecom import markup
from adapters.wecom.callbacks import WeComCallbacks
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator import WeComSettings as Simulated
from adapters.wecom.simulator import create_app
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.simulation.receiver import URL, Receiver, calling, settled, to
from tests.adapters.wecom.simulator_desk import CORP, SECRETS, SMALL

THEIRS = Simulated()
OURS = WeComSettings(
    corp_id=CORP,
    contact_secret=SECRETS["contact"],
    callback_token=THEIRS.callback_token,
    callback_aes_key=THEIRS.callback_aes_key,
)


def told(*changes: dict[str, Any], roster: Roster | None = None, **settings: Any) -> Receiver:
    """What is called back of ``changes``, or of another roster."""
    receiver = Receiver(WeComCallbacks(OURS))
    simulated = Simulated(callback_url=URL, **settings)

    async def change() -> None:
        async with calling(create_app(simulated, SMALL, to(receiver))) as app:
            for one in changes:
                app.provider.change(one)
            if roster is not None:
                app.provider.put_roster(roster)

    asyncio.run(change())
    assert receiver.refused == []
    return receiver


NEW = {"op": "create_member", "id": "eve", "name": "夏", "departments": ["3"]}
CHANGES: list[tuple[dict[str, Any], list[tuple[str, str, bool]]]] = [
    (
        NEW,
        [
            ("update_user", "eve", False),
            ("update_user", "eve", False),
            ("create_user", "eve", False),
        ],
    ),
    (
        {"op": "update_member", "id": "cai", "departments": ["2"]},
        [("update_user", "cai", False)],
    ),
    ({"op": "update_member", "id": "cai", "manager": "Ann"}, [("update_user", "cai", False)]),
    ({"op": "update_member", "id": "cai", "name": "菜", "mobile": "13800000009"}, []),
    ({"op": "update_member", "id": "cai", "active": False, "title": "x"}, []),
    ({"op": "delete_member", "id": "cai"}, [("delete_user", "cai", True)]),
    (
        {"op": "create_department", "id": "9", "name": "新", "parent_id": "2"},
        [("create_party", "9", False)],
    ),
    ({"op": "update_department", "id": "3", "name": "别名", "order": 7}, []),
    ({"op": "update_department", "id": "3", "leaders": ["bob"]}, [("update_user", "bob", False)]),
    ({"op": "move_department", "id": "3", "parent_id": None}, [("update_party", "3", False)]),
    ({"op": "create_role", "name": "x", "id": "8"}, []),
    ({"op": "rename_role", "id": "7", "name": "首席"}, []),
    ({"op": "grant_role", "id": "7", "members": ["cai"]}, [("update_tag", "7", False)]),
    ({"op": "delete_role", "id": "7"}, []),
]


@pytest.mark.parametrize(("change", "expected"), CHANGES, ids=lambda value: str(value)[:60])
def test_each_change_is_told_as_to_an_address_of_today(
    change: dict[str, Any], expected: list[tuple[str, str, bool]]
) -> None:
    """wecom.md 5.1: names, heads, numbers, states, orders and tags themselves are not told."""
    assert told(change).told == expected


def test_an_address_of_before_2022_is_told_what_changed() -> None:
    """A name is an update there, and of somebody new the last of three events has the data."""
    receiver = told(
        {"op": "update_member", "id": "cai", "name": "菜"},
        {"op": "update_department", "id": "3", "name": "别名"},
        NEW,
        new_callbacks=False,
    )
    assert receiver.events == [
        "update_user", "update_party", "update_user", "update_user", "create_user",
    ]  # fmt: skip
    bodies = [opened(one) for one in receiver.came]
    assert [body.get("Name") for body in bodies] == ["菜", "别名", None, None, "夏"]
    assert "number" not in bodies[0]
    assert list(bodies[0])[:6] == [
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event", "ChangeType",
    ]  # fmt: skip


def test_a_roster_is_told_by_its_differences() -> None:
    """Who left and who came, parents first."""
    departments = (*SMALL.departments, DepartmentRecord(id="9", name="新", parent_id="3"))
    members = (*SMALL.members[:-1], MemberRecord(id="eve", name="夏", departments=("9",)))
    receiver = told(
        roster=Roster(departments=departments, members=members, roles=SMALL.roles),
        newcomer_events=1,
    )
    assert receiver.told == [
        ("create_party", "9", False),
        ("create_user", "eve", False),
        ("delete_user", "dai", True),
    ]


def test_what_the_assistant_itself_changes_is_not_called_back() -> None:
    """wecom.md, section 5: who writes through the API has no echo, the console has."""
    receiver = Receiver(WeComCallbacks(OURS))
    app = create_app(Simulated(callback_url=URL), SMALL, to(receiver))

    async def write() -> None:
        async with (
            calling(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://sim/cgi-bin/"
            ) as client,
        ):
            asked = {"corpid": CORP, "corpsecret": SECRETS["contact"]}
            token = (await client.get("gettoken", params=asked)).json()["access_token"]
            body = {"id": 3, "parentid": 1}
            reply = await client.post(
                "department/update", params={"access_token": token}, json=body
            )
            assert reply.json()["errcode"] == 0
            app.provider.change({"op": "move_department", "id": "3", "parent_id": "2"})

    asyncio.run(write())
    assert receiver.told == [("update_party", "3", False)]


def test_wechatpy_reads_what_is_called() -> None:
    """An independent implementation checks the signature and opens the body."""
    receiver = told({"op": "delete_member", "id": "cai"})
    body = opened(receiver.came[0])
    assert (body["Event"], body["ChangeType"], body["UserID"]) == (
        "change_contact", "delete_user", "cai",
    )  # fmt: skip


def opened(callback: Any) -> dict[str, str]:
    """What wechatpy finds in a call."""
    crypto = WeChatCrypto(OURS.callback_token, OURS.callback_aes_key, CORP)
    asked = [callback.query[name] for name in ("msg_signature", "timestamp", "nonce")]
    return markup.read(crypto.decrypt_message(callback.body, *asked).encode())


def moved(app: SimulatorApp) -> None:
    """One change that is one event."""
    app.provider.change({"op": "move_department", "id": "3", "parent_id": None})


@pytest.mark.parametrize(
    ("troubles", "sent", "acknowledged"),
    [([0.2], 2, 1), ([0.2] * 3, 4, 1), ([0.2] * 4, 4, 0), ([500], 1, 0), ([302], 1, 0)],
)
def test_silence_is_repeated_three_times_and_an_answer_never(
    troubles: list[int | float], sent: int, acknowledged: int
) -> None:
    """wecom.md 5.2: after a time-out up to three further tries, each signed anew."""
    receiver = Receiver(WeComCallbacks(OURS))
    receiver.troubles.extend(troubles)
    settings = Simulated(callback_url=URL, callback_limit=0.1, callback_pace=0.01)

    async def change() -> dict[str, Any]:
        async with calling(create_app(settings, SMALL, to(receiver))) as app:
            moved(app)
            return await settled(app)

    report = asyncio.run(change())
    assert (report["sent"], report["acknowledged"]) == (sent, acknowledged)
    assert (report["failed"], report["retried"]) == (sent - acknowledged, sent - 1)
    assert report["given_up"] == 1 - acknowledged
    assert len({one.query["msg_signature"] for one in receiver.came}) == sent


def test_a_forged_call_is_refused_and_the_true_one_taken() -> None:
    """The dial sends what somebody without the token would."""
    receiver = Receiver(WeComCallbacks(OURS))
    app = create_app(Simulated(callback_url=URL), SMALL, to(receiver))
    app.faults.set([Fault(api="callback", kind="forged", match={"event": "update_party"})])

    async def change() -> dict[str, Any]:
        async with calling(app):
            moved(app)
            return await settled(app)

    report = asyncio.run(change())
    assert (receiver.refused, receiver.events) == (["signature"], ["update_party"])
    assert (report["forged"], report["forged_taken"], report["acknowledged"]) == (1, 0, 1)
