"""Who may call the API, and how the configuration says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import ConfigError
from orgledger import config as configuration
from orgledger.config import TokenConfig
from orgledger.live.callers import Callers
from orgledger.live.problems import RefusalError
from tests.live.api_desk import TOKEN, hashed

OLD, NEW = "an-old-token-of-the-portal", "a-new-token-of-the-portal"


def test_an_old_and_a_new_token_are_let_in_while_they_are_changed() -> None:
    """In the clear or hashed, in a list or with white space between."""
    for token in ((OLD, hashed(NEW)), f"{hashed(OLD)}\n{NEW}"):
        callers = Callers({"portal": TokenConfig(token=token, orgs=("acme",))})
        for given in (OLD, NEW):
            assert callers.admitted(f"Bearer {given}", "acme", "publish") == "portal"


def test_a_token_counts_for_its_organizations_and_rights_only() -> None:
    """One token under two names has the rights of both."""
    callers = Callers(
        {
            "reads": TokenConfig(token=TOKEN, orgs=("*",), may=("read",)),
            "writes": TokenConfig(token=TOKEN, orgs=("acme",), may=("publish",)),
        }
    )
    assert callers.admitted(f"Bearer {TOKEN}", "rust", "read") == "reads"
    assert callers.admitted(f"Bearer {TOKEN}", "acme", "publish") == "writes"
    with pytest.raises(RefusalError, match="may not publish to the organization 'rust'") as caught:
        callers.admitted(f"Bearer {TOKEN}", "rust", "publish")
    assert caught.value.status == 403


def test_without_tokens_nobody_is_let_in() -> None:
    with pytest.raises(RefusalError) as caught:
        Callers({}).admitted(f"Bearer {TOKEN}", "acme", "read")
    assert caught.value.status == 401


GOOD = f"""
[orgs.acme]
[serve.tokens.portal]
token = "{hashed(TOKEN)}"
orgs = ["*"]
[subscribers.crm]
org = "acme"
url = "https://crm.example.com/told"
secret = {{ env = "CRM_SECRET" }}
"""


def load(folder: Path, text: str) -> configuration.Config:
    (folder / "orgledger.toml").write_text(text)
    return configuration.load(folder / "orgledger.toml")


def test_tokens_and_subscribers_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", "whsec_" + "A" * 32)
    config = load(tmp_path, GOOD)
    assert config.serve.tokens["portal"].may == ("publish", "read")
    assert config.subscribers["crm"].webhook.host == "crm.example.com"
    assert config.warnings == ()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('orgs = ["*"]', 'orgs = ["acm"]', "there is no organization 'acm'; did you mean 'acme'?"),
        ('orgs = ["*"]', "orgs = []", 'orgs names no organization; "*" is every one'),
        ('orgs = ["*"]', 'orgs = ["*"]\nmay = ["write"]', "[serve.tokens.portal] may: "),
        ('orgs = ["*"]', 'org = ["*"]', "unknown key 'org'; did you mean 'orgs'?"),
        ('org = "acme"\nurl', 'org = "*"\nurl', "[subscribers.crm] there is no organization '*'"),
        ("https://crm", "crm", "url must be an http or https address"),
        ("[subscribers.crm]", "[subscribers.crm]\nevents = []", "events has no pattern in it"),
        ("[serve.tokens.portal]", "[serve.token.portal]", "unknown key 'token'"),
        ("sha256:", "sha256:0", "sha256: is followed by 64 hexadecimal digits"),
    ],
)
def test_mistakes_are_named(
    before: str, after: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_SECRET", "whsec_" + "A" * 32)
    assert before in GOOD
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, GOOD.replace(before, after))
    assert said in str(caught.value)


def test_a_secret_in_the_file_is_warned_about(tmp_path: Path) -> None:
    secret = json.dumps("whsec_" + "A" * 32)
    config = load(tmp_path, GOOD.replace('{ env = "CRM_SECRET" }', secret))
    assert [w.partition(" is ")[0] for w in config.warnings] == ["[subscribers.crm] secret"]
