"""The configuration: what it means, and every mistake in it at once with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import ConfigError
from domain.plausible import Limit, Limits
from orgledger.config import Config, find, load

WHOLE = """\
[log]
url = "nats://a:4222,nats://b:4222"
data = "state"
replicas = 3
user = "ann"
password = { env = "PASSWORD_OF_THE_TEST" }

[orgs.acme]
name = "Acme"
source = "ding"
timezone = "Europe/Berlin"

[orgs.club]

[systems.ding]
type = "dingtalk"
org = "acme"
role = "source"
schedule = "*/30 * * * *"
app_key = "key"
app_secret = { file = "secret.txt" }
rate = 60
guard = { members = { count = 10 }, departments = { percent = 50 } }

[systems.hr]
type = "roster"
org = "club"
path = "roster.json"

[serve]
port = 8080
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "orgledger.toml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(tmp_path: Path, text: str) -> list[str]:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    head, *lines = str(caught.value).removesuffix(".").splitlines()
    assert head == f"{path} cannot be used as it stands:"
    return [line.removeprefix("  - ") for line in lines]


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("PASSWORD_OF_THE_TEST", "pa55")
    (tmp_path / "secret.txt").write_text("s3cr3t\n")
    return load(written(tmp_path, WHOLE))


def test_a_whole_configuration(whole: Config, tmp_path: Path) -> None:
    assert (whole.log.password, whole.data) == ("pa55", tmp_path / "state")
    ding = whole.systems["ding"]
    assert (ding.role, ding.schedule, ding.settings.rate) == ("source", "*/30 * * * *", 60.0)
    assert ding.settings.app_secret == "s3cr3t"
    assert [system.id for system in whole.sources()] == ["ding"]
    assert (whole.zone("acme").key, whole.zone("club").key) == ("Europe/Berlin", "Asia/Shanghai")
    assert whole.warnings == ()


def test_a_limit_that_says_a_part_is_as_usual_in_the_other(whole: Config) -> None:
    assert whole.systems["ding"].guard == Limits(
        members=Limit(count=10, percent=20), departments=Limit(count=5, percent=50)
    )


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    config = load(written(tmp_path, ""))
    assert (config.log.url, config.orgs, config.sources()) == ("embedded", {}, [])


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert "acme" in load(written(tmp_path, "\N{ZERO WIDTH NO-BREAK SPACE}[orgs.acme]\n")).orgs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[orgz.a]", "unknown section 'orgz'; did you mean 'orgs'?"),
        ("orgs = 3", "orgs is a table of tables: write [orgs.<id>]"),
        ("orgs.acme = 3", "[orgs] 'acme' is not a table: write [orgs.<id>]"),
        ("log = []", "[log] this is not a table"),
        ("[log]\nurll = 'x'", "[log] unknown key 'urll'; did you mean 'url'?"),
        (
            "[log]\nurl = 'http://a'",
            '[log] url is "embedded" or the servers, such as "nats://a:4222"',
        ),
        ("[log]\nreplicas = 2", "[log] replicas is 1, 3 or 5, not 2"),
        ("[log]\nreplicas = 'three'", "[log] replicas: expected a whole number, got a text"),
        ("[log]\nstream = 'a b'", "[log] stream has only A-Z, a-z, 0-9, '-' and '_'"),
        ("[log]\ndata = ''", "[log] data must not be empty"),
        ('[log]\ndata = "\\u0000"', "[log] data cannot have this value"),
        ("[orgs.Acme]", "[orgs.Acme] an id has only a-z, 0-9, '-' and '_'"),
        ("[orgs.a]\nname = 3", "[orgs.a] name: expected a text, got a whole number"),
        ("[orgs.a]\ntimezone = 'Asia'", "[orgs.a] timezone: 'Asia' is not known"),
        ("[orgs.a]\ntimezone = '../x'", "[orgs.a] timezone: '../x' is not known"),
        ("[orgs.a]\nsource = 'x'", "[orgs.a] source: there is no system 'x'; known: none"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, text) == [said]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("", ["path is missing"]),
        ("path = 3", ["path: expected a text, got a whole number"]),
        ("path = ' '", ["Write where the file is"]),
        ("pth = 'x'", ["unknown key 'pth'; did you mean 'path'?", "path is missing"]),
        ("path = 'x'\nrole = 'sauce'", ["role: there is no 'sauce'; did you mean 'source'?"]),
        ("path = 'x'\nschedule = 'daily'", ["schedule has the five fields of cron"]),
        ("path = 'x'\nschedule = '0 25 * * *'", ["schedule: the hour cannot be '25'"]),
        ("path = 'x'\nschedul = 'daily'", ["unknown key 'schedul'; did you mean 'schedule'?"]),
        ("path = { env = 'NOT_SET_AT_ALL' }", ["path: the environment variable NOT_SET_AT_ALL"]),
        ("path = { file = 'nowhere' }", ["path: "]),
        ("path = { env = 3 }", ["path: env takes a name"]),
        ("path = { file = '' }", ["path: file takes a name"]),
        ("path = { elsewhere = 'x' }", ["path: expected a text, got a table"]),
    ],
)
def test_mistakes_in_a_system(keys: str, said: list[str], tmp_path: Path) -> None:
    text = f"[orgs.a]\n[systems.hr]\ntype = 'roster'\norg = 'a'\n{keys}\n"
    found = mistakes(tmp_path, text)
    assert len(found) == len(said)
    for mistake, expected in zip(found, said, strict=True):
        assert expected in mistake.removeprefix("[systems.hr] ")


