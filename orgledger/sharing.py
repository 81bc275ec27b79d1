"""Sharing: what ``[orgs.x.owners]`` may say, as far as the file alone can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.errors import ConfigError
from domain.ownership import GROUPS, Ownership
from domain.ports import Source
from orgledger.configured import nearest
from orgledger.systems import TYPES


def mistakes(
    org: str, ownership: Ownership, systems: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """What is wrong with the owners of an organization, each with what to do about it."""
    for group, name in ownership.owners.items():
        if group not in GROUPS:
            yield f"there is no group {group!r}{nearest(group, list(GROUPS))}"
        system = systems.get(name)
        if name == ownership.source:
            continue
        if system is None:
            yield f"{group}: there is no system {name!r}{nearest(name, list(systems))}"
        elif system.get("org") != org:
            yield f"{group}: the system {name!r} belongs to another organization"
        elif (kind := str(system.get("type"))) not in TYPES:
            continue  # told of where the system itself is read
        elif TYPES[kind].source is None:
            yield f"{group}: nothing can be read from {name!r}, so it cannot own anything"
        elif TYPES[kind].target is None:
            yield (
                f"{group}: nothing can be written to {name!r}, so its records cannot be told to "
                f"be ours; make it the source and give the other groups away"
            )
        elif system.get("role") != "both":
            yield f'{group}: {name!r} is not read; say role = "both" in [systems.{name}]'


def must_tell(ownership: Ownership, system: str, source: Source) -> None:
    """Raise ConfigError when a system owns what it cannot show."""
    can = source.capabilities
    for group in sorted(ownership.part(system)):
        flag = GROUPS[group].flag
        if flag and not getattr(can, flag):
            raise ConfigError(
                f"{system!r} cannot own {group}: it does not show them",
                why=can.why.get(flag, ""),
                fix=f"Take {group} out of the organization's owners.",
            )
