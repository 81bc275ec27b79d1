"""Complaints of other tools' users about callbacks, by their numbers in the list of complaints."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from domain.events import DriftDetected, MemberCreated
from orgledger.bootstrap import open_service
from tests.live.live_desk import COMPANY, LiveDesk, eventually
from tests.live.test_metrics import value

NEW = {
    "op": "create_member", "id": "u90", "name": "Zhang Wei", "departments": ["rd"],
    "title": "Architect",
}  # fmt: skip


def test_49_three_callbacks_for_one_person_are_one_person_with_everything(tmp_path: Path) -> None:
    """WeCom tells a new person up to three times a second, with other things each time.

    All are kept, none is taken for a repeat of another, and the person is read and made once.
    """
    with LiveDesk(tmp_path, "wecom", ("casdoor",)) as desk, desk.serving() as opened:
        target = desk.providers["casdoor"]
        eventually(lambda: len(target.names()) == len(COMPANY.members))
        desk.source.change(NEW)
        desk.source.change({"op": "update_member", "id": "u90", "departments": ["rd", "sales"]})
        desk.source.change({"op": "update_member", "id": "u90", "departments": ["sales"]})
        eventually(lambda: _departments(desk, "Zhang Wei") == ["Sales"])
        page = httpx.get(f"{desk.url}/metrics").text
        made = [
            e.fact
            for batch in opened.ledger.read(scope="feifan.directory")
            for e in batch
            if isinstance(e.fact, MemberCreated) and e.envelope.actor.startswith("callback")
        ]
        people = [m for m in target.holds()["members"] if m["name"] == "Zhang Wei"]
    assert len(made) == 1
    assert made[0].title == "Architect"
    stored = value(page, "orgledger_callbacks_total", system="wecom", result="stored")
    assert stored is not None and stored >= 3
    assert value(page, "orgledger_callbacks_total", system="wecom", result="duplicate") == 0
    assert [person["title"] for person in people] == ["Architect"]


def test_50_what_no_callback_told_is_found_and_said(tmp_path: Path) -> None:
    """DingTalk's list of failed callbacks lacks the user's id: nothing here depends on it.

    The next reading of everything finds who came, brings them on, and counts them as missed.
    """
    with LiveDesk(tmp_path, "dingtalk", ("casdoor",)) as desk:
        target = desk.providers["casdoor"]
        with desk.serving() as opened:
            eventually(lambda: len(target.names()) == len(COMPANY.members))
            desk.source.spoil({"api": "callback", "kind": "lost"})
            desk.source.change({**NEW, "mobile": "+8613900000090"})
            desk.source.spoil()
            desk.source.change({"op": "update_member", "id": "u4", "name": "Ann Told"})
            eventually(lambda: "Ann Told" in target.names())
            assert "Zhang Wei" not in target.names()
            ahead = timedelta(hours=7)  # beyond the next reading of everything
            opened.ledger._clock = lambda: datetime.now(UTC) + ahead
            eventually(lambda: "Zhang Wei" in target.names())
        with open_service(desk.config) as opened:
            drift = opened.ledger.read(scope="feifan.delivery.dingtalk")
            found = [e.fact for batch in drift for e in batch if isinstance(e.fact, DriftDetected)]
    assert Counter(fact.missed for fact in found) == {"MemberCreated": 1}
    assert all(ahead.seconds <= fact.delay < ahead.seconds + 120 for fact in found)


def _departments(desk: LiveDesk, name: str) -> list[str]:
    """The names of somebody's departments at Casdoor; empty while they are not there."""
    held = desk.providers["casdoor"].holds()
    places = {d["id"]: d["name"] for d in held["departments"]}
    person = next((m for m in held["members"] if m["name"] == name), None)
    return [places[d] for d in person["departments"]] if person else []