@pytest.mark.parametrize(
    ("guard", "said"),
    [
        ("3", "[systems.hr.guard] this is not a table"),
        ("{ members = 3 }", "[systems.hr.guard.members] this is not a table"),
        ("{ member = {} }", "[systems.hr.guard] unknown key 'member'; did you mean 'members'?"),
        (
            "{ members = { cnt = 3 } }",
            "[systems.hr.guard.members] unknown key 'cnt'; did you mean 'count'?",
        ),
        (
            "{ members = { percent = 120 } }",
            "[systems.hr.guard.members] count, most are 0 or more, percent 0 to 100",
        ),
        ("{ members = { percent = nan } }", "[systems.hr.guard.members] percent cannot have"),
        ("{ members = { count = 1.5 } }", "[systems.hr.guard.members] count: expected a whole"),
    ],
)
def test_mistakes_in_a_guard(guard: str, said: str, tmp_path: Path) -> None:
    text = f"[orgs.a]\n[systems.hr]\ntype='roster'\norg='a'\npath='x'\nguard = {guard}\n"
    (mistake,) = mistakes(tmp_path, text)
    assert mistake.startswith(said)


def test_all_mistakes_are_told_at_once_and_none_because_of_another(tmp_path: Path) -> None:
    text = """
    [log]
    urll = "embedded"
    [orgs.a]
    sorce = "hr"
    [systems.hr]
    org = "a"
    type = "roster"
    path = "x"
    [systems.ding]
    type = "dingtalk"
    org = "b"
    app_key = ""
    app_secret = 7
    """
    assert mistakes(tmp_path, text) == [
        "[log] unknown key 'urll'; did you mean 'url'?",
        "[orgs.a] unknown key 'sorce'; did you mean 'source'?",
        "[systems.ding] org: there is no 'b'; known: a",
        "[systems.ding] app_secret: expected a text, got a whole number",
    ]


def test_the_owner_of_an_organization_must_be_its_own(tmp_path: Path) -> None:
    system = "[systems.hr]\ntype='roster'\npath='x'\norg='b'\n"
    orgs = "[orgs.a]\nsource='hr'\n[orgs.b]\n"
    assert mistakes(tmp_path, orgs + system) == [
        "[orgs.a] source: the system 'hr' belongs to another organization"
    ]
    target = "[orgs.b]\nsource='hr'\n" + system + "role='target'\n"
    assert mistakes(tmp_path, target) == [
        "[orgs.b] source: the system 'hr' is a target only",
        "[systems.hr] role: nothing can be written to the type 'roster'",
    ]


def test_literal_secrets_are_warned_about_and_not_shown(tmp_path: Path) -> None:
    text = """
    [log]
    url = "nats://ann:hunter2@a:4222"
    token = "hunter3"
    [orgs.a]
    [systems.ding]
    type = "dingtalk"
    org = "a"
    app_key = "key"
    app_secret = "hunter4"
    """
    warnings = load(written(tmp_path, text)).warnings
    assert [warning.partition(" is written")[0] for warning in warnings] == [
        "[log] url",
        "[log] token",
        "[systems.ding] app_secret",
    ]
    assert "hunter" not in "".join(warnings)


def test_what_is_not_there_is_named_with_the_nearest(whole: Config) -> None:
    with pytest.raises(ConfigError, match="did you mean 'acme'"):
        whole.org("acmee")
    with pytest.raises(ConfigError, match="no system 'zzz' in the configuration; known: ding, hr"):
        whole.system("zzz")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="orgledger init"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("[orgs.a]\nname = 'Müller'\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not a text in UTF-8"):
        load(latin)


def test_the_file_is_named_by_the_option_then_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ORGLEDGER_CONFIG", raising=False)
    assert find(None) == Path("orgledger.toml")
    monkeypatch.setenv("ORGLEDGER_CONFIG", "/etc/o.toml")
    assert find(None) == Path("/etc/o.toml")
    assert find("mine.toml") == Path("mine.toml")
