"""Nothing waits for ever: servers that are silent, drip, or speak something else."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from adapters.http import Patience
from adapters.ldap import connecting
from adapters.ldap.settings import LdapSettings
from adapters.ldap.source import LdapSource
from domain.errors import SystemFault, TransientFault
from tests.adapters.dingtalk.source_desk import Ledger
from tests.adapters.ldap.strangers import EXTENDED, Stranger, drips, lets_in, says, silent

ONCE = Patience(tries=1)

NONSENSE = {
    "web": b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html></html>" + b" " * 99,
    "ssh": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "short": b"0\x05\x02\x01\x01\x61\x00",
    "odd": b"\x30\x0c\x02\x01\x01\x61\x07\x30\x30\x30\x30\x30\x30\x30",
}


def source(url: str, **more: Any) -> LdapSource:
    """A source that does not try again, with one second for an answer."""
    settings = LdapSettings(
        url=url, bind_dn="cn=a", bind_password="secret-1", base_dn="dc=x", timeout=1, **more
    )
    return LdapSource("there", settings, patience=ONCE)


def fault(url: str, **more: Any) -> SystemFault:
    """What a reading ends with, and how it is said in a check."""

    async def work() -> SystemFault:
        reader = source(url, **more)
        try:
            with pytest.raises(SystemFault) as caught:
                await reader.read(Ledger(), lambda *_: None)
            [finding] = await reader.check()
            assert finding.level == "error"
            return caught.value
        finally:
            await reader.close()

    began = time.monotonic()
    found = asyncio.run(work())
    assert time.monotonic() - began < 20
    assert "secret-1" not in str(found)
    assert "\n" not in str(found)
    return found


@pytest.mark.parametrize("words", NONSENSE.values(), ids=NONSENSE)
def test_what_speaks_no_ldap_is_one_sentence(words: bytes) -> None:
    """Whatever listens there, a reading and a check end with what to look at."""
    with Stranger(says(words)) as stranger:
        found = fault(stranger.url)
    assert isinstance(found, TransientFault)
    assert "Check host and port in url" in found.fix


def test_a_server_that_lets_us_in_and_is_silent() -> None:
    """The time for an answer is bounded by ``timeout``."""
    with Stranger(lets_in(silent)) as stranger:
        assert fault(stranger.url).code == "lost"


def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no answer: the whole of it has a bound as well."""
    monkeypatch.setattr(connecting, "WHOLE", 0.5)
    with Stranger(lets_in(drips)) as stranger:
        assert fault(stranger.url).code == "lost"


def test_a_handshake_without_an_end_is_tried_again() -> None:
    """A server that offers StartTLS and then goes silent is not one without it."""
    with Stranger(lets_in(silent, welcome=EXTENDED)) as stranger:
        found = fault(stranger.url, start_tls=True)
    assert isinstance(found, TransientFault)


def test_closing_breaks_off_what_is_under_way() -> None:
    """Who closes a source waits for one answer at most, not for the end of the reading."""

    async def work() -> float:
        with Stranger(lets_in(drips)) as stranger:
            reader = source(stranger.url)
            reading = asyncio.ensure_future(reader.read(Ledger(), lambda *_: None))
            await asyncio.sleep(0.3)
            began = time.monotonic()
            await reader.close()
            took = time.monotonic() - began
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        return took

    assert asyncio.run(asyncio.wait_for(work(), 20)) < 4
