"""Fault dials: which calls go wrong, in which way, and how often.

A fault is JSON (``POST /_sim/faults``) or text (``--fault``)::

    {"api": "user/list", "kind": "throttle", "times": 3, "match": {"dept_id": 5}}
    user/list:throttle:times=3:match.dept_id=5
    callback:lost:probability=0.004

What goes wrong with the calls that the provider makes itself has ``callback`` for its API; see
:mod:`adapters.simulation.disturbance`.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Literal, get_args

import msgspec

from adapters.simulation.http import Request
from domain.errors import InputError

CALLBACK = "callback"
"""The API's name of the calls that the provider makes."""

STREAM = "stream"
"""The API's name of what it tells over connections that clients hold."""

CallbackFault = Literal["lost", "duplicated", "reordered", "delayed", "forged", "replayed"]
FaultKind = Literal[
    CallbackFault,
    "throttle",
    "throttle_platform",
    "busy",
    "http_500",
    "reset",
    "truncated_json",
    "html_ban",
    "timeout_after_commit",
    "slow",
    "permission",
    "ip",
    "expire_token",
    "empty_list",
    "drop_page",
    "locked",
    "written_but_refused",
]


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One dial. ``api`` is an API's name or ``*``; ``times`` None means always.

    The first ``after`` matching calls are spared; ``match`` compares request
    parameters, or an event's fields and its name as ``event``; ``seconds`` is the wait of ``slow``,
    ``delayed`` and at most of ``reordered`` (default 1) and how long ``timeout_after_commit`` holds
    the connection before cutting it (default 0).
    """

    api: str
    kind: FaultKind
    times: int | None = None
    after: int = 0
    match: dict[str, str | int | bool] = {}
    probability: float = 1.0
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.kind in get_args(CallbackFault)) != (self.api in (CALLBACK, STREAM)):
            raise ValueError(f"{self.kind} is no fault of {self.api}")

    def concerns(self, api: str, request: Request) -> bool:
        """Say whether this call is one that the dial means."""
        return self.api in ("*", api) and (not self.match or self.matches(request.fields))

    def matches(self, fields: Mapping[str, Any]) -> bool:
        """Say whether ``fields`` have the values that are asked for."""
        return all(str(fields.get(name)) == str(value) for name, value in self.match.items())

    def strikes(self, chance: random.Random) -> bool:
        """Say whether it strikes what it concerns, and count it down if so."""
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability < 1 and chance.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class FaultDials:
    """The faults that are set, counted down as they strike."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._chance = random.Random(0)  # noqa: S311 - repeatable rehearsals, not secrets

    def set(self, faults: list[Fault]) -> None:
        """Replace all dials; an empty list clears them."""
        self._faults = [msgspec.structs.replace(fault) for fault in faults]

    def strike(self, api: str, request: Request) -> Fault | None:
        """The fault that this call suffers, if any; the first matching dial wins."""
        for fault in self._faults:
            if fault.times == 0 or not fault.concerns(api, request):
                continue
            if fault.strikes(self._chance):
                return fault
        return None

    def disturb(
        self, fields: Mapping[str, Any], chance: random.Random, api: str = CALLBACK
    ) -> Fault | None:
        """The fault that one of the provider's own calls suffers, about an event's ``fields``."""
        for fault in self._faults:
            if fault.api != api or fault.times == 0 or not fault.matches(fields):
                continue
            if fault.strikes(chance):
                return fault
        return None

    def report(self) -> list[Fault]:
        """The dials as they stand, with what is left of ``times`` and ``after``."""
        return self._faults


def parse_fault(text: str) -> Fault:
    """Read the compact form ``API:KIND[:key=value]…``; ``match.NAME=VALUE`` sets a match."""
    api, _, rest = text.partition(":")
    kind, *options = rest.split(":")
    fields: dict[str, Any] = {"api": api, "kind": kind}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals:
            raise InputError(f"The fault {text!r} cannot be read", (f"{option!r} has no '='",))
        if key.startswith("match."):
            fields.setdefault("match", {})[key.removeprefix("match.")] = value
        else:
            fields[key] = None if value == "always" else value
    try:
        return msgspec.convert(fields, Fault, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"The fault {text!r} cannot be read", (str(error),)) from None


def decode_faults(body: bytes) -> list[Fault]:
    """Read the body of ``POST /_sim/faults``: a list of faults, or one fault."""
    try:
        decoded = msgspec.json.decode(body, type=list[Fault] | Fault)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError("The faults cannot be read", (str(error),)) from None
    return decoded if isinstance(decoded, list) else [decoded]
