"""Telling a receiver: one signed message per change, once in effect however often it is sent."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from adapters.simulation.http import Reply
from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import CredentialFault, TerminalFault, TransientFault
from domain.records import DepartmentRecord, MemberRecord, RoleRecord
from tests.adapters.http.virtual import now
from tests.adapters.webhook.receiver import SECRET
from tests.adapters.webhook.target_desk import VirtualDesk


def test_what_a_message_looks_like() -> None:
    """The whole body of a creation, as the docs show it."""
    desk = VirtualDesk()
    desk.done("department", "create", uid="D1", key="rd", fields={"name": "研发🚀"}, token="t0")
    desk.done(
        "member",
        "create",
        uid="M1",
        key="li",
        fields={"name": "李", "email": None},
        relations=Relations(departments=("rd",), active=True),
        former="old",
    )
    assert desk.receiver.messages[1] == {
        "id": "t1",
        "type": "member.create",
        "kind": "member",
        "action": "create",
        "entity": {"uid": "M1", "key": "li", "remote": None, "former": "old"},
        "fields": {"name": "李", "email": None},
        "relations": {"departments": ["rd"], "active": True},
        "members": [],
    }
    headers = desk.receiver.requests[1].headers
    assert headers["webhook-id"] == "t1" and headers["content-type"] == "application/json"


@pytest.mark.parametrize("own_ids", [False, True])
def test_an_organization_arrives(own_ids: bool) -> None:
    """The receiver's ids are used where it gave any, and our keys otherwise."""
    desk = VirtualDesk(own_ids=own_ids)
    token = iter(range(1000))

    def tell(kind: str, action: str, key: str, **change: Any) -> str:
        change = {"uid": f"uid-{key}", "key": key, "token": f"t{next(token)}", **change}
        return desk.done(kind, action, **change)

    top = tell("department", "create", "rd", fields={"name": "研发"})
    assert (top == "rd") is not own_ids
    below = tell(
        "department", "create", "p", fields={"name": "平台"}, relations=Relations(parent=top)
    )
    people = [
        tell(
            "member",
            "create",
            f"u{i}",
            fields={"name": f"人{i}"},
            relations=Relations(departments=(below,), active=True),
        )
        for i in range(101)
    ]
    tell("member", "relate", "u1", remote=people[1], relations=Relations(manager=people[0]))
    tell("department", "relate", "p", remote=below, relations=Relations(leaders=(people[2],)))
    group = tell("role_group", "create", "g", fields={"name": "职务"})
    role = tell("role", "create", "r", fields={"name": "架构师"}, relations=Relations(group=group))
    tell("role", "add", "r", remote=role, members=tuple(people))
    tell("role", "remove", "r", remote=role, members=tuple(people[1:]))
    tell("member", "update", "u0", remote=people[0], fields={"title": "首席"})
    tell("member", "move", "u0", remote=people[0], relations=Relations(departments=(top,)))
    tell("member", "deactivate", "u2", remote=people[2], relations=Relations(active=False))
    tell("member", "delete", "u3", remote=people[3])
    roster = desk.receiver.roster()
    assert roster.departments == (
        DepartmentRecord(id="rd", name="研发", parent_id=None, leaders=(), order=None),
        DepartmentRecord(id="p", name="平台", parent_id="rd", leaders=("u2",), order=None),
    )
    members = {m.id: m for m in roster.members}
    assert len(members) == 100 and "u3" not in members
    assert (members["u0"].title, members["u0"].departments) == ("首席", ("rd",))
    assert (members["u1"].manager, members["u2"].active) == ("u0", False)
    assert roster.roles == (RoleRecord(id="r", name="架构师", group="职务", members=("u0",)),)
    tell("member", "reactivate", "u2", remote=people[2], relations=Relations(active=True))
    assert {m.id: m.active for m in desk.receiver.roster().members}["u2"] is True


@pytest.mark.parametrize(
    "trouble",
    [
        "lost_reply",
        "reset",
        Reply(b"", status=500),
        Reply(b"<html>", status=502),
        Reply(b"", status=504),
        Reply(b"", status=408),
        Reply(b"", status=429),
        Reply(b"", status=503, headers={"retry-after": "2"}),
    ],
    ids=lambda t: t if isinstance(t, str) else f"http_{t.status}",
)
def test_what_passes_by_is_sent_again_under_the_same_id(trouble: str | Reply) -> None:
    """The receiver does it once, because it knows the id."""
    desk = VirtualDesk()
    desk.receiver.troubles.extend([trouble, trouble])
    desk.done("member", "create", fields={"name": "李"})
    assert {r.headers["webhook-id"] for r in desk.receiver.requests} == {"t1"}
    assert len(desk.receiver.requests) == 3 and len(desk.receiver.messages) == 1
    assert [m.name for m in desk.receiver.roster().members] == ["李"]


