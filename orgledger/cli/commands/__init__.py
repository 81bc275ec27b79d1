"""The commands: one module per thing that a person wants, loaded when its command is called."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """Where a command is, and the sentence that the help says of it."""

    module: str
    help: str


COMMANDS: dict[str, Command] = {
    "demo": Command("setup", "Play a company in a simulated DingTalk: sync, change, look back."),
    "init": Command("setup", "Write a first configuration file."),
    "check": Command("check", "Check the log, and the credentials and permissions of the systems."),
    "simulate": Command("simulate", "Serve a provider's simulator until stopped."),
    "sync": Command("sync", "Read the sources, record what changed, and bring the targets to it."),
    "serve": Command("serve", "Follow the sources and keep the targets up to date, until stopped."),
    "status": Command(
        "status", "Show how far every target is, what is stuck and why, and what sources told."
    ),
    "conflicts": Command(
        "conflicts",
        "Show where a system had something else than what was brought there, with both histories.",
    ),
    "retry": Command("retry", "Try again what a run could not do."),
    "tree": Command("look", "Show an organization, now or at any moment of its past."),
    "diff": Command("look", "Show what is different between two moments."),
    "member": Command("member", "Show one person, and everything that ever happened to them."),
    "search": Command("search", "Find people, departments and roles."),
    "log": Command("log", "Show the events of the log, in order."),
    "publish": Command("publish", "Publish change events: all are recorded, or none."),
    "audit": Command("audit", "Query the audit in SQL or by a named question, or list these."),
    "rebuild": Command("rebuild", "Build a projection anew from the log, beside the old one."),
    "runs": Command("runs", "List the syncs, the newest last."),
    "run": Command("runs", "Show one sync: what it read, left out and why, and appended."),
}
"""In the order in which the help lists them."""
