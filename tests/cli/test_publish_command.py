"""publish: from a file or stdin, and every mistake of a file at once."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from tests.cli.conftest import Cli

CREATED = {"event": "DepartmentCreated", "id": "openings", "name": "Openings"}
JOINED = {"event": "MemberCreated", "id": "m1", "name": "Judit", "departments": ["openings"]}


def file(cli: Cli, content: str) -> str:
    path = cli.folder / "changes.json"
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([CREATED, JOINED]),
        f"{json.dumps(CREATED)}\n\n{json.dumps(JOINED)}\n",
        "\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps([CREATED, JOINED], indent=1),
    ],
    ids=["a list", "lines", "with a byte order mark"],
)
def test_a_file_of_events(content: str, fresh: Cli) -> None:
    said = fresh("publish", "club", file(fresh, content))
    assert said.code == 0
    assert said.out.startswith("3 events recorded, the last at position 4 (run-")
    assert fresh("tree", "club").out == (
        "Chess Club  1 person, at position 5\n└── Openings  1\n    └── Judit\n"
    )


def test_events_from_stdin(fresh: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(CREATED).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert fresh("publish", "club", "-").code == 0


def test_a_key_is_taken_once(fresh: Cli) -> None:
    path = file(fresh, json.dumps(CREATED))
    assert fresh("publish", "club", path, "--key", "k1").code == 0
    other = file(fresh, json.dumps(JOINED))
    said = fresh("publish", "club", other, "--key", "k1")
    assert said.out.startswith("taken before as run-")
    assert said.out.endswith(", nothing was recorded now\n")


def test_every_mistake_is_named_and_nothing_is_recorded(fresh: Cli) -> None:
    bad: list[Any] = [CREATED, {"event": "DepartmentCreate", "id": "x"}, 7, {**JOINED, "nam": "J"}]
    said = fresh("publish", "club", file(fresh, json.dumps(bad)))
    assert said.code == 1
    assert said.err == (
        "error: 3 of 4 events cannot be taken, so none was. Mend these and publish again:\n"
        "  - event 2: 'event' is not the name of one that can be published; "
        "did you mean 'DepartmentCreated'?\n"
        "  - event 3: it is not an object\n"
        "  - event 4: MemberCreated has no field 'nam'; did you mean 'name'?\n"
    )
    assert fresh("log").out == "The log is empty.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "has no event in it"),
        ("", "has no event in it"),
        ("{]\nx", "is not JSON. Mend it:\n  - line 1: "),
        ("{}\nx", "is not JSON, nor JSON lines. Mend these lines:\n  - line 2: "),
    ],
)
def test_a_file_that_holds_no_events(content: str, said: str, fresh: Cli) -> None:
    answer = fresh("publish", "club", file(fresh, content))
    assert answer.code == 1
    assert said in answer.err


def test_a_file_that_is_not_there(fresh: Cli) -> None:
    answer = fresh("publish", "club", "nowhere.json")
    assert (answer.code, answer.err) == (
        1,
        "error: nowhere.json cannot be read (No such file or directory).\n",
    )


def test_an_organization_with_a_source_is_read_only(fresh: Cli) -> None:
    """Also before its first sync: it would belong to nobody, and the sync be refused for ever."""
    answer = fresh("publish", "acme", file(fresh, json.dumps(CREATED)))
    assert answer.code == 2
    assert answer.err.startswith("error: the organization 'acme' is kept in 'hr' and is read-only")
    assert fresh("sync").code == 0
