"""What a reading of a system tells of what was brought there: echoes, differences, and rest."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from domain.delivery.desired import Desired, desired
from domain.delivery.mapping import mapping
from domain.delivery.operation import Fitted
from domain.delivery.plan import Leavers, plan
from domain.delivery.showing import Side, shown, without_echo
from domain.delivery.state import TargetState, fold
from domain.directory import Directory
from domain.events import ChangeApplied, DriftDetected, Fact, RecordLinked
from domain.observe import Coverage, Observation
from domain.ownership import Ownership, Writable
from domain.records import MemberRecord
from tests.delivery.memory import CAPABILITIES
from tests.delivery.people import COMPANY
from tests.domain.delivery.planning import ORG, SYSTEM, Bench
from tests.domain.given import fold as folded

OWNER = "there"
OWNERSHIP = Ownership(source=SYSTEM, owners={"contact": OWNER})


def fit(kind: str, fields: dict[str, Any]) -> Fitted:
    """The target has mail in small letters, and numbers without the country."""
    forms = {"email": str.lower, "mobile": lambda text: text.removeprefix("+86")}
    return Fitted(fields={n: forms[n](v) if v and n in forms else v for n, v in fields.items()})


def side(system: str = OWNER) -> Side:
    writable = Writable(ownership=OWNERSHIP, system=system)
    return Side(
        capabilities=CAPABILITIES, mapping=mapping(CAPABILITIES, {}), fit=fit, writable=writable
    )


def wanted(directory: Directory, system: str = OWNER) -> Desired:
    one = side(system)
    return desired(directory, CAPABILITIES, one.mapping, fit, writable=one.writable)


def brought() -> tuple[Bench, dict[str, str]]:
    """The company at the target, in its form; and its ids of people, by ours in the source."""
    bench = Bench().tell(COMPANY)
    found = wanted(bench.directory)
    uids = bench.directory.linked(SYSTEM, "member").uids
    remotes = {key: f"x-{key}" for key in uids}
    for kind in ("department", "member"):
        for uid, one in found.of(kind).items():
            remote = remotes.get(one.key, f"x-{one.key}")
            bench.fact(
                ChangeApplied(
                    uid=uid,
                    target=OWNER,
                    kind=kind,
                    action="create",
                    remote=remote,
                    fields=one.fields,
                    relations=one.relations.given(),
                )
            )
    return bench, remotes


def seen(*members: MemberRecord, **coverage: Any) -> Observation:
    return Observation(system=OWNER, coverage=Coverage(changes=True, **coverage), members=members)


def record(bench: Bench, key: str, **changes: Any) -> MemberRecord:
    """Somebody as the target shows them."""
    uid = bench.directory.linked(SYSTEM, "member").uids[key]
    placed = bench.state.of("member")[uid]
    places = {u: p.remote for u, p in bench.state.of("department").items()}
    people = {u: p.remote for u, p in bench.state.of("member").items()}
    ties = placed.relations.given()
    told = MemberRecord(
        id=placed.remote,
        name=placed.fields["name"],
        departments=tuple(places[d] for d in ties["departments"]),
        main_department=places[ties["departments"][0]],
        email=placed.fields["email"],
        mobile=placed.fields["mobile"],
        title=placed.fields["title"],
        manager=people.get(ties["manager"]),
    )
    return replace(told, **changes)


def differences(bench: Bench, *members: MemberRecord, moved: set[str] | None = None) -> list[Fact]:
    found = wanted(bench.directory)
    return list(shown(seen(*members), side(), found, bench.state, {}, moved or set()))


def test_what_was_brought_is_no_difference() -> None:
    """Whatever form it has there, it is what we acknowledged."""
    bench, _ = brought()
    assert differences(bench, *(record(bench, f"u{n}") for n in range(1, 9))) == []


def test_an_echo_in_another_form_is_left_out() -> None:
    """A number with its country, mail in capitals: the system cannot tell them apart."""
    bench, _ = brought()
    told = record(bench, "u3", email="U3@FEIFAN.example", mobile="+8613800000003")
    uids = {kind: bench.state.remotes(kind) for kind in ("department", "member")}
    [left] = without_echo(seen(told), side(), wanted(bench.directory), uids).members
    assert (left.email, left.mobile) == (MemberRecord(id="x", name="x", departments=()).email,) * 2
    told = replace(told, email="other@feifan.example")
    [left] = without_echo(seen(told), side(), wanted(bench.directory), uids).members
    assert left.email == "other@feifan.example"


def test_only_what_the_system_does_not_own_is_a_difference() -> None:
    """Its own mail address may change; a name and a department may not."""
    bench, _ = brought()
    uid = bench.directory.linked(SYSTEM, "member").uids["u3"]
    [drift] = differences(bench, record(bench, "u3", email="own@x.example", name="Other"))
    assert drift == DriftDetected(uid=uid, target=OWNER, kind="member", fields={"name": "Other"})
    [drift] = differences(bench, record(bench, "u3", departments=()))
    assert isinstance(drift, DriftDetected)
    assert drift.relations == {"departments": ()}


def test_what_is_on_its_way_is_not_judged() -> None:
    """Neither a field that is still to be written, nor somebody to whom something was brought."""
    bench, _ = brought()
    uid = bench.directory.linked(SYSTEM, "member").uids["u3"]
    told = record(bench, "u3", name="Other")
    assert differences(bench, told, moved={uid}) == []
    members = tuple(replace(m, name="Newer") if m.id == "u3" else m for m in COMPANY.members)
    bench.tell(replace(COMPANY, members=members))
    assert differences(bench, told) == []


def test_who_is_said_to_be_gone_is_missing() -> None:
    """Only by the system's own word, or a whole listing."""
    bench, remotes = brought()
    uid = bench.directory.linked(SYSTEM, "member").uids["u3"]
    found = wanted(bench.directory)
    gone = seen(gone_members=frozenset({remotes["u3"]}))
    [drift] = shown(gone, side(), found, bench.state, {}, set())
    assert drift == DriftDetected(uid=uid, target=OWNER, kind="member", missing=True)
    assert shown(seen(), side(), found, bench.state, {}, set()) == []


