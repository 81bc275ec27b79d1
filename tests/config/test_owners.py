"""``[orgs.x.owners]``: what may be given away, and the mistakes in it, each with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import ConfigError
from domain.ownership import GROUPS, Ownership
from domain.ports import SourceCapabilities
from orgledger.bootstrap import open_service
from orgledger.config import Config, load
from orgledger.sharing import must_tell
from tests.engine.fake_source import FakeSource, company

ORG = "[orgs.acme]\nsource = 'hr'\n[orgs.acme.owners]\n{owners}\n"
HR = "[systems.hr]\ntype = 'roster'\norg = 'acme'\npath = 'x.json'\n"
DING = (
    "[systems.ding]\ntype = 'dingtalk'\norg = 'acme'\napp_key = 'k'\n"
    "app_secret = {{ env = 'SECRET_OF_THE_TEST' }}\n{role}\n"
)
SCIM = (
    "[systems.scim]\ntype = 'scim'\norg = 'acme'\nbase_url = 'http://scim.example.com/v2'\n"
    "token = { env = 'SECRET_OF_THE_TEST' }\n"
)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_TEST", "t0ken")


def read(folder: Path, owners: str, *, role: str = "role = 'both'", more: str = "") -> Config:
    path = folder / "orgledger.toml"
    text = ORG.format(owners=owners) + HR + DING.format(role=role) + SCIM + more
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_an_owner_of_a_part_is_read_and_written(tmp_path: Path) -> None:
    """It stands after the source in what is read, and among what is written."""
    config = read(tmp_path, "contact = 'ding'")
    assert [system.id for system in config.sources()] == ["hr", "ding"]
    assert [system.id for system in config.targets()] == ["ding", "scim"]
    assert config.ownership("acme").part("ding") == {"contact"}


def test_what_the_source_keeps_need_not_be_said(tmp_path: Path) -> None:
    """The source may be named as the owner of a group, and that changes nothing."""
    config = read(tmp_path, "contact = 'hr'")
    assert [system.id for system in config.sources()] == ["hr"]
    assert config.ownership("acme").shared == frozenset()


@pytest.mark.parametrize(
    ("owners", "role", "more", "told"),
    [
        ("contakt = 'ding'", "role = 'both'", "", "no group 'contakt'; did you mean 'contact'?"),
        ("contakt = 'hr'", "role = 'both'", "", "no group 'contakt'; did you mean 'contact'?"),
        ("contact = 'dong'", "role = 'both'", "", "no system 'dong'; did you mean 'ding'?"),
        ("contact = 'scim'", "role = 'both'", "", "nothing can be read from 'scim'"),
        ("contact = 'ding'", "", "", "'ding' is not read; say role = \"both\" in [systems.ding]"),
        ("contact = 'ding'", "role = 'target'", "", "'ding' is not read; say role"),
        ("contact = 'old'", "role = 'both'", "", "nothing can be written to 'old'"),
        (
            "contact = 'other'",
            "role = 'both'",
            "[orgs.else]\n[systems.other]\ntype = 'scim'\norg = 'else'\n"
            "base_url = 'http://s'\ntoken = { env = 'SECRET_OF_THE_TEST' }\n",
            "the system 'other' belongs to another organization",
        ),
    ],
)
def test_mistakes_say_what_to_do(
    tmp_path: Path, owners: str, role: str, more: str, told: str
) -> None:
    """Each mistake names its section and the way out."""
    old = "[systems.old]\ntype = 'roster'\norg = 'acme'\npath = 'y.json'\n"
    with pytest.raises(ConfigError) as error:
        read(tmp_path, owners, role=role, more=more + old)
    assert "[orgs.acme.owners]" in str(error.value)
    assert told in str(error.value)


def test_an_owner_must_be_able_to_show_what_it_owns() -> None:
    """A system that tells no leaders cannot own them."""
    source = FakeSource(company())
    ownership = Ownership(source="hr", owners=dict.fromkeys(GROUPS, "ding"))
    must_tell(ownership, "ding", source)
    source.capabilities = SourceCapabilities(leaders=False, why={"leaders": "It has none."})
    with pytest.raises(ConfigError, match=r"'ding' cannot own leaders.*It has none"):
        must_tell(ownership, "ding", source)


def test_a_feed_of_an_owner_knows_both_sides(tmp_path: Path) -> None:
    """What it is read for, and what is written to it, come from one configuration."""
    with open_service(read(tmp_path, "contact = 'ding'")) as opened:
        feed = opened.feed(opened.config.system("ding"))
        assert feed.ownership.part("ding") == {"contact"}
        assert feed.mirror is not None
        assert feed.mirror.ownership is not None
        assert opened.feed(opened.config.system("hr")).mirror is None
