"""What the parts of a reading share: one token, gaps instead of errors, and one end for all."""

from __future__ import annotations

import asyncio

import pytest

from adapters.http import AccessToken, Attempts, HostThrottled, Lane, TokenRefused, together
from adapters.http.attempts import HOPELESS
from domain.errors import CredentialFault, PermissionFault, SystemFault, TransientFault
from tests.adapters.http.virtual import now, run_virtually


def failing(fault: SystemFault, asked: list[int]) -> object:
    async def work() -> None:
        asked.append(1)
        raise fault

    return work


class TestToken:
    """One app, one token."""

    def test_a_wrong_secret_is_shown_once_for_all_who_wait(self) -> None:
        """Showing it again and again blocks the address (WeCom gettoken, 40001)."""
        asked: list[int] = []

        async def fetch() -> tuple[str, float]:
            asked.append(1)
            await asyncio.sleep(1)
            raise CredentialFault("wrong secret")

        async def main() -> list[object]:
            token = AccessToken(fetch, now)
            found = await asyncio.gather(*(token.get() for _ in range(9)), return_exceptions=True)
            with pytest.raises(CredentialFault):
                await token.get()
            return list(found)

        assert {type(one) for one in run_virtually(main)} == {CredentialFault}
        assert len(asked) == 2, "once for those nine, and once more for the next who asks"

    def test_a_failure_of_the_moment_is_each_ones_own(self) -> None:
        """Who waited asks again: a short trouble of the token costs no part of a reading."""
        asked: list[int] = []

        async def fetch() -> tuple[str, float]:
            asked.append(1)
            if len(asked) == 1:
                raise TransientFault("busy")
            return "t", 7200.0

        async def main() -> list[object]:
            token = AccessToken(fetch, now)
            found = await asyncio.gather(*(token.get() for _ in range(9)), return_exceptions=True)
            return list(found)

        failed, *others = run_virtually(main)
        assert isinstance(failed, TransientFault)
        assert others == ["t"] * 8

    def test_an_end_that_hangs_is_not_waited_for_by_one_after_the_other(self) -> None:
        """After three failures all who waited have failed, each with a fault of their own."""

        async def fetch() -> tuple[str, float]:
            await asyncio.sleep(20)
            raise TransientFault("DingTalk gettoken did not answer", code="connection")

        async def main() -> tuple[list[object], float]:
            token, began = AccessToken(fetch, now), now()
            found = await asyncio.gather(*(token.get() for _ in range(99)), return_exceptions=True)
            return list(found), now() - began

        found, seconds = run_virtually(main)
        assert seconds == 60 and len({id(one) for one in found}) > 90
        assert {getattr(one, "code", "") for one in found} == {"connection"}

    def test_a_refused_token_is_fetched_anew_once(self) -> None:
        """The second one works, or the call is given up."""
        made: list[str] = []

        async def fetch() -> tuple[str, float]:
            made.append(f"t{len(made)}")
            return made[-1], 7200.0

        async def call(token: str) -> str:
            if token != "t1":
                raise TokenRefused("no")
            return token

        async def main() -> None:
            token = AccessToken(fetch, now)
            assert await token.used(call) == "t1"
            token.drop("t1")
            with pytest.raises(TokenRefused):
                await token.used(call)

        run_virtually(main)
        assert made == ["t0", "t1", "t2", "t3"]


class TestAttempts:
    """Each part by itself."""

    @pytest.mark.parametrize(
        ("fault", "calls"),
        [
            (PermissionFault("x", permission="p"), 1),
            (HostThrottled("x"), 1),
            (TransientFault("x"), HOPELESS),
            (SystemFault("x"), 2 * HOPELESS),
        ],
        ids=["permission", "ban", "failure", "one_record"],
    )
    def test_what_cannot_get_on_is_left(self, fault: SystemFault, calls: int) -> None:
        """A missing permission and a ban at once, failures after many in a row."""
        attempts, asked = Attempts(), list[int]()

        async def main() -> None:
            for n in range(2 * HOPELESS):
                await attempts.make("list", "members of", n, failing(fault, asked), "members")  # type: ignore[arg-type]

        asyncio.run(main())
        assert len(asked) == calls
        assert attempts.incomplete == {"members"}
        assert "55 more" in attempts.gaps.told()[0].what
        assert (attempts.stopped("list") is None) == (calls > HOPELESS)

    def test_wrong_credentials_are_nobodys_gap(self) -> None:
        """One lane finds out, and all end; the fault comes without its group."""

        async def main() -> None:
            attempts = Attempts()

            async def work(_: int) -> None:
                wrong = failing(CredentialFault("wrong"), [])
                await attempts.make("list", "members of", 1, wrong)  # type: ignore[arg-type]

            async with together() as group:
                group.create_task(asyncio.sleep(3600))
                Lane(group, work, size=1).put(1)

        with pytest.raises(CredentialFault, match="wrong"):
            run_virtually(main)
