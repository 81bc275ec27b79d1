"""Errors: one sentence with the fix on stderr, the right exit code, and nothing that is secret."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orgledger.cli.app import app, run
from orgledger.cli.commands import COMMANDS, Command
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["tree", "acmee"], "there is no organization 'acmee'; did you mean 'acme'?"),
        (["diff", "acmee", "--from", "1"], "there is no organization 'acmee'"),
        (["member", "acmee", "u1"], "there is no organization 'acmee'"),
        (["search", "acmee", "u1"], "there is no organization 'acmee'"),
        (["log", "acmee"], "there is no organization 'acmee'; did you mean 'acme'?"),
        (["runs", "xyz"], "there is no organization 'xyz'; known: acme, club."),
        (["publish", "clubb", "x.json"], "x.json cannot be read"),
        (["member", "acme", "u99"], "there is no member 'u99' in 'acme'."),
        (["run", "run-0"], "there is no run 'run-0'"),
        (["check", "hrr"], "there is no system 'hrr' in the configuration; did you mean 'hr'?"),
        (["tree", "acme", "--at", "25"], "there is no position 25, the log ends at 24."),
        (["tree", "acme", "--at", "²"], "'²' is not a moment. Give a position"),
        (["tree", "acme", "--at", "yesterday"], "'yesterday' is not a moment."),
        (["tree", "acme", "--at", "2026-02-30"], "'2026-02-30' is not a moment."),
        (["tree", "acme", "--at", "9999-12-31"], "'9999-12-31' is not a moment."),
        (["tree", "acme", "--at", "run-0"], "there is no run 'run-0'"),
        (["log", "--since", "-"], "'-' is not a moment."),
        (["simulate", "dingtlk", "--roster", "x", "--port", "1"], "there is no simulator of"),
        (["init"], ""),
    ],
)
def test_what_is_not_there_is_named_with_the_nearest(
    arguments: list[str], reason: str, cli: Cli
) -> None:
    said = cli(*arguments)
    assert said.code in (1, 2)
    assert said.out == ""
    assert said.err.startswith(f"error: {reason}")


def test_a_run_is_named_by_the_nearest(cli: Cli) -> None:
    known = cli("runs", "--json").json[0]["id"]
    said = cli("run", known[:-1])
    assert f"; did you mean {known!r}?" in said.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tre"], "there is no command 'tre'; did you mean 'tree'?"),
        (["tree", "acme", "--peeple"], "No such option: --peeple"),
        (["tree"], "Missing argument"),
        (["runs", "-n", "many"], "Invalid value for"),
        (["simulate", "dingtalk", "--roster", "x", "--port", "0"], "Invalid value for"),
    ],
)
def test_a_command_that_cannot_be_read_ends_with_two(
    arguments: list[str], said: str, cli: Cli
) -> None:
    answer = cli(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_without_a_configuration_it_says_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["tree", "acme"]) == 2
    assert capsys.readouterr().err == (
        "error: there is no configuration file orgledger.toml. "
        "Create one with 'orgledger init', or name one with --config.\n"
    )


def test_the_configuration_can_be_named_by_the_environment(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORGLEDGER_CONFIG", str(cli.folder / "orgledger.toml"))
    assert run(["tree", "acme"]) == 0


def test_every_mistake_in_the_configuration_at_once(fresh: Cli) -> None:
    (fresh.folder / "orgledger.toml").write_text(
        '[orgs.acme]\nsorce = "hr"\n[systems.hr]\ntype = "rooster"\norg = "acmee"\n'
    )
    said = fresh("tree", "acme")
    assert said.code == 2
    assert said.err.splitlines()[1:] == [
        "  - [orgs.acme] unknown key 'sorce'; did you mean 'source'?",
        "  - [systems.hr] type: there is no 'rooster'; did you mean 'roster'?",
        "  - [systems.hr] org: there is no 'acmee'; did you mean 'acme'?",
    ]


def test_a_roster_that_is_not_there(fresh: Cli) -> None:
    said = fresh("simulate", "dingtalk", "--roster", "nowhere.json", "--port", "18490")
    assert said.code == 1
    assert said.err == (
        "error: nowhere.json cannot be read (No such file or directory). "
        "Name a roster file, such as one that 'orgledger tree ORG --json' wrote.\n"
    )


def test_a_port_that_is_taken(fresh: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        roster = str(fresh.folder / "roster.json")
        said = fresh("simulate", "dingtalk", "--roster", roster, "--port", str(port))
    assert said.code == 2
    assert said.err == (
        f"error: the port {port} cannot be used: Address already in use. "
        "Stop what listens there, or give another --port.\n"
    )


@pytest.mark.parametrize("fault", ["user/list", "user/list:explode", "user/list:throttle:times"])
def test_a_fault_that_makes_no_sense(fault: str, fresh: Cli) -> None:
    roster = {"departments": [{"id": "100", "name": "D", "parent_id": None}], "members": []}
    fresh.roster(roster)
    path = str(fresh.folder / "roster.json")
    said = fresh("simulate", "dingtalk", "--roster", path, "--port", "18490", "--fault", fault)
    assert said.code == 1
    assert said.err.startswith(f"error: The fault {fault!r} cannot be read")


def test_a_log_that_cannot_be_reached_and_its_password(fresh: Cli) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        (fresh.folder / "orgledger.toml").write_text(
            f'[log]\nurl = "nats://ann:hunter2@127.0.0.1:{port}"\n[orgs.acme]\n'
        )
        said = fresh("tree", "acme")
        checked = fresh("check", "--json")
    assert said.code == 1
    assert "hunter2" not in said.err + checked.out + checked.err
    assert [f["level"] for f in checked.json["log"]] == ["error"]


def test_secrets_and_people_are_in_no_message(
    fresh: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A provider that cannot be reached, a file that is not JSON, a roster with bad rows."""
    monkeypatch.setenv("SECRET_OF_THE_TEST", "s3cr3t-value")
    config = fresh.folder / "orgledger.toml"
    config.write_text(
        config.read_text(encoding="utf-8")
        + '\n[systems.ding]\ntype = "dingtalk"\norg = "club"\nrole = "source"\napp_key = "key"\n'
        'app_secret = { env = "SECRET_OF_THE_TEST" }\n'
        'base_url = "http://127.0.0.1:1"\napi_url = "http://127.0.0.1:1"\n',
        encoding="utf-8",
    )
    fresh.roster(
        {
            "departments": [{"id": "d", "name": "D", "parent_id": None}],
            "members": [
                {"id": "u1", "name": "Zaphod", "departments": ["d"], "email": 7},
                {"id": "u1", "name": "Zaphod", "departments": ["e"], "mobile": "13800009001"},
            ],
        }
    )
    bad = tmp_path / "bad.json"
    bad.write_text('{"event": "MemberCreated", "id": "u9", "name": "Zaphod", "mobile": 138000090}')
    said = [
        fresh("check", "ding"),
        fresh("sync"),
        fresh("publish", "club", str(bad)),
        fresh("audit", "select 'Zaphod' + 1 from events"),
    ]
    text = "".join(answer.out + answer.err for answer in said[:3])
    assert [answer.code for answer in said] == [1, 1, 1, 2]
    for word in ("s3cr3t", "Zaphod", "1380000"):
        assert word not in text


