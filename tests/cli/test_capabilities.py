"""What systems cannot do: each flag has its reason, the page is written from it, check tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from domain.delivery.capabilities import TargetCapabilities
from domain.ports import SourceCapabilities
from orgledger.abilities import READ, WRITTEN
from orgledger.reference import SHOWN, page, sources, targets
from orgledger.systems import OWN
from tests.cli.casdoor_target import Casdoor
from tests.cli.conftest import CONFIG, Cli

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "capabilities.md"

FURTHER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("entra", {"tree": "groups", "owners": False, "managers": False}),
    ("entra", {"roles_filter": "startswith(displayName,'app-')"}),
    ("ldap", {"attributes": {"member": {"manager": ""}, "department": {"leaders": ""}}}),
    ("wecom", {"app_secret": ""}),
    ("authing", {"manager_field": "", "resign": True}),
    ("scim", {"departments": False, "roles": False}),
    ("scim", {"bulk": False, "rename_users": True}),
)
"""Configurations that turn something off, and have no column on the page."""


def configured(kind: str, **more: Any) -> list[SourceCapabilities | TargetCapabilities]:
    """What both sides of a type can do."""
    own, given = OWN[kind], {**SHOWN[kind][0], **more}
    settings = msgspec.convert(given, own.settings)
    sides = [make(settings, kind, Path()) for make in (own.source, own.target) if make]
    return [side.capabilities for side in sides]


def test_the_page_is_what_the_capabilities_say() -> None:
    """After a change of capabilities, ``make docs`` writes the page anew."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_type_has_a_column() -> None:
    """Each side of each type is on the page."""
    pushed_or_read = {kind for kind, own in OWN.items() if own.source or own.door}
    assert {column.type for column in sources()} == pushed_or_read
    assert {column.type for column in targets()} == {k for k, own in OWN.items() if own.target}


def test_what_is_off_or_limited_has_its_reason() -> None:
    """A reason goes by its flag's name, and there is none for a flag that does not exist."""
    cans = [(c.type, c.can) for c in (*sources(), *targets())]
    cans += [(kind, can) for kind, more in FURTHER for can in configured(kind, **more)]
    for kind, can in cans:
        assert set(can.lacking) <= can.why.keys() <= set(can.flags), kind
        assert all(why.endswith(".") for why in (*can.why.values(), *can.notes)), kind


def test_every_flag_has_a_name_that_people_read() -> None:
    """No flag is left out of the page, or of what check tells."""
    assert READ.keys() == set(SourceCapabilities().flags)
    assert WRITTEN.keys() == TargetCapabilities(fields={}).flags.keys()


def test_check_tells_what_a_target_cannot_hold(fresh: Cli, casdoor: Casdoor) -> None:
    """Of one system by name; among the findings of all systems it would drown the rest."""
    told = fresh("check", "casdoor", "--json").json["casdoor"]
    limits = {f["subject"]: f["text"] for f in told if f["level"] == "limit"}
    assert limits["as a target, main department"] == "Main departments have no place in Casdoor."
    assert fresh("check", "casdoor").code == 0
    assert all(f["level"] != "limit" for f in fresh("check", "--json").json["casdoor"])


def test_check_tells_what_cannot_be_pushed(fresh: Cli, chinese: None) -> None:
    """A sender's limits are told as well, though nothing is read from it; in Chinese, too."""
    path = fresh.folder / "orgledger.toml"
    more = f'[systems.okta]\ntype = "scim-inbound"\norg = "club"\ntoken = "sha256:{"0" * 64}"\n'
    path.write_text(CONFIG + more, encoding="utf-8")
    said = fresh("check", "okta")
    assert said.code == 0
    assert "限制 as a source, main department: SCIM knows no main department." in said.out