def test_the_source_is_only_told_what_others_own() -> None:
    """Of people whom the owner has: contact, and no name, no account, no department."""
    bench, _ = brought()
    directory, state = bench.directory, TargetState(org=ORG, target=SYSTEM)
    uid = directory.linked(SYSTEM, "member").uids["u3"]
    link = RecordLinked(uid=ORG, system=OWNER, kind="member", id="x-u3", entity=uid)
    assert not wanted(directory, SYSTEM).of("member")[uid].fields
    folded(directory, [link])
    found = wanted(directory, SYSTEM)
    assert found.of("member")[uid].fields.keys() == {"email", "mobile"}
    assert found.of("member")[uid].relations.given() == {}
    assert plan(found, state, CAPABILITIES, Leavers(), now=bench.now).operations == ()

    links = {"member": directory.linked(SYSTEM, "member").uids}
    told = MemberRecord(id="u3", name="N", departments=(), email="own@x.example")
    reading = replace(seen(told), system=SYSTEM)
    [adopted] = shown(reading, side(SYSTEM), found, state, links, set())
    assert isinstance(adopted, ChangeApplied)
    assert (adopted.action, adopted.remote) == ("adopt", "u3")
    assert (adopted.fields, adopted.relations) == ({"email": "own@x.example"}, {})
    fold(state, adopted, bench.now, None)
    [update] = plan(found, state, CAPABILITIES, Leavers(), now=bench.now).operations
    assert (update.action, update.fields.keys()) == ("update", {"email", "mobile"})

    renamed = replace(reading, members=(replace(told, name="Its own", title="Its own"),))
    assert shown(renamed, side(SYSTEM), found, state, links, set()) == []
