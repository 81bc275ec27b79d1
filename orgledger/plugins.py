"""Systems that other distributions bring: entry points of the group ``orgledger.systems``.

They are looked for when a configuration is read, and loaded when it names them. What is wrong with
one is a sentence that names its distribution, and concerns nobody who does not use it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from domain.errors import ConfigError, OrgledgerError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "orgledger.systems"

T = TypeVar("T")
P = ParamSpec("P")


@functools.cache
def brought() -> dict[str, tuple[EntryPoint, ...]]:
    """All entry points of the group, by the name of the type; nothing is imported for it."""
    from importlib.metadata import entry_points

    found: dict[str, tuple[EntryPoint, ...]] = {}
    for entry in entry_points(group=GROUP):
        found[entry.name] = (*found.get(entry.name, ()), entry)
    return found


def named(name: str) -> EntryPoint | None:
    """The entry point of that name. Raises ConfigError where two distributions claim it."""
    entries = brought().get(name, ())
    if len(entries) > 1:
        claiming = " and ".join(sorted(distribution(entry) for entry in entries))
        raise ConfigError(f"{claiming} both bring a type {name!r}", fix="Uninstall one of them.")
    return entries[0] if entries else None


def load(entry: EntryPoint, kind: type[T]) -> T:
    """What the entry point names. Raises ConfigError where that is not a ``kind``."""
    try:
        found = entry.load()
    except Exception as error:
        raise _broken(entry, f"{entry.value} cannot be imported", error) from error
    if not isinstance(found, kind):
        raise _broken(entry, f"{entry.value} is no {kind.__name__}")
    return found


def guarded(entry: EntryPoint, make: Callable[P, T] | None) -> Callable[P, T] | None:
    """``make`` as it is, but that what it raises unforeseen names the distribution."""
    if make is None:
        return None

    def made(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return make(*args, **kwargs)
        except OrgledgerError:
            raise
        except Exception as error:
            raise _broken(entry, "it cannot be made", error) from error

    return made


def distribution(entry: EntryPoint) -> str:
    """Name and version of the distribution that an entry point belongs to."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"


def _broken(entry: EntryPoint, why: str, error: Exception | None = None) -> ConfigError:
    if error is not None:
        first = str(error).partition("\n")[0]
        why += f" ({type(error).__name__}: {first})"
    return ConfigError(
        f"the type {entry.name!r} of {distribution(entry)} cannot be used",
        why=why,
        fix="Update or uninstall that distribution.",
    )
