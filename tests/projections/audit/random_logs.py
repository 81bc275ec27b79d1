"""Random logs that keep what the domain promises: nothing is told of what was never created."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain import events as e
from domain.delivery.operation import Action
from domain.directory import Directory
from domain.events import Fact, Origin
from domain.evolve import evolve

DEPARTMENTS, MEMBERS = ("d-1", "d-2", "d-3"), ("m-1", "m-2", "m-3")
ROLES, GROUPS = ("r-1", "r-2"), ("g-1",)
SYSTEMS, RECORDS = ("hr", "ad"), ("1", "2", "3")
TARGETS = ("ldap", "feishu")
KINDS = {"department": DEPARTMENTS, "member": MEMBERS, "role": ROLES, "role_group": GROUPS}

names = st.sampled_from(["A", "B", "研发"])
texts = st.none() | names
details = st.dictionaries(st.sampled_from(["x", "y"]), st.none() | st.integers(0, 1), max_size=2)
full_details = st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 1), max_size=2)
some_departments = st.lists(st.sampled_from(DEPARTMENTS), unique=True).map(tuple)
some_members = st.lists(st.sampled_from(MEMBERS), unique=True).map(tuple)
origins = st.none() | st.builds(
    Origin, system=st.sampled_from(SYSTEMS), id=st.sampled_from(RECORDS)
)


def _belonging(draw: Any) -> dict[str, Any]:
    departments = draw(some_departments)
    main = draw(st.sampled_from((None, *departments)))
    return {"departments": departments, "main_department": main}


def _department(draw: Any, uid: str) -> Fact:
    return draw(
        st.one_of(
            st.builds(e.DepartmentRenamed, uid=st.just(uid), name=names),
            st.builds(e.DepartmentMoved, uid=st.just(uid), parent=st.sampled_from(DEPARTMENTS)),
            st.builds(e.DepartmentReordered, uid=st.just(uid), order=st.none() | st.just(2**62)),
            st.builds(e.DepartmentLeadersChanged, uid=st.just(uid), leaders=some_members),
            st.builds(e.DepartmentDetailsChanged, uid=st.just(uid), details=details),
            st.builds(e.DepartmentMerged, uid=st.just(uid), into=st.sampled_from(DEPARTMENTS)),
            st.just(e.DepartmentDeleted(uid=uid)),
            st.builds(e.DepartmentRestored, uid=st.just(uid), parent=st.none()),
        )
    )


def _member(draw: Any, uid: str) -> Fact:
    belonging = _belonging(draw)
    return draw(
        st.one_of(
            st.builds(e.MemberRenamed, uid=st.just(uid), name=names),
            st.builds(e.MemberContactChanged, uid=st.just(uid), email=texts),
            st.builds(e.MemberContactChanged, uid=st.just(uid), mobile=texts),
            st.builds(e.MemberProfileChanged, uid=st.just(uid), title=texts, details=details),
            st.builds(e.MemberProfileChanged, uid=st.just(uid), avatar=texts, job_number=texts),
            st.just(e.MemberTransferred(uid=uid, **belonging)),
            st.builds(e.MemberManagerChanged, uid=st.just(uid), manager=st.sampled_from(MEMBERS)),
            st.just(e.MemberDeactivated(uid=uid)),
            st.just(e.MemberReactivated(uid=uid)),
            st.just(e.MemberResigned(uid=uid)),
            st.just(e.MemberRehired(uid=uid, **belonging)),
        )
    )


def _role(draw: Any, uid: str) -> Fact:
    return draw(
        st.one_of(
            st.builds(e.RoleRenamed, uid=st.just(uid), name=names),
            st.builds(e.RoleRegrouped, uid=st.just(uid), group=st.sampled_from((None, *GROUPS))),
            st.just(e.RoleDeleted(uid=uid)),
            st.builds(e.RoleGranted, uid=st.just(uid), member=st.sampled_from(MEMBERS)),
            st.builds(e.RoleRevoked, uid=st.just(uid), member=st.sampled_from(MEMBERS)),
            _role_created(uid),
        )
    )


def _role_created(uid: str) -> st.SearchStrategy[Fact]:
    groups = st.sampled_from((None, *GROUPS))
    return st.builds(
        e.RoleCreated, uid=st.just(uid), name=names, group=groups, details=full_details,
        origin=origins,
    )  # fmt: skip


def _role_group(draw: Any, uid: str) -> Fact:
    return draw(
        st.one_of(
            st.builds(e.RoleGroupRenamed, uid=st.just(uid), name=names),
            st.just(e.RoleGroupDeleted(uid=uid)),
        )
    )


def _created(draw: Any, kind: str, uid: str) -> Fact:
    origin = draw(origins)
    match kind:
        case "department":
            return e.DepartmentCreated(
                uid=uid, name=draw(names), details=draw(full_details), origin=origin
            )
        case "member":
            return e.MemberCreated(
                uid=uid,
                name=draw(names),
                email=draw(texts),
                active=draw(st.booleans()),
                details=draw(full_details),
                origin=origin,
                **_belonging(draw),
            )
        case "role":
            return draw(_role_created(uid))
        case _:
            return e.RoleGroupCreated(uid=uid, name=draw(names), origin=origin)


def _organization(draw: Any, org: str) -> Fact:
    facts: list[Fact] = [
        e.OrganizationRenamed(uid=org, name=draw(names)),
        e.OrganizationLeaderChanged(uid=org, leaders=draw(some_members)),
        e.SourceScopeChanged(uid=org, system="hr", roots=("1",)),
        e.RunStarted(uid="run-1", system="hr"),
        e.RunFinished(uid="run-1", appended=1),
        e.RunStarted(uid="run-2", system="ldap", mode="deliver"),
        e.RunFinished(uid="run-2", acknowledged=1, refused=("x", "y", "z"), stuck=1, at=3),
    ]
    return draw(st.sampled_from(facts))


def _delivery(draw: Any) -> Fact:
    """Anything that may be said of a target, also of what it does not have, or nobody knows."""
    kind = draw(st.sampled_from(("member", "member", "role")))
    place: dict[str, Any] = {
        "uid": draw(st.sampled_from(KINDS[kind])),
        "target": draw(st.sampled_from(TARGETS)),
        "kind": kind,
    }
    members = draw(some_members)
    what = draw(st.sampled_from(("applied", "applied", "failed", "failed", "drift")))
    if what == "drift":
        return e.DriftDetected(
            **place, missing=draw(st.booleans()), fields={"mail": "x"}, gained=members
        )
    action = draw(st.sampled_from(Action))
    if what == "failed":
        cls = draw(st.sampled_from((e.ChangeRefused, e.ChangeDeferred, e.ChangeParked)))
        return cls(
            **place, action=action, digest=draw(names), why=draw(names), members=members,
            code=draw(st.sampled_from(("", "taken"))), fix=draw(st.sampled_from(("", "wait"))),
            at=1,
        )  # fmt: skip
    made = action in (Action.CREATE, Action.ADOPT)
    return e.ChangeApplied(
        **place, action=action, remote=draw(names if made else texts), fields={"mail": "y"},
        relations={"active": True}, members=members, leaver=draw(st.booleans()), at=1,
        warning=draw(st.sampled_from(("", "cut"))),
    )  # fmt: skip


def _link(draw: Any, org: str, directory: Directory) -> Fact:
    """A record linked to something known, or one that may be linked unlinked."""
    linked = [
        (*key.rsplit("/", 1), record_id)
        for key, links in directory.links.items()
        for record_id in links.uids
    ]
    anything = (draw(st.sampled_from(SYSTEMS)), "member", draw(st.sampled_from(RECORDS)))
    system, kind, record_id = draw(st.sampled_from([anything, *linked]))
    present = sorted(getattr(directory, f"{kind}s"))
    if present and draw(st.booleans()):
        return e.RecordLinked(
            uid=org, system=system, kind=kind, id=record_id, entity=draw(st.sampled_from(present))
        )
    return e.RecordUnlinked(uid=org, system=system, kind=kind, id=record_id)


_ABOUT = ("member", "member", "link", "link", "organization", "delivery", "delivery", *KINDS)
_FACTS = {"department": _department, "member": _member, "role": _role, "role_group": _role_group}


@st.composite
def facts(draw: Any, org: str) -> list[Fact]:
    """The whole log of one organization, registered first."""
    directory = Directory(org=org)
    source = draw(st.sampled_from(("hr", None)))
    told: list[Fact] = [e.OrganizationRegistered(uid=org, name="A", source=source)]
    evolve(directory, told[0])
    for _ in range(draw(st.integers(5, 40))):
        kind = draw(st.sampled_from(_ABOUT))
        if kind == "delivery":
            fact = _delivery(draw)
        elif kind == "organization":
            fact = _organization(draw, org)
        elif kind == "link":
            fact = _link(draw, org, directory)
        else:
            uid = draw(st.sampled_from(KINDS[kind]))
            known = uid in getattr(directory, f"{kind}s")
            fact = _FACTS[kind](draw, uid) if known else _created(draw, kind, uid)
        told.append(fact)
        evolve(directory, fact)
    return told