def test_the_next_run_sends_the_same_again() -> None:
    """What was told before is told with the same id and body, and does nothing twice."""
    desk = VirtualDesk(own_ids=True)
    first = desk.done("member", "create", fields={"name": "李"})
    assert desk.done("member", "create", fields={"name": "李"}, again=True) == first
    bodies = {r.body for r in desk.receiver.requests}
    assert len(bodies) == 1 and len(desk.receiver.roster().members) == 1


@pytest.mark.parametrize("asked", ["7", "date"])
def test_the_receiver_says_how_long_to_wait(asked: str) -> None:
    """Retry-After in seconds or as a date is kept."""
    desk = VirtualDesk()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    date = format_datetime(start.replace(second=7), usegmt=True)
    wait = date if asked == "date" else asked
    desk.receiver.troubles.append(Reply(b"", status=429, headers={"retry-after": wait}))
    desk.receiver.verifies = False
    settings = {"epoch": lambda: start.timestamp() + now() - 1000}
    desk.done("member", "create", fields={"name": "李"}, settings=settings)
    assert 7 <= desk.seconds < 8


def test_each_attempt_has_its_own_time_and_signature() -> None:
    """An attempt after some minutes is not refused as too old."""
    desk = VirtualDesk()
    desk.receiver.verifies = False
    desk.receiver.troubles.append(Reply(b"", status=429, headers={"retry-after": "400"}))
    desk.done("member", "create", fields={"name": "李"}, settings={"epoch": now})
    first, second = desk.receiver.requests
    times = [int(r.headers["webhook-timestamp"]) for r in (first, second)]
    assert times[1] - times[0] == 400
    for request, at in zip((first, second), times, strict=True):
        then = datetime.fromtimestamp(at, UTC)
        signed = Webhook(SECRET).sign("t1", then, request.body.decode())
        assert request.headers["webhook-signature"] == signed


def test_while_a_secret_is_changed_both_sign() -> None:
    """The receiver that still knows the old one accepts."""
    desk = VirtualDesk()
    new = "whsec_" + "A" * 32
    settings = {"secret": new, "old_secret": SECRET}
    desk.done("member", "create", fields={"name": "李"}, settings=settings)
    with pytest.raises(CredentialFault):
        desk.apply("member", "create", fields={"name": "李"}, settings={"secret": new})


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "does not accept our signature"),
        (403, "does not accept our signature"),
        (410, "wants no more calls"),
        (301, "redirects"),
        (308, "redirects"),
    ],
)
def test_what_stops_everything(status: int, words: str) -> None:
    """One sentence with the fix, and no second call."""
    desk = VirtualDesk()
    desk.receiver.troubles.append(Reply(b"", status=status))
    with pytest.raises(CredentialFault, match=words) as caught:
        desk.apply("member", "create", fields={"name": "李"})
    assert caught.value.fix and caught.value.code == f"http_{status}"
    assert len(desk.receiver.requests) == 1


def test_done_before_is_done() -> None:
    """409 is an acknowledgement, with the id that it may carry."""
    desk = VirtualDesk()
    desk.receiver.troubles.append(Reply(b'{"id": 77}', status=409))
    assert desk.done("member", "create", fields={"name": "李"}) == "77"
    desk.receiver.troubles.append(Reply(b"", status=409))
    assert desk.done("member", "update", remote="77", fields={"name": "李"}) == "77"


@pytest.mark.parametrize(
    "body", [b"", b"ok", b"<html>", b'{"id": null}', b'{"id": ""}', b'{"id": {}}', b"[1]", b"\xff"]
)
def test_an_answer_without_an_id_means_our_key(body: bytes) -> None:
    """A receiver need not say anything but 2xx."""
    desk = VirtualDesk()
    desk.receiver.troubles.append(Reply(body, status=202))
    assert desk.done("member", "create", key="li", fields={"name": "李"}) == "li"


def test_an_id_is_only_taken_at_creation() -> None:
    """Later answers do not move somebody else under the id."""
    desk = VirtualDesk()
    desk.receiver.troubles.append(Reply(b'{"id": "other"}', status=200))
    assert desk.done("member", "update", remote="li", fields={"name": "李"}) == "li"


