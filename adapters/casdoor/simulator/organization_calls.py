"""Organizations over the API (Casdoor source, controllers/organization.go)."""

from __future__ import annotations

from adapters.casdoor.simulator.account_items import default_items
from adapters.casdoor.simulator.ask import Ask
from adapters.casdoor.simulator.decode import decode
from adapters.casdoor.simulator.envelopes import Envelope, action, ok
from adapters.casdoor.simulator.errors import SIGN_IN_FIRST, RefusedError
from adapters.casdoor.simulator.fields import ORGANIZATION, Row
from adapters.casdoor.simulator.settings import COUNTRY_CODES
from adapters.casdoor.simulator.table import split_id
from adapters.casdoor.simulator.world import World

SECRETS = ("masterPassword", "defaultPassword", "masterVerificationCode")
MASK = "***"
MFA_HOURS = 12


def get_organizations(world: World, ask: Ask) -> Envelope:
    """All organizations of ``owner``, which is ``admin``, or a page of them."""
    if not ask.caller:
        raise RefusedError(SIGN_IN_FIRST)
    rows = ask.listed(world.organizations)
    if not ask.paged:
        return ok([_masked(world, row) for row in rows])
    return ok([_masked(world, row) for row in ask.page(rows)], len(rows))


def get_organization(world: World, ask: Ask) -> Envelope:
    """One organization, ``null`` when there is none."""
    row = world.organizations.get(*split_id(ask.query("id")))
    if row is None:
        return ok(None)
    shown = _masked(world, row)
    shown["mfaRememberInHours"] = shown["mfaRememberInHours"] or MFA_HOURS
    return ok(shown)


def _masked(world: World, row: Row) -> Row:
    shown = world.organizations.shown(row)
    return shown | {name: MASK for name in SECRETS if shown[name]}


def add_organization(world: World, ask: Ask) -> Envelope:
    """A new organization; it has no application yet, so that it takes no users."""
    row = decode(ask.request.body, ORGANIZATION)
    for name, default in (
        ("balanceCurrency", "USD"),
        ("accountItems", default_items({})),
        ("passwordOptions", ["AtLeast6"]),
        ("countryCodes", list(COUNTRY_CODES)),
        ("languages", ["en", "zh"]),
    ):
        row[name] = row.get(name) or default
    world.organizations.insert(row)
    return action(True)


def update_organization(world: World, ask: Ask) -> Envelope:
    """Every column from the body but masked secrets; an unknown one is ``Unaffected``."""
    row = decode(ask.request.body, ORGANIZATION)
    before = world.organizations.get(*split_id(ask.query("id")))
    if before is None:
        return action(False)
    if row.get("name") != before["name"]:
        raise RefusedError("the simulator does not rename organizations")
    row |= {name: before.get(name, "") for name in SECRETS if row.get(name) == MASK}
    row["balanceCurrency"] = row.get("balanceCurrency", "USD")
    return action(world.organizations.replace(before, row))
