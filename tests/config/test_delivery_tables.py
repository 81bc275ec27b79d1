"""The tables of a target: role, map, scope, guard, leavers, adopt, and their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.delivery.guard import GuardLimits
from domain.delivery.plan import Leavers
from domain.delivery.reconcile import Adoption
from domain.delivery.scope import Scope
from domain.errors import ConfigError
from domain.plausible import Limit, Limits
from orgledger.bootstrap import destination
from orgledger.config import Config, load
from orgledger.configured import DeliveryConfig

ORG = "[orgs.acme]\nsource = 'hr'\n[systems.hr]\ntype = 'roster'\norg = 'acme'\npath = 'x.json'\n"
SCIM = "[systems.scim]\ntype = 'scim'\norg = 'acme'\nbase_url = 'http://scim.example.com/v2'\n"
TOKEN = "token = { env = 'TOKEN_OF_THE_TEST' }\n"
DING = (
    "[systems.ding]\ntype = 'dingtalk'\norg = 'acme'\napp_key = 'k'\n"
    "app_secret = { env = 'TOKEN_OF_THE_TEST' }\n"
)
WHOLE = """\
role = "target"
[systems.scim.map.member]
userName = "job_number || userid"
nickName = ""
[systems.scim.scope]
departments = ["d1", "d7"]
member = "active"
[systems.scim.guard]
delete = { count = 20, percent = 5 }
grants = { count = 3 }
[systems.scim.leavers]
grace = 7.5
delete = false
[systems.scim.adopt]
keys = ["userName", "displayName"]
agree = 1
"""


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_THE_TEST", "t0ken")


def written(folder: Path, text: str) -> Path:
    path = folder / "orgledger.toml"
    path.write_text(text, encoding="utf-8")
    return path


def target(folder: Path, keys: str = "") -> Config:
    return load(written(folder, ORG + SCIM + TOKEN + keys))


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    _head, *lines = str(caught.value).removesuffix(".").splitlines()
    return [line.removeprefix("  - ") for line in lines]


def test_every_table_of_a_target_is_read(tmp_path: Path) -> None:
    """What the file says is what the delivery gets; the rest of a limit is as usual."""
    scim = target(tmp_path, WHOLE).systems["scim"]
    assert scim.delivery == DeliveryConfig(
        map={"member": {"userName": "job_number || userid", "nickName": ""}},
        scope=Scope(departments=("d1", "d7"), member="active"),
        guard=GuardLimits(delete=Limit(count=20, percent=5), grants=Limit(count=3, percent=50)),
        leavers=Leavers(grace=7.5, delete=False),
        adopt=Adoption(keys=("userName", "displayName"), agree=1),
    )


def test_a_target_needs_none_of_them(tmp_path: Path) -> None:
    """Without a table everything is as by default."""
    assert target(tmp_path).systems["scim"].delivery == DeliveryConfig()


def test_a_limit_that_both_guards_have_counts_for_both(tmp_path: Path) -> None:
    """``memberships`` and ``grants`` bound what is read as well as what is delivered."""
    scim = target(tmp_path, "guard = { grants = { count = 1 }, members = { count = 2 } }\n")
    system = scim.systems["scim"]
    assert system.guard == Limits(members=Limit(count=2), grants=Limit(count=1, percent=50))
    assert system.delivery.guard == GuardLimits(grants=Limit(count=1, percent=50))


@pytest.mark.parametrize(
    ("role", "sources", "targets"),
    [
        ("", ["ding"], ["scim"]),
        ("role = 'source'", ["ding"], ["scim"]),
        ("role = 'both'", ["ding"], ["ding", "scim"]),
    ],
)
def test_the_owner_is_read_and_the_others_are_written_to(
    role: str, sources: list[str], targets: list[str], tmp_path: Path
) -> None:
    """Without a role only the system that owns the organization is a source."""
    text = f"[orgs.acme]\nsource = 'ding'\n{DING}{role}\n{SCIM}{TOKEN}"
    config = load(written(tmp_path, text))
    assert [s.id for s in config.sources()] == sources
    assert [s.id for s in config.targets()] == targets
    assert config.is_source(config.systems["ding"])
    assert not config.is_source(config.systems["scim"])


def test_a_second_system_that_is_only_read_is_no_target(tmp_path: Path) -> None:
    """``role = "source"`` keeps a system that could be written to from being written to."""
    config = load(written(tmp_path, f"{ORG}{DING}role = 'source'\n"))
    assert (config.targets(), config.is_source(config.systems["ding"])) == ([], True)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("role = 'source'", "[systems.scim] role: nothing can be read from the type 'scim'"),
        ("role = 'both'", "[systems.scim] role: nothing can be read from the type 'scim'"),
        ("role = 'tagret'", "[systems.scim] role: there is no 'tagret'; did you mean 'target'?"),
        ("adpot = {}", "[systems.scim] unknown key 'adpot'; did you mean 'adopt'?"),
        ("leaver = {}", "[systems.scim] unknown key 'leaver'; did you mean 'leavers'?"),
        (
            "leavers = { grase = 3 }",
            "[systems.scim.leavers] unknown key 'grase'; did you mean 'grace'?",
        ),
        (
            "leavers = { grace = '30 days' }",
            "[systems.scim.leavers] grace: expected a number, got a text",
        ),
        ("leavers = 30", "[systems.scim.leavers] this is not a table"),
        (
            "scope = { department = ['d1'] }",
            "[systems.scim.scope] department: expected a text, got a list",
        ),
        (
            "scope = { departments = 'd1' }",
            "[systems.scim.scope] departments: expected a list, got a text",
        ),
        (
            "scope = { who = 'active' }",
            "[systems.scim.scope] unknown key 'who'; known: department, departments, member, role",
        ),
        (
            "adopt = { key = ['mail'] }",
            "[systems.scim.adopt] unknown key 'key'; did you mean 'keys'?",
        ),
        (
            "adopt = { agree = 'two' }",
            "[systems.scim.adopt] agree: expected a whole number, got a text",
        ),
        (
            "guard = { deletes = {} }",
            "[systems.scim.guard] unknown key 'deletes'; did you mean 'delete'?",
        ),
        (
            "guard = { delete = { percent = 101 } }",
            "[systems.scim.guard.delete] count, most are 0 or more, percent 0 to 100",
        ),
        (
            "map = { member = 'userid' }",
            '[systems.scim.map] write [systems.x.map.member], then field = "expression"',
        ),
        (
            "map = { member = { active = true } }",
            '[systems.scim.map] write [systems.x.map.member], then field = "expression"',
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(keys: str, said: str, tmp_path: Path) -> None:
    """Each mistake is told once, with the nearest known name."""
    assert mistakes(tmp_path, ORG + SCIM + TOKEN + keys) == [said]


def test_mistakes_in_several_tables_are_told_at_once(tmp_path: Path) -> None:
    """One reading of the file finds them all, the adapter's own included."""
    text = ORG + SCIM + "tokn = 'x'\nleavers = { days = 3 }\nadopt = { keyz = [] }\n"
    assert mistakes(tmp_path, text) == [
        "[systems.scim.leavers] unknown key 'days'; known: delete, grace",
        "[systems.scim.adopt] unknown key 'keyz'; did you mean 'keys'?",
        "[systems.scim] unknown key 'tokn'; did you mean 'token'?",
        "[systems.scim] token is missing",
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[systems.ding.map.members]\nname = 'name'", "map.members: this target has department"),
        ("[systems.ding.map.member]\nmobil = 'x'", "map.member.mobil: there is no such field"),
        ("[systems.ding.map.member]\nmobil = 'x'", "did you mean 'mobile'?"),
        ("[systems.ding.map.member]\nname = 'a ||'", "the expression 'a ||' cannot be read"),
    ],
)
def test_a_mapping_is_checked_when_the_target_is_made(
    table: str, said: str, tmp_path: Path
) -> None:
    """Kinds, fields and expressions are those of the target, so it takes the target to know."""
    config = load(written(tmp_path, ORG + DING + table))
    with pytest.raises(ConfigError, match="the mapping cannot be used") as caught:
        destination(config, config.systems["ding"])
    assert said in str(caught.value)


def test_a_source_is_not_written_to(tmp_path: Path) -> None:
    """Who asks for it is told how to allow it."""
    config = target(tmp_path)
    with pytest.raises(ConfigError, match='role = "both"'):
        destination(config, config.systems["hr"])
