"""Calling back where one address with its secrets is entered for everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from adapters.simulation.calling import Entry, Letter, Manner, address
from adapters.simulation.clock import Clock
from adapters.simulation.outbox import Event, Outbox
from adapters.simulation.settings import CallingSettings
from domain.errors import ConfigError, InputError
from domain.hints import Answer, Callback


class Voice(Protocol):
    """One set of secrets: what makes the calls and knows the answers."""

    def call(self, event: Event, now: float) -> Callback:
        """One event, signed; ``now`` in seconds since 1970."""

    def acknowledged(self, answer: Answer) -> bool:
        """Whether it ends the delivery."""

    def check(self, now: float) -> tuple[Callback, Callable[[Answer], bool]]:
        """The check of the address, and what is the right answer to it."""


class Provider(Protocol):
    """What is needed of a provider."""

    clock: Clock
    outbox: Outbox

    @property
    def settings(self) -> Any:
        """The settings in force, a CallingSettings."""

    def patch_settings(self, patch: dict[str, Any]) -> None:
        """Change settings while running; raises InputError."""


class Ways(NamedTuple):
    """What tells one provider from another.

    ``entered`` is what the console asks for and the setting that it becomes, ``proofs`` are the
    settings that somebody else does not know; ``voice(settings)`` raises ConfigError.
    """

    manner: Manner
    entered: Mapping[str, str]
    proofs: Sequence[str]
    voice: Callable[[Any], Voice]
    name: Callable[[Event], str]


class OneAddress:
    """See :class:`adapters.simulation.calling.Calling`. Raises ConfigError for unusable secrets."""

    def __init__(self, provider: Provider, ways: Ways) -> None:
        self._provider, self._ways = provider, ways
        self.manner, self.clock, self.outbox = ways.manner, provider.clock, provider.outbox
        self.name = ways.name
        if self.settings.callback_url:
            address(self.settings.callback_url)
            ways.voice(self.settings)

    @property
    def settings(self) -> CallingSettings:
        """The settings in force."""
        found: CallingSettings = self._provider.settings
        return found

    def letters(self, events: Sequence[Event]) -> Sequence[Letter]:
        """One to the address for each event."""
        settings, ways = self.settings, self._ways
        if not settings.callback_url:
            return ()
        own = ways.voice(settings)

        def letter(event: Event) -> Letter:
            def write(now: float, forged: bool) -> Callback:
                return (self._stranger(settings) if forged else own).call(event, now)

            return Letter(settings.callback_url, write, own.acknowledged)

        return [letter(event) for event in events]

    def _stranger(self, settings: CallingSettings) -> Voice:
        """Somebody who does not know the proofs."""
        known = {name: getattr(settings, name) for name in self._ways.proofs}
        guessed = {name: f"{value}x" for name, value in known.items() if value}
        return self._ways.voice(msgspec.structs.replace(settings, **guessed))

    def entry(self, given: Mapping[str, Any]) -> Entry:
        """The address and the secrets that are given; the others stay."""
        ways, known = self._ways, self._ways.entered
        if not given.keys() <= known.keys():
            raise InputError(
                "An address is entered with something that it does not have",
                fix=f"It has, as JSON: {', '.join(known)}.",
            )
        patch = {known[name]: value for name, value in given.items()}
        address(patch.get("callback_url"))
        before = msgspec.to_builtins(self.settings, str_keys=True)
        try:
            settings = msgspec.convert({**before, **patch}, type(self.settings), str_keys=True)
            voice = ways.voice(settings)
        except (msgspec.ValidationError, ConfigError) as error:
            raise InputError("The address cannot be entered so", (str(error),)) from None
        check, right = voice.check(self.clock.now())
        letter = Letter(settings.callback_url, lambda now, forged: check, right)
        return Entry(letter, lambda: self._provider.patch_settings(patch))
