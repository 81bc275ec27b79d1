"""Leaving and coming back at Feishu: suspended, moved out of the way, deleted, brought back."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Action, Change, Relations
from domain.errors import ExistsFault, TerminalFault, TransientFault
from tests.adapters.feishu.target_desk import VirtualDesk
from tests.adapters.feishu.target_people import ORG, create
from tests.adapters.http.retold import Retold


def test_a_leaver_is_suspended_and_moved_to_the_root_in_one_request() -> None:
    """So the department can be deleted; what is not ours stays; coming back undoes both."""
    desk = VirtualDesk(ORG)
    leave = Relations(active=False, departments=())
    desk.done("member", "deactivate", remote="ann", relations=leave,
              had=Relations(active=True, departments=("rd",)))  # fmt: skip
    assert desk.places("ann") == ["0"] and desk.user("ann").frozen
    assert desk.calls("users/patch") == 1
    desk.done("member", "deactivate", remote="bob", relations=leave,
              had=Relations(active=True, departments=("rd",)))  # fmt: skip
    assert desk.places("bob") == ["hand"]
    desk.done("department", "delete", remote="rd")
    back = Relations(active=True, departments=("ops",))
    desk.done("member", "reactivate", remote="ann", relations=back, fields={"job_title": "主任"})
    assert desk.places("ann") == ["ops"] and not desk.user("ann").frozen
    found = desk.present("member", "ann")
    assert (found.fields["job_title"], found.relations.active) == ("主任", True)
    assert desk.calls("users/patch") == 3


def test_somebody_may_come_as_suspended() -> None:
    """Created and suspended; the second try finishes what the first left undone."""
    desk = VirtualDesk(ORG)
    closed = Relations(departments=("rd",), active=False)
    desk.fault("users/patch:http_500:times=4")
    fault = create(desk, relations=closed)
    assert isinstance(fault, TransientFault) and not desk.user("dai").frozen
    assert create(desk, relations=closed, again=True).remote == "dai"
    assert desk.user("dai").frozen and desk.calls("users/create") == 1
    create(desk, relations=closed, again=True)
    assert desk.present("member", "dai").relations.active is False


def test_a_bad_id_of_somebody_who_is_asked_for_or_deleted_means_gone() -> None:
    """users/get and users/delete list 41012 beside the gateway's codes; in a body it may be any."""
    desk = VirtualDesk(ORG)
    app: Any = Retold(desk.app, lambda body: body.replace(b"99992360", b"41012"))
    desk.app = app
    assert desk.done("member", "delete", remote="zz") == "zz"
    fault = desk.apply("member", "update", remote="zz", fields={"city": "x"})
    assert type(fault) is TerminalFault and fault.code == "41012"
    assert isinstance(create(desk, again=True), Acknowledged)


def test_deletion_gives_everything_to_the_acceptor() -> None:
    """Without one, Feishu gives it to the direct leader; a wrong one is a sentence."""
    desk = VirtualDesk(ORG)
    fault = desk.work(_deleted("bob"), acceptor="zz")
    assert isinstance(fault, TerminalFault) and fault.code == "41052"
    assert "Set acceptor" in fault.fix
    assert isinstance(desk.work(_deleted("bob"), acceptor="ann"), Acknowledged)
    assert isinstance(desk.work(_deleted("ann"), acceptor="ann"), Acknowledged)
    for user_id in ("bob", "zz"):
        desk.done("member", "delete", remote=user_id)
    assert {p.remote for p in desk.read().present["member"]} == {"cai"}


def _deleted(user_id: str) -> Any:
    async def work(target: Any) -> Any:
        change = Change(kind="member", action=Action.DELETE, uid="x", key=user_id, remote=user_id)
        return (await target.apply([change]))[0]

    return work


def test_somebody_who_was_deleted_is_brought_back() -> None:
    """Within 30 days: the same account, opened again, with the values and departments of today."""
    desk = VirtualDesk(ORG)
    before = desk.user("bob").key
    desk.done("member", "deactivate", remote="bob", relations=Relations(active=False))
    desk.done("member", "delete", remote="bob")
    back = create(
        desk,
        key="bob",
        former="bob",
        fields={"name": "博博", "mobile": "13800000002"},
        relations=Relations(departments=("ops", "rd"), active=True),
    )
    assert back == Acknowledged(remote="bob")
    assert (desk.user("bob").key, desk.user("bob").name) == (before, "博博")
    assert desk.places("bob") == ["ops", "rd"] and not desk.user("bob").frozen


@pytest.mark.parametrize("why", ["edition", "too late", "never there"])
def test_who_cannot_be_brought_back_is_created_anew(why: str) -> None:
    """44028, 44029, or an id that nobody ever had."""
    desk = VirtualDesk(ORG, resurrection=why != "edition")
    before = desk.user("bob").key
    desk.done("member", "delete", remote="bob")
    if why == "too late":
        desk.user("bob").resigned = -40 * 86_400.0
    former = "zz" if why == "never there" else "bob"
    assert create(desk, key="bob", former=former).remote == "bob"
    assert desk.user("bob").key != before
    assert desk.places("bob") == ["rd"]


def test_a_lost_answer_of_bringing_back_is_no_obstacle() -> None:
    """The second try finds the account there and completes it; without ``again`` it is taken."""
    desk = VirtualDesk(ORG)
    desk.done("member", "delete", remote="bob")
    desk.fault("users/resurrect:timeout_after_commit:times=1")
    same = {"key": "bob", "former": "bob", "fields": {"name": "新"}}
    assert isinstance(create(desk, **same), TransientFault)
    moved = Relations(departments=("ops", "hand"))
    assert create(desk, **same, relations=moved, again=True).remote == "bob"
    assert desk.user("bob").name == "新" and desk.calls("users/create") == 0
    assert desk.places("bob") == ["ops", "hand"]
    taken = create(desk, **same)
    assert isinstance(taken, ExistsFault) and taken.code == "41011"