@pytest.mark.parametrize(
    ("data", "where", "why"),
    [
        ("orgledger.toml/x", "orgledger.toml/x", "Not a directory"),
        ("theirs", "theirs/turn", "Is a directory"),
    ],
)
def test_a_folder_that_cannot_be(data: str, where: str, why: str, fresh: Cli) -> None:
    """One that cannot be made, and one in which somebody else's hand was: what to do about it."""
    (fresh.folder / "theirs" / "turn").mkdir(parents=True)
    (fresh.folder / "orgledger.toml").write_text(f'[log]\ndata = "{data}"\n[orgs.acme]\n')
    said = fresh("tree", "acme")
    fix = "Run as the user who owns it, or name another folder in [log] data."
    assert (said.code, said.out) == (2, "")
    assert said.err == f"error: the log cannot be kept in {fresh.folder}/{where}: {why}. {fix}\n"
    assert fresh("check", "--json").json["log"][0]["fix"] == fix


@pytest.fixture
def _faulty_command(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``boom``, a command that fails as only a bug does."""
    monkeypatch.setitem(COMMANDS, "boom", Command("setup", "It fails."))

    def boom() -> None:
        raise ZeroDivisionError("mobile 13800009001")

    app.command("boom")(boom)
    yield
    app.registered_commands.pop()


@pytest.mark.usefixtures("_faulty_command")
def test_an_error_nobody_expected_keeps_its_message_to_itself(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = cli("boom")
    assert said.code == 1
    assert re.fullmatch(
        r"error: this is a bug in orgledger \(ZeroDivisionError in test_errors.py, line \d+\). "
        r"Run it again with ORGLEDGER_TRACEBACK=1 for the whole story.\n",
        said.err,
    )
    monkeypatch.setenv("ORGLEDGER_TRACEBACK", "1")
    assert "Traceback" in cli("boom").err
