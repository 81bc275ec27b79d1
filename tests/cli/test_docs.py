"""The reference names every command, option, argument's key, and key of the configuration."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.main import get_command

from adapters.scim_inbound import resources
from domain.delivery.guard import GuardLimits
from domain.delivery.plan import Leavers
from domain.delivery.reconcile import Adoption
from domain.delivery.scope import Scope
from domain.plausible import Limit, Limits
from orgledger.cli.app import TRACEBACK, app, run
from orgledger.cli.commands import COMMANDS
from orgledger.config import (
    COMMON,
    ENV,
    SECTIONS,
    LogConfig,
    OrgConfig,
    SubscriberConfig,
    TokenConfig,
)
from orgledger.live import publishing
from orgledger.simulators import SIMULATORS
from orgledger.systems import TYPES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "reference"
COMMANDS_PAGE = (DOCS / "commands.md").read_text(encoding="utf-8")
DELIVERY_PAGE = (DOCS.parent / "delivery.md").read_text(encoding="utf-8")
CONFIGURATION_PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")


def sections(page: str) -> dict[str, str]:
    """The text below each heading, until the next one of any level."""
    parts = re.split(r"^#+ (.*)\n", page, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def command(name: str) -> Any:
    return get_command(app).get_command(None, name)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_told(name: str) -> None:
    text = sections(COMMANDS_PAGE)[name]
    for parameter in command(name).params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("-") and parameter.name != "help":
                assert re.search(rf"`[^`]*{option}\b", text), f"{name} {option}"


def test_no_command_is_told_that_is_not_there() -> None:
    told = set(re.findall(r"^### (\w+)$", COMMANDS_PAGE, re.MULTILINE))
    assert told == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_told_that_is_not_there(name: str) -> None:
    table = re.findall(r"^\| (`-.*?`) \|", sections(COMMANDS_PAGE)[name], re.MULTILINE)
    told = {option for cell in table for option in re.findall(r"--?[a-z][a-z-]*", cell)}
    known = {o for p in command(name).params for o in (*p.opts, *p.secondary_opts)}
    assert told <= known


@pytest.mark.parametrize("name", [None, *COMMANDS])
def test_every_command_has_help(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*([name] if name else []), "--help"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Usage: orgledger ")
    assert err == ""
    for told in [COMMANDS[name].help] if name else [c.help for c in COMMANDS.values()]:
        assert told in re.sub(r"\s+", " ", out)


def keys(section: str) -> list[str]:
    return re.findall(r"^\| `(\w+)` \|", sections(CONFIGURATION_PAGE)[section], re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "struct"),
    [
        ("`[log]`", LogConfig),
        ("`[orgs.<id>]`", OrgConfig),
        ("`guard`", Limits),
        ("`guard` of a target", GuardLimits),
        ("`scope`", Scope),
        ("`leavers`", Leavers),
        ("`adopt`", Adoption),
        ("`[serve.tokens.<name>]`", TokenConfig),
        ("`[subscribers.<name>]`", SubscriberConfig),
        *((f'`type = "{name}"`', kind.settings) for name, kind in TYPES.items()),
    ],
)
def test_every_key_is_told_and_no_other(section: str, struct: type[Any]) -> None:
    assert keys(section) == [field.name for field in msgspec.structs.fields(struct)]


def test_every_default_is_told_as_it_is() -> None:
    for section, struct in (
        ("`[log]`", LogConfig),
        ("`scope`", Scope),
        ("`leavers`", Leavers),
        ("`adopt`", Adoption),
        ("`[serve.tokens.<name>]`", TokenConfig),
        ("`[subscribers.<name>]`", SubscriberConfig),
        *((f'`type = "{name}"`', kind.settings) for name, kind in TYPES.items()),
    ):
        text = sections(CONFIGURATION_PAGE)[section]
        for field in msgspec.structs.fields(struct):
            default = field.default
            if field.default_factory is not msgspec.NODEFAULT:
                default = field.default_factory()
            told = re.findall(rf"^\| `{field.name}` \| (.*?) \|", text, re.MULTILINE)
            if field.required:
                expected = "required"
            elif default is None:
                expected = "–"
            elif isinstance(default, bool):
                expected = f"`{str(default).lower()}`"
            else:
                expected = f"`{msgspec.json.encode(default).decode()}`"
            assert told == [expected], field.name


def test_what_every_system_has_is_told() -> None:
    assert tuple(keys("`[systems.<id>]`")) == COMMON
    for section, limits in (("`guard`", Limits()), ("`guard` of a target", GuardLimits())):
        for name, limit in msgspec.structs.asdict(limits).items():
            assert isinstance(limit, Limit)
            told = f"| `{name}` | {limit.count} | {limit.percent:g} |"
            assert told in sections(CONFIGURATION_PAGE)[section]


def test_every_target_is_in_the_index_with_its_page() -> None:
    """docs/delivery.md lists each type that can be written to, and every link leads to a page."""
    index = sections(DELIVERY_PAGE)["Targets"]
    told = dict(re.findall(r"^\| \[`(\w+)`\]\((.*?)\)", index, re.MULTILINE))
    assert told.keys() == {name for name, kind in TYPES.items() if kind.target is not None}
    for link in told.values():
        assert (DOCS.parent / link.partition("#")[0]).is_file(), link


def test_the_proxy_of_the_page_lets_through_what_the_service_takes() -> None:
    """The largest body is SCIM's; and its answers name the address that was called."""
    page = (DOCS.parent / "serve.md").read_text(encoding="utf-8")
    [size] = re.findall(r"client_max_body_size (\d+)m;", page)
    assert int(size) * 1024 * 1024 >= max(resources.LARGEST, publishing.LARGEST)
    for header in ("Host $host", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {header};" in page


def test_every_link_between_our_pages_leads_somewhere() -> None:
    """Headings and files that a page names exist."""
    for page in (*DOCS.parent.rglob("*.md"), *ROOT.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", text):
            assert (page.parent / link).is_file(), f"{page.name}: {link}"


def test_sections_types_simulators_and_variables_are_told() -> None:
    for section in SECTIONS:
        assert re.search(rf"^## `\[{section}", CONFIGURATION_PAGE, re.MULTILINE)
    for kind in TYPES:
        assert f"`{kind}`" in sections(CONFIGURATION_PAGE)["`[systems.<id>]`"]
    for provider in SIMULATORS:
        assert f"`{provider}`" in sections(COMMANDS_PAGE)["simulate"]
    for variable in (ENV, TRACEBACK, "ORGLEDGER_LANG"):
        assert f"`{variable}`" in CONFIGURATION_PAGE
