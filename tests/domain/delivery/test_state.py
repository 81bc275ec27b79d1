"""The sync state: what facts about a target fold into."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from domain.delivery.order import depths
from domain.delivery.state import Result, TargetState
from domain.delivery.ties import parent
from domain.envelope import Entry, Envelope
from domain.events import ChangeApplied, ChangeDeferred, DriftDetected
from projections.sync_state.fold import SyncState
from tests.delivery.people import COMPANY, after, leave, member
from tests.domain.delivery.planning import IN_DEPARTMENTS, NAMED, Bench


def test_every_fact_counts_one_version_of_its_entity() -> None:
    """The log numbers the facts about an entity at a target 1, 2, 3 …"""
    bench = Bench().tell(COMPANY)
    creation = next(o for o in bench.plan().operations if o.kind == "department")
    versions = []
    bench.fails(creation, Result.DEFERRED)
    versions.append(bench.state.version("department", creation.uid))
    bench.done(creation)
    versions.append(bench.state.version("department", creation.uid))
    drift = DriftDetected(uid=creation.uid, target="there", kind="department", missing=True)
    bench.fact(drift)
    versions.append(bench.state.version("department", creation.uid))
    assert versions == [1, 2, 3]
    assert bench.state.version("department", "unheard") == 0


def test_entries_that_were_applied_are_passed_over() -> None:
    """A snapshot and the log after it may overlap."""
    fact = ChangeDeferred(
        uid="d-1", target="there", kind="department", action="create", digest="a", why="no"
    )
    bench = Bench()
    envelope = Envelope(id="e", at=bench.now, actor="t", fact=fact, run="run-1")
    entry = Entry("feifan.delivery.there.department.d-1", 1, envelope, 7)
    view = SyncState(TargetState(org="feifan", target="there"))
    assert view.apply([entry]) == view.apply([entry]) == 7
    assert view.state.of("department")["d-1"].stuck["create"].tries == 1


def test_another_id_is_remembered_and_opens_no_account() -> None:
    """Whoever left and comes again under another id has left until the account is opened."""
    bench = Bench(NAMED).filled(COMPANY)
    bench.tell(after(COMPANY, leave("u7"))).run()
    bench.tell(after(COMPANY, member("u7", job_number="N7")))
    renamed, opened = bench.plan().operations[:2]
    assert (renamed.action, opened.action) == ("rename", "reactivate")
    bench.done(renamed)
    placed = bench.state.of("member")[renamed.uid]
    assert (placed.remote, placed.fields["login"]) == ("N7", "N7") and placed.left is not None


def test_tries_count_the_same_step_only() -> None:
    """What changed meanwhile is a first try again, and its time begins anew."""
    bench = Bench().filled(COMPANY)
    uid = bench.uid("member", "u4")
    begun = bench.now
    for name, tries in (("a", 1), ("a", 2), ("b", 1)):
        bench.tell(after(COMPANY, member("u4", name=name)))
        bench.fails(bench.plan().operations[0], Result.DEFERRED)
        stuck = bench.state.of("member")[uid].stuck["update"]
        assert stuck.tries == tries
        bench.wait(hours=1)
    assert stuck.since == begun + timedelta(hours=2)
    assert bench.state.stuck_since("run-1") == {uid}
    bench.run()
    assert bench.state.stuck_since("run-1") == frozenset()


def test_what_went_takes_its_ties_along() -> None:
    """A target drops a person from lists with the account: we do not remove them once more."""
    bench = Bench(IN_DEPARTMENTS).filled(COMPANY)
    gone = bench.uid("member", "u5")
    drift = DriftDetected(uid=gone, target="there", kind="member", missing=True)
    bench.fact(drift)
    living = bench.state.living()
    assert gone not in living["member"]
    assert not [p for kind in living.values() for p in kind.values() if gone in p.members]
    bench.tell(after(COMPANY, leave("u5")))
    assert bench.plan().operations == ()


def test_a_deleted_account_is_remembered_for_who_comes_back() -> None:
    """The id of before goes along with the creation, for targets that can bring it back."""
    bench = Bench().filled(COMPANY)
    remote = bench.state.of("member")[bench.uid("member", "u7")].remote
    bench.tell(after(COMPANY, leave("u7"))).run()
    bench.wait(days=31).run()
    assert bench.state.there("member", bench.uid("member", "u7")) is None
    bench.tell(COMPANY)
    creation = next(o for o in bench.plan().operations if o.action == "create")
    assert creation.remote == remote


def test_a_fact_folds_alike_from_memory_and_from_the_log() -> None:
    """Also tuples, which the log gives back as lists."""
    values = {"uid": "m-1", "target": "there", "kind": "member", "action": "create"}
    fact = ChangeApplied(
        **values, remote="1", relations={"departments": ["d-1"], "active": True}, at=3
    )
    bench = Bench()
    bench.fact(fact)
    copied = msgspec.msgpack.decode(msgspec.msgpack.encode(bench.state), type=TargetState)
    assert copied == bench.state
    assert bench.state.of("member")["m-1"].relations.departments == ("d-1",)


def test_depths_count_from_the_top_and_survive_a_loop() -> None:
    assert depths({"a": None, "b": "a", "c": "b", "x": "unknown"}) == {
        "a": 0, "b": 1, "c": 2, "x": 0
    }  # fmt: skip
    assert set(depths({"a": "b", "b": "a"})) == {"a", "b"}
    long = {str(n): str(n - 1) if n else None for n in range(5000)}
    assert depths(long)["4999"] == 4999
    assert parent(Bench().filled(COMPANY).state.of("department").popitem()[1].relations) is not None
