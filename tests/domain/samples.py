"""One fact of every class and version, as ``samples/`` has it recorded.

A new class, or a new version of one, gets a line here; ``record_samples.py`` then writes its file.
The lines of old versions stay: they say what a fact of then means now.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain import events as e
from domain.envelope import Envelope
from domain.events import Fact, Origin

FOLDER = Path(__file__).parent / "samples"
ANN = Origin(system="dingtalk-main", id="manager7078", keys={"unionid": "iSiPq"})

SAMPLES: dict[str, Fact] = {
    "OrganizationRegistered.v1": e.OrganizationRegistered(
        uid="feifan", name="Feifan 非凡", source="dingtalk-main"
    ),
    "OrganizationRenamed.v1": e.OrganizationRenamed(uid="feifan", name="Feifan"),
    "OrganizationLeaderChanged.v1": e.OrganizationLeaderChanged(uid="feifan", leaders=("m-1",)),
    "SourceScopeChanged.v1": e.SourceScopeChanged(
        uid="feifan", system="dingtalk-main", roots=("7", "9"), hidden={"member": ("mobile",)}
    ),
    "RecordLinked.v1": e.RecordLinked(
        uid="feifan", system="hr", kind="member", id="007", entity="m-1", keys={"badge": "b7"}
    ),
    "RecordUnlinked.v1": e.RecordUnlinked(uid="feifan", system="hr", kind="member", id="007"),
    "DepartmentCreated.v1": e.DepartmentCreated(
        uid="d-1",
        name="研发 R&D",
        parent="d-0",
        order=0,
        details={"cost_center": "C12", "floors": [3, 4]},
        origin=Origin(system="hr", id="rd"),
    ),
    "DepartmentRenamed.v1": e.DepartmentRenamed(uid="d-1", name="研发"),
    "DepartmentMoved.v1": e.DepartmentMoved(uid="d-1", parent=None),
    "DepartmentReordered.v1": e.DepartmentReordered(uid="d-1", order=None),
    "DepartmentLeadersChanged.v1": e.DepartmentLeadersChanged(uid="d-1", leaders=("m-1", "m-2")),
    "DepartmentDetailsChanged.v1": e.DepartmentDetailsChanged(
        uid="d-1", details={"cost_center": None, "site": {"city": "杭州"}}
    ),
    "DepartmentMerged.v1": e.DepartmentMerged(uid="d-1", into="d-2"),
    "DepartmentDeleted.v1": e.DepartmentDeleted(uid="d-1"),
    "DepartmentRestored.v1": e.DepartmentRestored(uid="d-1", parent="d-0"),
    "MemberCreated.v1": e.MemberCreated(
        uid="m-1",
        name="欧阳娜娜 👩‍🚀",
        departments=("d-1", "d-2"),
        main_department="d-1",
        email="nana@feifan.example",
        mobile="+86-13800138000",
        job_number="007",
        title="Engineer",
        avatar="https://feifan.example/nana.png",
        active=False,
        details={"hired": "2020-02-29"},
        origin=ANN,
    ),
    "MemberRenamed.v1": e.MemberRenamed(uid="m-1", name="O'Neil-Łukasz"),
    "MemberContactChanged.v1": e.MemberContactChanged(uid="m-1", email=None),
    "MemberProfileChanged.v1": e.MemberProfileChanged(
        uid="m-1", title="Lead", avatar=None, details={"hired": None}
    ),
    "MemberTransferred.v1": e.MemberTransferred(
        uid="m-1", departments=("d-2",), main_department="d-2"
    ),
    "MemberManagerChanged.v1": e.MemberManagerChanged(uid="m-1", manager="m-2"),
    "MemberDeactivated.v1": e.MemberDeactivated(uid="m-1"),
    "MemberReactivated.v1": e.MemberReactivated(uid="m-1"),
    "MemberResigned.v1": e.MemberResigned(uid="m-1"),
    "MemberRehired.v1": e.MemberRehired(uid="m-1", departments=("d-1",), main_department="d-1"),
    "RoleGroupCreated.v1": e.RoleGroupCreated(
        uid="g-1", name="Default", origin=Origin(system="hr", id="name:Default")
    ),
    "RoleGroupRenamed.v1": e.RoleGroupRenamed(uid="g-1", name="默认"),
    "RoleGroupDeleted.v1": e.RoleGroupDeleted(uid="g-1"),
    "RoleCreated.v1": e.RoleCreated(
        uid="r-1",
        name="Admin",
        group="g-1",
        details={"level": 1},
        origin=Origin(system="hr", id="admin"),
    ),
    "RoleRenamed.v1": e.RoleRenamed(uid="r-1", name="Root"),
    "RoleRegrouped.v1": e.RoleRegrouped(uid="r-1", group=None),
    "RoleDeleted.v1": e.RoleDeleted(uid="r-1"),
    "RoleGranted.v1": e.RoleGranted(uid="r-1", member="m-1"),
    "RoleRevoked.v1": e.RoleRevoked(uid="r-1", member="m-1"),
    "ChangeApplied.v1": e.ChangeApplied(
        uid="m-1",
        target="feishu",
        kind="member",
        action="create",
        remote="007",
        fields={"name": "欧阳娜娜", "mobile": "+8613800138000"},
        relations={"departments": ["d-1"], "active": True},
        members=("m-2",),
        leaver=True,
        at=41,
        warning="the city could not be made",
    ),
    "ChangeRefused.v1": e.ChangeRefused(
        uid="m-1",
        target="feishu",
        kind="member",
        action="update",
        digest="9f2c",
        why="the number belongs to somebody else",
        members=("m-2",),
        code="41001",
        fix="Change one of the two.",
        at=41,
    ),
    "ChangeDeferred.v1": e.ChangeDeferred(
        uid="d-1", target="ldap", kind="department", action="move", digest="77", why="busy"
    ),
    "ChangeParked.v1": e.ChangeParked(
        uid="m-1", target="scim", kind="member", action="create", digest="c1", why="a candidate"
    ),
    "DriftDetected.v1": e.DriftDetected(
        uid="r-1",
        target="casdoor",
        kind="role",
        fields={"displayName": "Boss"},
        relations={"group": None},
        gained=("m-1",),
        lost=("m-2",),
        missing=True,
    ),
    "RunStarted.v1": e.RunStarted(
        uid="run-1", system="dingtalk-main", mode="publish", key="hr-2026-11-21"
    ),
    "RunHeld.v1": e.RunHeld(
        uid="run-1",
        reason="21 of 100 members would leave (21 %)",
        read={"members": 79},
        members=("m-1", "m-2"),
        departments=("d-1",),
        digest="5f1d7a84db00d2fce00b31a7fc73224f",
    ),
    "RunApproved.v1": e.RunApproved(uid="run-1", continued_by="run-2"),
    "RunFinished.v1": e.RunFinished(
        uid="run-1",
        read={"departments": 80, "members": 1000},
        kept={"departments": 80, "members": 999},
        appended=12,
        planned=9,
        acknowledged=8,
        verified=7,
        deferred=1,
        parked=1,
        calls=96,
        refused=("member 'u9': the name is empty",),
        gaps=("members of department 7: the server failed three times",),
    ),
    "RunFinished.v1.cursor": e.RunFinished(
        uid="run-1", read={"members": 1}, kept={"members": 1}, calls=3, cursor='{"at":1795000000}'
    ),
    "RunFailed.v1": e.RunFailed(
        uid="run-1", error="CredentialFault", reason="the app secret is not accepted. Renew it."
    ),
}


def envelope_of(fact: Fact) -> Envelope[Any]:
    """The circumstances that all samples share."""
    return Envelope(
        id="0190a5f2-7c1e-7000-8000-000000000001",
        at=datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC),
        actor="user:li",
        source="dingtalk-main",
        run="run-1",
        cause=41,
        fact=fact,
        v=type(fact).class_version,
    )
