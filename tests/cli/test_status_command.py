"""status, and check for one person: how far a target is, and what it gets."""

from __future__ import annotations

import re

import pytest

from tests.cli.casdoor_target import (
    Casdoor,
    steady,
)
from tests.cli.conftest import Cli, changed

STATUS = """\
Target   Organization  In sync  Waiting  Stuck  Behind  Last run
casdoor  acme          9/9                      0       finished, 1 s ago
Source  Organization  Last read  Next      Told  Found later
hr      acme          1 s ago    in 9 min
"""
CHECKED = """\
欧阳晓月
Field                  Expression            Value
id                     id                    u1
name                   job_number || userid  A-1
displayName            name                  欧阳晓月
email                  email                 yue@example.com
phone                  mobile                +8613800009001
avatar                 avatar
title                  title                 Director
properties.job_number  job_number            A-1
departments                                  d1
manager
active                                       yes
"""
STATUS_KEYS = {
    "system", "org", "in_sync", "total", "waiting", "resting", "delivered", "behind",
    "behind_seconds", "stuck", "last", "role", "job",
}  # fmt: skip
SOURCE_KEYS = {"system", "org", "read", "next", "callbacks", "last", "role", "job"}


def test_the_status_of_a_target(fresh: Cli, casdoor: Casdoor) -> None:
    """How much is in sync, how far it is behind, and when it was last brought there."""
    fresh("sync", "hr")
    said = fresh("status")
    assert said.code == 0
    assert re.search(r"casdoor  acme +0/9 +11 +14 events, \d+ s +never\n", said.out)
    fresh("sync", "casdoor")
    said = fresh("status")
    next_at_9 = re.sub(r"in \d+ (s|min)\n", "in 9 min\n", steady(said.out))
    assert re.sub(r"Next +Told", "Next      Told", next_at_9) == STATUS
    fresh.roster(changed())
    fresh("sync", "hr")
    assert re.search(r"casdoor  acme +5/10 +6 +6 events, ", fresh("status", "casdoor").out)


def test_the_status_as_a_document(fresh: Cli, casdoor: Casdoor) -> None:
    """The keys are the same whether something is stuck or not."""
    fresh("sync")
    one, source = fresh("status", "--json").json
    assert one.keys() == STATUS_KEYS
    assert source.keys() == SOURCE_KEYS
    assert (one["role"], source["role"]) == ("target", "source")
    assert fresh("status", "casdoor", "--json").json == [one]
    assert fresh("status", "hr", "--json").json == [source]
    assert (one["in_sync"], one["total"], one["behind"], one["stuck"]) == (9, 9, 0, [])
    assert one["last"]["mode"] == "deliver"


def test_there_is_no_status_of_what_does_nothing(fresh: Cli) -> None:
    """Without a source and a target the mistake names the fix, as for a system that is neither."""
    config = fresh.folder / "orgledger.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('source = "hr"\n', ""), encoding="utf-8")
    fix = 'Name it as the source of its organization, or say role = "target" there.\n'
    said = fresh("status")
    assert (said.code, said.out) == (2, "")
    assert said.err == f"error: there is no source and no target in the configuration. {fix}"
    said = fresh("status", "hr")
    assert (said.code, said.err) == (2, f"error: 'hr' is neither read nor written to. {fix}")


def test_check_warns_of_a_system_that_nothing_is_done_with(fresh: Cli) -> None:
    """A second source of one organization works, and would be waited for in vain."""
    config = fresh.folder / "orgledger.toml"
    text = config.read_text(encoding="utf-8")
    more = '\n[systems.second]\ntype = "roster"\norg = "{org}"\npath = "roster.json"\n'
    for org, why in (("acme", "the source of acme is hr"), ("club", "club has no source")):
        config.write_text(text + more.format(org=org), encoding="utf-8")
        found = fresh("check", "--json").json
        assert [f["level"] for f in found["hr"]] == ["ok"]
        works, idle = found["second"]
        assert (works["level"], idle["level"]) == ("ok", "warning")
        assert idle["text"] == f"it is neither read nor written to: {why}"
        assert idle["fix"] == f'To have it read, say source = "second" in [orgs.{org}].'


def test_one_person_as_the_target_gets_them(fresh: Cli, casdoor: Casdoor) -> None:
    """``check TARGET --member`` shows each field with its expression, and calls nobody."""
    fresh("sync", "hr")
    said = fresh("check", "casdoor", "--member", "u1")
    assert (said.code, said.out) == (0, CHECKED)
    found = fresh("check", "casdoor", "--member", "u1", "--json").json
    assert found["fields"]["name"] == "A-1"
    assert found["expressions"]["name"] == "job_number || userid"
    assert casdoor.writes() == 0


def test_the_mapping_and_the_scope_of_the_configuration_count(fresh: Cli, casdoor: Casdoor) -> None:
    """What the file maps is what the person gets, and who is out of scope is said to be."""
    config = fresh.folder / "orgledger.toml"
    config.write_text(
        config.read_text(encoding="utf-8")
        + '\n[systems.casdoor.map.member]\ntag = "department_names[0]"\navatar = ""\n'
        '[systems.casdoor.scope]\nmember = "active"\n',
        encoding="utf-8",
    )
    fresh("sync")
    fields = fresh("check", "casdoor", "--member", "u1", "--json").json["fields"]
    assert (fields["tag"], "avatar" in fields) == ("R&D", False)
    assert "u3" not in casdoor.members()
    assert "The scope of this target leaves this person out." in (
        fresh("check", "casdoor", "--member", "u3").out
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["sync", "--entity", "u1"], "--entity goes with --approve. Name the held run"),
        (["check", "--member", "u1"], "--member goes with one target. Name it: check TARGET."),
        (["check", "hr", "--member", "u1"], "'hr' owns the organization 'acme' and is not written"),
        (["check", "casdoor", "--member", "zz"], "the organization 'acme' has no member 'zz'."),
        (["sync", "casdor"], "there is no system 'casdor' in the configuration; did you mean"),
        (["retry", "run-1"], "there is no run 'run-1'"),
        (["sync", "casdoor", "--at", "someday"], "casdoor: "),
    ],
)
def test_what_cannot_be_meant(
    arguments: list[str], reason: str, fresh: Cli, casdoor: Casdoor
) -> None:
    """A wrong command ends with 2 and one sentence that names the fix."""
    fresh("sync", "hr")
    said = fresh(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {reason}")


def test_a_mapping_that_does_not_fit_names_the_nearest_field(fresh: Cli, casdoor: Casdoor) -> None:
    """A kind that the target does not have, and an expression that cannot be read, are told."""
    config = fresh.folder / "orgledger.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + '\n[systems.casdoor.map.person]\nname = "a ||"\n', encoding="utf-8")
    said = fresh("check", "casdoor")
    assert said.code == 1
    assert "map.person: this target has department, member, role" in said.out
    config.write_text(text + '\n[systems.casdoor.map.member]\nname = "a ||"\n', encoding="utf-8")
    assert "map.member.name: the expression 'a ||' cannot be read" in fresh("check", "casdoor").out
