"""Decide: from what is known and what was just read to the fewest facts between them.

Pure: the directory is only read, nothing is remembered, and the same two sides give the same facts.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from domain.decide.decision import Decision
from domain.decide.departments import decide_deletions, decide_departments, decide_leaders
from domain.decide.members import decide_leavers, decide_managers, decide_members
from domain.decide.news import News
from domain.decide.roles import decide_role_deletions, decide_roles
from domain.decide.sift import Refusal, sift
from domain.directory import Directory, SourceScope
from domain.events import (
    Fact,
    OrganizationLeaderChanged,
    OrganizationRenamed,
    SourceScopeChanged,
)
from domain.observe import Observation


class Decided(msgspec.Struct, frozen=True):
    """The facts, every prefix of them a valid organization; and what was left out."""

    facts: tuple[Fact, ...]
    refused: tuple[Refusal, ...]


def decide(directory: Directory, observation: Observation) -> Decided:
    """The facts that bring ``directory`` to what ``observation`` shows; none when nothing changed.

    Order: the organization, departments from the top down, members, their managers and leaders,
    roles and grants; then leavers; then departments from the bottom up.
    """
    known = directory.links.get(f"{observation.system}/department")

    def parent_known(record_id: str) -> bool:
        uid = known.uids.get(record_id) if known is not None else None
        return uid is not None and directory.departments[uid].present

    d = Decision(
        directory,
        observation.system,
        observation.coverage,
        sift(observation, parent_known),
        observation.renamed,
    )
    _decide_organization(d, observation)
    decide_departments(d)
    decide_members(d)
    decide_managers(d)
    decide_leaders(d)
    _decide_organization_leaders(d, observation)
    decide_roles(d)
    decide_leavers(d)
    decide_role_deletions(d)
    decide_deletions(d)
    return Decided(facts=tuple(d.facts), refused=tuple(d.refused))


def _decide_organization(d: Decision, observation: Observation) -> None:
    name, org = observation.organization, d.directory.org
    if name is not UNSET and name and name != d.directory.name:
        d.emit(OrganizationRenamed(uid=org, name=name))
    coverage = observation.coverage
    scope = SourceScope(roots=tuple(sorted(coverage.roots)), hidden=coverage.hidden)
    if scope != d.directory.scopes.get(d.system, SourceScope()):
        d.emit(SourceScopeChanged(uid=org, system=d.system, roots=scope.roots, hidden=scope.hidden))


def _decide_organization_leaders(d: Decision, observation: Observation) -> None:
    if observation.leaders is UNSET:
        return
    leaders = d.member_uids(observation.leaders)
    if set(leaders) != set(d.directory.leaders):
        d.emit(OrganizationLeaderChanged(uid=d.directory.org, leaders=leaders))


__all__ = ["Decided", "News", "Refusal", "decide"]
