"""A ledger on a real nats-server for two systems of one organization."""

from __future__ import annotations

from tests.engine.conftest import clock, ledger

__all__ = ["clock", "ledger"]
