"""What every test relies on, wherever it is started from."""

from __future__ import annotations

import signal

import pytest

pytest.register_assert_rewrite(
    "tests.delivery.suite", "tests.delivery.same", "tests.sources.suite", "tests.sources.history"
)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Let programs that tests start be interrupted.

    A shell that runs the tests in the background makes them ignore SIGINT, and every child
    inherits that: a test that presses Ctrl-C would then wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
