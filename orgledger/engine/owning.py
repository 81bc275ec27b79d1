"""Who owns an organization: the system that its first fact names, and those it shares it with."""

from __future__ import annotations

from collections.abc import Sequence

from domain.directory import Directory
from domain.errors import ConfigError
from domain.events import Fact, OrganizationRegistered, OrganizationRenamed
from domain.ownership import Ownership


def must_own(
    directory: Directory,
    system: str,
    ownership: Ownership = Ownership(),  # noqa: B008 - a frozen value
) -> None:
    """Raise ConfigError where the log says that another system owns the organization.

    One that owns a part of it goes with its source.
    """
    source = ownership.source if ownership.part(system) else system
    if directory.version and directory.source != source:
        raise ConfigError(
            f"the organization {directory.org!r} belongs to the source "
            f"{directory.source or 'none (a generic one)'!r} in the log, not to {source!r}",
            fix="Give the new source an organization of its own, or name the old source.",
        )


def registered(
    directory: Directory, facts: Sequence[Fact], *, name: str, system: str
) -> tuple[Fact, ...]:
    """``facts``, before which a new organization is registered under the name that they give it.

    ``name`` is what it is called where they give none.
    """
    if directory.version:
        return tuple(facts)
    named = next((fact for fact in facts if isinstance(fact, OrganizationRenamed)), None)
    first = OrganizationRegistered(
        uid=directory.org, name=named.name if named else name, source=system
    )
    return (first, *(fact for fact in facts if fact is not named))
