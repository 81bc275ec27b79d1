"""Reconcile: what a target was found to hold against what we know, and what of it is ours. Pure.

An account that exists is recognised by our own id, or by two of the configured keys that agree
(mail and name, say). One key alone is a candidate, and waits for a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from domain.delivery.capabilities import TargetCapabilities
from domain.delivery.desired import Desired, Wanted, in_order
from domain.delivery.names import Names
from domain.delivery.operation import NONE, Inventory, Present, Relations
from domain.delivery.state import CANDIDATE, Placed, TargetState
from domain.events import ChangeApplied, ChangeParked, DriftDetected, Fact

_LABELS = frozenset({"name", "displayName", "cn"})
"""Keys that many share."""


class Adoption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[systems.x.adopt]``: the fields by which people are recognised, and how many must agree.

    Empty ``keys``: those of the target. ``agree = 1`` takes every single match over unseen.
    """

    keys: tuple[str, ...] = ()
    agree: int = 2


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that bring the sync state to what was found, and what else the reading showed."""

    drift: list[DriftDetected]
    adopted: list[ChangeApplied]
    waiting: list[ChangeParked]
    foreign: dict[str, int]
    """Per kind how much is there that is not ours; it is never touched."""
    names: Names

    @property
    def facts(self) -> list[Fact]:
        """What belongs into the log, in order."""
        return [*self.drift, *self.adopted, *self.waiting]


def reconcile(
    desired: Desired,
    state: TargetState,
    capabilities: TargetCapabilities,
    inventory: Inventory,
    adoption: Adoption,
    approved: Container[str] = frozenset(),
    doubtful: Container[str] = frozenset(),
) -> Reconciled:
    """Compare; ``approved`` are uids whose single candidate a person has confirmed.

    ``doubtful`` are uids of what may be there though nothing says so. Where nobody wants it any
    more and our own id is on it, it is taken over all the same: to be taken away.
    """
    made = _Reconciler(desired, state, capabilities, inventory, adoption, approved, doubtful)
    return made.run()


class _Reconciler:
    def __init__(
        self,
        desired: Desired,
        state: TargetState,
        capabilities: TargetCapabilities,
        inventory: Inventory,
        adoption: Adoption,
        approved: Container[str],
        doubtful: Container[str],
    ) -> None:
        self.desired, self.state, self.can = desired, state, capabilities
        self.inventory, self.adoption, self.approved = inventory, adoption, approved
        self.doubtful = doubtful
        self.found = Reconciled(drift=[], adopted=[], waiting=[], foreign={}, names=Names())
        self._living = state.living()
        self._vanished: set[str] = set()
        """Uids of what we know, and is not there any more under its id."""
        self._uids = {kind: state.remotes(kind) for kind in capabilities.fields}
        """Per kind the target's id to ours, growing with what is adopted."""
        self._remotes = {uid: remote for remote, uid in self._uids.get("department", {}).items()}
        """Our departments to the target's, growing alike."""

    def run(self) -> Reconciled:
        kinds = [k for k in self.can.fields if k in self.inventory.present]
        new: list[tuple[str, Wanted, Present]] = []
        for kind in sorted(kinds, key=("department", "role_group", "member", "role").index):
            self._missing(kind)
            new += self._matches(kind)
            new += self._left_behind(kind)
        for kind, wanted, present in new:
            self._adopt(kind, wanted, present)
        adopted = {(kind, present.remote) for kind, _, present in new}
        for kind in kinds:
            for present in self.inventory.present[kind]:
                uid = self._uids[kind].get(present.remote)
                if uid is None:
                    self.found.foreign[kind] = self.found.foreign.get(kind, 0) + 1
                    self._note_names(kind, present)
                elif (kind, present.remote) not in adopted:
                    self._compare(kind, uid, present)
        return self.found

    def _note_names(self, kind: str, present: Present) -> None:
        for field in self.can.fields[kind]:
            if field.numbered:
                self.found.names.take(kind, field.name, present.fields.get(field.name))

    # What we know of

    def _missing(self, kind: str) -> None:
        if kind not in self.inventory.complete:
            return
        there = {present.remote for present in self.inventory.present[kind]}
        for uid, placed in self.state.of(kind).items():
            if not placed.gone and placed.remote not in there:
                self._uids[kind].pop(placed.remote, None)
                self._vanished.add(uid)
                self._gone(kind, uid)

    def _gone(self, kind: str, uid: str) -> None:
        self.found.drift.append(
            DriftDetected(uid=uid, target=self.state.target, kind=kind, missing=True)
        )

    def _compare(self, kind: str, uid: str, present: Present) -> None:
        placed = self._living[kind][uid]
        fields = {
            name: present.fields.get(name)
            for name, value in placed.fields.items()
            if self._shown(kind, name, present)
            and present.fields.get(name) != value
            and not placed.stands(name, present.fields.get(name))
        }
        relations = self._translated(kind, present.relations)
        differing = {
            name: value
            for name, value in relations.items()
            if name in placed.relations.given()
            and placed.relations.given()[name] != value
            and not placed.stands(name, value)
        }
        gained, lost = self._list_difference(placed, present)
        if fields or differing or gained or lost:
            self.found.drift.append(
                DriftDetected(
                    uid=uid,
                    target=self.state.target,
                    kind=kind,
                    fields=fields,
                    relations=differing,
                    gained=gained,
                    lost=lost,
                )
            )

    def _shown(self, kind: str, field: str, present: Present) -> bool:
        """Whether the reading tells a field; one that only the configuration names is open."""
        return field in present.fields or self.can.field(kind, field) is None

    def _list_difference(
        self, placed: Placed, present: Present
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if present.members is None:
            return (), ()
        people = self._uids["member"]
        there = {people[remote] for remote in present.members if remote in people}
        return tuple(sorted(there - placed.members)), tuple(sorted(placed.members - there))

    def _translated(self, kind: str, relations: Relations) -> dict[str, Any]:
        """Relations in uids; what is not ours is passed over."""
        departments = self._uids.get("department", {})
        people = self._uids.get("member", {})
        found: dict[str, Any] = {}
        for name, value in relations.given().items():
            if name == "parent":
                found[name] = None if value is None else departments.get(value)
            elif name == "departments":
                ours = [departments[remote] for remote in value if remote in departments]
                found[name] = in_order(ours, first=self.can.main_department)
            elif name == "leaders":
                ours = [people[remote] for remote in value if remote in people]
                found[name] = in_order(ours, first=self.can.primary_leader)
            elif name == "manager":
                found[name] = None if value is None else people.get(value)
            elif name == "group":
                found[name] = None if value is None else self._uids["role_group"].get(value)
            else:
                found[name] = value
        return found

    # What exists and may be ours

    def _matches(self, kind: str) -> list[tuple[str, Wanted, Present]]:
        known = self._uids[kind]
        free = [p for p in self.inventory.present[kind] if p.remote not in known]
        linked = set(known.values())
        missing = [w for w in self.desired.of(kind).values() if w.uid not in linked]
        if not (free and missing):
            return []
        by_key = self._by_key(free, missing)
        renamed = self._renamed(kind, free, missing)
        matched: list[tuple[str, Wanted, Present]] = []
        index = _Index(self._keys(kind), free, self._uids[kind])
        unsure: list[Wanted] = []
        for wanted in missing:
            certain = by_key.get(wanted.key) or renamed.get(wanted.uid)
            if certain is None and kind == "department":
                certain = self._same_place(wanted, index)
            elif certain is None:
                certain = self._agreed(kind, wanted, index)
            if certain is None or certain.remote in self._uids[kind]:
                unsure.append(wanted)
            else:
                self._uids[kind][certain.remote] = wanted.uid
                if kind == "department":
                    self._remotes[wanted.uid] = certain.remote
                matched.append((kind, wanted, certain))
        if kind != "department" and not self.desired.source:
            for wanted in unsure:  # only what nobody else has a better claim to
                self._ask(kind, wanted, index.candidates(wanted.fields))
        return matched

    def _left_behind(self, kind: str) -> Iterator[tuple[str, Wanted, Present]]:
        """What is doubtful and nobody wants: there under our own id, or known not to be there."""
        ids, known = self.desired.ids.get(kind, {}), self._uids[kind]
        linked, wanted = set(known.values()), self.desired.of(kind)
        left = [
            Wanted(uid=uid, key=key, name="", fields={}, relations=NONE)
            for uid, key in ids.items()
            if uid in self.doubtful and uid not in wanted and uid not in linked
        ]
        if not left or self.desired.source:
            return
        free = [p for p in self.inventory.present[kind] if p.remote not in known]
        by_key = self._by_key(free, left)
        for one in left:
            present = by_key.get(one.key)
            if present is not None:
                known[present.remote] = one.uid
                yield kind, one, present
            elif kind in self.inventory.complete:
                placed = self.state.of(kind).get(one.uid)
                if placed is not None and placed.stuck:
                    self._gone(kind, one.uid)

    def _by_key(self, free: list[Present], missing: list[Wanted]) -> dict[str, Present]:
        """What carries the id of something wanted, by that id."""
        exact = {p.key: p for p in free if p.key is not None}
        if not self.can.caseless_keys:
            return exact
        keys = {wanted.key for wanted in missing}
        folded = {key.casefold(): p for key, p in exact.items() if key not in keys}
        return {key: p for key in keys if (p := exact.get(key) or folded.get(key.casefold()))}

    def _renamed(self, kind: str, free: list[Present], missing: list[Wanted]) -> dict[str, Present]:
        """What vanished and carries the id that it should have had, by uid.

        A run before was cut off right after giving it that id, or somebody did so by hand.
        """
        field, vanished = self.can.remote(kind), [w for w in missing if w.uid in self._vanished]
        if not (field and vanished):
            return {}
        there = {self.can.told_apart(present.remote): present for present in free}
        wanted = {w.uid: self.can.told_apart(w.fields.get(field) or "") for w in vanished}
        return {uid: there[remote] for uid, remote in wanted.items() if remote in there}

    def _keys(self, kind: str) -> tuple[str, ...]:
        if kind == "member" and self.adoption.keys:
            return self.adoption.keys
        return self.can.adopt.get(kind, ())

    def _same_place(self, wanted: Wanted, index: _Index) -> Present | None:
        """The department of the same name below the same parent."""
        parent = wanted.relations.parent
        if parent is UNSET:
            return next((present for present, _ in index.candidates(wanted.fields)), None)
        if parent is None:
            return index.below(wanted.fields, None)
        above = self._remotes.get(parent)
        return None if above is None else index.below(wanted.fields, above)

    def _agreed(self, kind: str, wanted: Wanted, index: _Index) -> Present | None:
        candidates = index.candidates(wanted.fields)
        needed = self.adoption.agree if kind == "member" else 1
        sure = [present for present, keys in candidates if len(keys) >= needed]
        if len(sure) == 1:
            return sure[0]
        if wanted.uid in self.approved and len(candidates) == 1:
            return candidates[0][0]
        return None

    def _ask(self, kind: str, wanted: Wanted, candidates: list[tuple[Present, list[str]]]) -> None:
        """Let a person say whether it is theirs; a name alone is not worth a question."""
        named = sorted({key for _, keys in candidates for key in keys})
        if any(key not in _LABELS for key in named):
            self.found.waiting.append(self._candidate(kind, wanted, len(candidates), named))

    def _candidate(self, kind: str, wanted: Wanted, count: int, keys: list[str]) -> ChangeParked:
        agree = " and ".join(keys)
        many = "an account" if count == 1 else f"{count} accounts"
        fix = (
            "If it is the same person, approve it; otherwise change one of the two."
            if count == 1
            else "Only one of them can be right: mend the others at the target."
        )
        return ChangeParked(
            uid=wanted.uid,
            target=self.state.target,
            kind=kind,
            action="create",
            digest=f"candidate-{count}-{agree}",
            code=CANDIDATE,
            why=f"{many} with the same {agree} exists there already",
            fix=fix,
            at=self.desired.position,
        )

    def _adopt(self, kind: str, wanted: Wanted, present: Present) -> None:
        ours = self._uids.get("member", {})
        members = sorted(ours[remote] for remote in present.members or () if remote in ours)
        known = {name: present.fields[name] for name in wanted.fields if name in present.fields}
        self.found.adopted.append(
            ChangeApplied(
                uid=wanted.uid,
                target=self.state.target,
                kind=kind,
                action="adopt",
                remote=present.remote,
                fields=known,
                relations=self._translated(kind, present.relations),
                members=tuple(members),
                at=self.desired.position,
            )
        )


class _Index:
    """What is free at the target, by the values of the keys."""

    def __init__(self, keys: tuple[str, ...], free: list[Present], taken: Container[str]) -> None:
        self._keys, self._taken = keys, taken
        self._by: dict[tuple[str, str], list[Present]] = defaultdict(list)
        self._below: dict[tuple[str, str, str | UnsetType | None], Present] = {}
        for present in free:
            for key in keys:
                value = present.fields.get(key)
                if value:
                    self._by[key, _plain(value)].append(present)
                    place = (key, _plain(value), present.relations.parent)
                    self._below.setdefault(place, present)

    def below(self, fields: Mapping[str, Any], parent: str | None) -> Present | None:
        """What has a key in common with ``fields`` and lies in ``parent``; None: at the top.

        A target without a tree tells of no parent, and all of it counts as there.
        """
        for key in self._keys:
            value = _plain(fields.get(key) or "")
            for place in (parent, UNSET):
                found = self._below.get((key, value, place))
                if found is not None and found.remote not in self._taken:
                    return found
        return None

    def candidates(self, fields: Mapping[str, Any]) -> list[tuple[Present, list[str]]]:
        """What has a key in common with ``fields`` and is free still, and which keys."""
        count: Counter[str] = Counter()
        agreeing: dict[str, list[str]] = defaultdict(list)
        by_remote: dict[str, Present] = {}
        for key in self._keys:
            value = fields.get(key)
            for present in self._by.get((key, _plain(value)), ()) if value else ():
                if present.remote in self._taken:
                    continue
                count[present.remote] += 1
                agreeing[present.remote].append(key)
                by_remote[present.remote] = present
        return [(by_remote[remote], agreeing[remote]) for remote, _ in count.most_common()]


def _plain(value: object) -> str:
    return str(value).strip().casefold()