def test_a_refusal_is_told_with_the_receivers_code_and_nothing_else() -> None:
    """The code, if it is a plain word; never the body, which may quote a person."""
    desk = VirtualDesk()
    fault = desk.apply("member", "update", key="li", remote="li", fields={"name": "李"})
    assert isinstance(fault, TerminalFault) and fault.code == "unknown_entity"
    assert "member li" in str(fault) and "HTTP 404" in str(fault)
    desk.receiver.troubles.append(Reply(b'{"code": "li@example.com is taken"}', status=400))
    fault = desk.apply("member", "update", key="li", remote="li", fields={"name": "李"})
    assert isinstance(fault, TerminalFault) and fault.code == "http_400"
    assert "example.com" not in str(fault)


def test_one_bad_record_stops_nobody() -> None:
    """Its fault stands in its place."""
    desk = VirtualDesk()
    changes = [
        Change(kind="member", action=action, uid=key, key=key, remote=key, token=key,
               fields={"name": "n"})
        for key, action in (("a", Action.UPDATE), ("b", Action.CREATE))
    ]  # fmt: skip
    bad, good = desk.work(lambda t: t.apply(changes))
    assert isinstance(bad, TerminalFault) and isinstance(good, Acknowledged)


def test_patience_has_an_end() -> None:
    """The engine gets a TransientFault and comes again with the same id."""
    desk = VirtualDesk()
    desk.receiver.troubles.extend([Reply(b"", status=500)] * 10)
    fault = desk.apply("member", "create", key="li", fields={"name": "李"})
    assert isinstance(fault, TransientFault) and "member li" in str(fault)
    assert len(desk.receiver.requests) == 4


def test_the_rate_is_a_cap() -> None:
    """A receiver is never asked more often than the setting says."""
    desk = VirtualDesk()
    changes = [
        Change(kind="member", action=Action.CREATE, uid=f"{i}", key=f"{i}", remote=None,
               token=f"{i}", fields={"name": "n"})
        for i in range(40)
    ]  # fmt: skip
    desk.work(lambda t: t.apply(changes), rate=10)
    assert desk.seconds >= 3.9


def test_neither_secrets_nor_people_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Also not at level DEBUG, and not what stands in the address."""
    caplog.set_level(logging.DEBUG)
    desk = VirtualDesk()
    desk.receiver.troubles.append(Reply(b"", status=500))
    desk.done("member", "create", fields={"name": "欧阳", "email": "o@example.com"})
    for word in ("欧阳", "o@example.com", SECRET, "hidden"):
        assert word not in caplog.text


def test_a_check_is_a_ping() -> None:
    """It is signed like everything else, and the receiver has nothing to do."""
    desk = VirtualDesk()
    (finding,) = desk.work(lambda t: t.check())
    assert (finding.level, finding.text) == ("ok", "127.0.0.1 accepts our signature.")
    assert json.loads(desk.receiver.requests[0].body)["type"] == "ping"
    (finding,) = desk.work(lambda t: t.check(), secret="whsec_" + "A" * 32)
    assert finding.level == "error" and "secret on both sides" in finding.fix


def test_a_check_tells_what_is_open_and_what_is_down() -> None:
    """Plain http to another machine is a warning; a receiver that fails is an error."""
    desk = VirtualDesk()
    open_one, ok = desk.work(lambda t: t.check(), url="http://oa.example.com/h")
    assert (open_one.level, open_one.subject, ok.level) == ("warning", "address", "ok")
    desk.receiver.troubles.extend([Reply(b"", status=500)] * 2)
    (down,) = desk.work(lambda t: t.check())
    assert (down.level, "HTTP 500" in down.text) == ("error", True)
    desk.receiver.troubles.append(Reply(b"", status=400))
    (puzzled,) = desk.work(lambda t: t.check())
    assert (puzzled.level, "ping" in puzzled.fix) == ("warning", True)


def test_nothing_is_read_back() -> None:
    """The capability says so, and the inventory misses nobody."""
    desk = VirtualDesk()
    inventory = desk.work(lambda t: t.read({"member": ["li"]}, lambda *_: None))
    assert inventory.present == {} and inventory.complete == frozenset()
    assert desk.receiver.requests == []


def test_the_capabilities_follow_the_settings() -> None:
    """As many calls at one time as the receiver is said to bear."""

    async def work(target: Any) -> Any:
        fitted = target.fit("member", {"name": "李", "anything": ["x"]})
        return target.capabilities, fitted

    capabilities, fitted = VirtualDesk().work(work, concurrency=3)
    assert capabilities.concurrency == 3 and not capabilities.reads and capabilities.open_fields
    assert fitted.fields == {"name": "李", "anything": ["x"]} and fitted.problems == ()


def test_members_are_shown_as_records() -> None:
    """What the contract suite compares with."""
    desk = VirtualDesk()
    desk.done("member", "create", key="li", fields={"name": "李", "email": "li@example.com"})
    (shown,) = desk.receiver.roster().members
    assert isinstance(shown, MemberRecord) and shown.email == "li@example.com"
