"""One module per group of commands; importing this package registers them all."""

from orgledger.cli.commands import audit, history, look, publish, setup, sync

__all__ = ["audit", "history", "look", "publish", "setup", "sync"]
