"""The control endpoints ``/_sim/…``: see and change the simulated organization and its moods."""

from __future__ import annotations

import msgspec

from adapters.simulation.calling import Caller
from adapters.simulation.faults import FaultDials, decode_faults
from adapters.simulation.http import BadBodyError, Reply, Request, json_reply
from adapters.simulation.provider import Provider
from adapters.simulation.sockets import End, Sockets
from adapters.simulation.stats import Stats
from domain.errors import InputError
from domain.records import Roster

PREFIX = "/_sim/"
ENTER = "PUT callbacks"
"""An address for callbacks, which is checked as the provider's console does before it is saved."""

END = "POST sockets"
"""``{"end": "asked"}``: the connections that clients hold are ended, in that way."""


class Control:
    """Answers ``/_sim/…``; these calls are neither counted, delayed nor spoiled."""

    def __init__(
        self,
        provider: Provider,
        stats: Stats,
        faults: FaultDials,
        caller: Caller | None,
        sockets: Sockets | None = None,
    ) -> None:
        self._provider, self._stats, self._faults = provider, stats, faults
        self._caller, self._sockets = caller, sockets
        self._routes = {
            "GET roster": self._get_roster,
            "PUT roster": self._put_roster,
            "POST change": self._change,
            "GET stats": self._get_stats,
            "DELETE stats": self._reset_stats,
            "GET faults": self._get_faults,
            "POST faults": self._set_faults,
            "GET settings": self._get_settings,
            "POST settings": self._patch_settings,
            "GET clock": self._get_clock,
            "POST clock": self._advance_clock,
            "GET events": self._get_events,
        }
        self._longer = {ENTER: self._enter, END: self._end}

    async def answer(self, request: Request) -> Reply:
        """Answer one control request; nonsense gets a 400 that says what is wrong."""
        key = f"{request.method} {request.path.removeprefix(PREFIX)}"
        handler = self._routes.get(key)
        if handler is None and key not in self._longer:
            known = ", ".join(sorted((*self._routes, *self._longer)))
            return json_reply({"error": f"no control {key!r}; there are: {known}"}, status=404)
        try:
            if handler is not None:
                return handler(request)
            return await self._longer[key](request)
        except (InputError, BadBodyError) as error:
            problems = error.problems if isinstance(error, InputError) else ()
            return json_reply({"error": str(error), "problems": problems}, status=400)

    def _get_roster(self, request: Request) -> Reply:
        return json_reply(
            self._provider.roster(
                own_ids=request.query.get("ids") == "own",
                system_roles=request.query.get("system_roles") == "true",
            )
        )

    def _put_roster(self, request: Request) -> Reply:
        try:
            roster = msgspec.json.decode(request.body, type=Roster)
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise InputError("The roster cannot be read", (str(error),)) from None
        self._provider.put_roster(roster)
        return json_reply(
            {
                "departments": len(roster.departments),
                "members": len(roster.members),
                "roles": len(roster.roles),
            }
        )

    def _change(self, request: Request) -> Reply:
        return json_reply(self._provider.change(request.payload))

    async def _enter(self, request: Request) -> Reply:
        if self._caller is None:
            raise InputError("This provider's simulator does not call back")
        return json_reply(await self._caller.enter(request.payload))

    async def _end(self, request: Request) -> Reply:
        if self._sockets is None:
            raise InputError("Nobody connects to this provider's simulator")
        try:
            how = msgspec.convert(request.payload.get("end"), End)
        except msgspec.ValidationError as error:
            raise InputError("Connections cannot be ended so", (str(error),)) from None
        return json_reply({"ended": await self._sockets.end(how)})

    def _get_stats(self, request: Request) -> Reply:
        told = {} if self._caller is None else {"callbacks": self._caller.report()}
        if self._sockets is not None:
            told["stream"] = self._sockets.report()
        return json_reply({**self._stats.report(), **told})

    def _reset_stats(self, request: Request) -> Reply:
        self._stats.reset()
        if self._caller is not None:
            self._caller.stats.reset()
        if self._sockets is not None:
            self._sockets.stats.reset()
        return json_reply({})

    def _get_faults(self, request: Request) -> Reply:
        return json_reply(self._faults.report())

    def _set_faults(self, request: Request) -> Reply:
        self._faults.set(decode_faults(request.body))
        return json_reply(self._faults.report())

    def _get_settings(self, request: Request) -> Reply:
        return json_reply(self._provider.public_settings())

    def _patch_settings(self, request: Request) -> Reply:
        self._provider.patch_settings(request.payload)
        return json_reply(self._provider.public_settings())

    def _get_clock(self, request: Request) -> Reply:
        return json_reply({"now": self._provider.clock.now()})

    def _advance_clock(self, request: Request) -> Reply:
        seconds = request.payload.get("advance")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise InputError('The clock takes {"advance": seconds}, zero or more')
        self._provider.clock.advance(seconds)
        return self._get_clock(request)

    def _get_events(self, request: Request) -> Reply:
        after = request.query.get("after", "0")
        if not after.isdecimal():
            raise InputError("'after' is the number of the last event already seen")
        return json_reply(self._provider.events(int(after)))
