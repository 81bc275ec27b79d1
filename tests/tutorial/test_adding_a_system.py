"""docs/adding-a-system.md is taken apart, installed, and does what it says."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.nats.embedded import attach
from adapters.simulation.server import running
from orgledger import plugins
from tests.cli.conftest import Cli
from tests.tutorial.address_book import TOKEN, AddressBook

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-system.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
"""The files of the page: a block whose first line names one."""

QUICK = "first_reading or page_fails or rehired or lost_replies or has_a_reason"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as pip would lay it down: the files, and what the installer notes beside them."""
    folder = tmp_path_factory.mktemp("site")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    noted = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    noted.mkdir()
    metadata = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (noted / "METADATA").write_text(metadata, encoding="utf-8")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in project["entry-points"].items()
    ]
    (noted / "entry_points.txt").write_text("".join(points), encoding="utf-8")
    return folder


@pytest.fixture
def installed(package: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package can be imported, and its entry point is found."""
    monkeypatch.syspath_prepend(package)
    plugins.brought.cache_clear()
    yield package
    plugins.brought.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "address_book"]:
        del sys.modules[name]


def lines(name: str) -> int:
    return sum(1 for line in FILES[name].splitlines() if line.strip())


def test_the_adapter_is_as_short_as_the_page_says() -> None:
    """Under 150 lines, those that are blank not counted."""
    total = sum(lines(name) for name in FILES if name.startswith("address_book/"))
    assert total < 150
    assert f"in {total} lines" in PAGE


def test_every_name_that_a_package_may_import_is_there() -> None:
    """And the page's own code imports no other of orgledger's."""
    table = re.findall(r"^\| `([a-z_.]+)` \| (`.*`) \|$", PAGE, re.MULTILINE)
    promised = {(module, name) for module, names in table for name in re.findall(r"`(\w+)`", names)}
    for module, name in promised:
        assert hasattr(importlib.import_module(module), name), f"{module}.{name}"
    adapter = "\n".join(text for name, text in FILES.items() if name.startswith("address_book/"))
    told = re.findall(r"from ((?:adapters|domain|orgledger)\S*) import (.*)", adapter)
    imported = {(module, name.strip()) for module, names in told for name in names.split(",")}
    assert imported - promised <= {("adapters.http", "findings")}


@pytest.fixture
def books() -> Iterator[tuple[AddressBook, AddressBook, dict[str, str]]]:
    """The intranet's address book with two people, the branch's empty one, and their addresses."""
    ours, theirs = AddressBook(page=1), AddressBook(page=1)
    research = ours.put(ours.departments, name="Research", parent=None)
    inside = {"departments": [research["id"]], "active": True}
    ours.put(ours.people, name="欧阳晓月", email="yue@example.com", **inside)
    ours.put(ours.people, name="Ann Weber", email=None, **inside)
    with running(ours) as first, running(theirs) as second:  # type: ignore[arg-type]
        addresses = {"http://127.0.0.1:8001": first.url, "http://127.0.0.1:8002": second.url}
        yield ours, theirs, addresses


@pytest.fixture
def firm(
    installed: Path,
    books: tuple[AddressBook, AddressBook, dict[str, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Cli]:
    """The page's configuration, over a real log."""
    monkeypatch.setenv("ORGLEDGER_LANG", "en")
    text = FILES["orgledger.toml"]
    for told, real in books[2].items():
        text = text.replace(told, real)
    (tmp_path / "orgledger.toml").write_text(text, encoding="utf-8")
    (tmp_path / "token.txt").write_text(TOKEN, encoding="utf-8")
    with attach(tmp_path / ".orgledger"):
        yield Cli(tmp_path, capsys)


def test_the_adapter_brings_one_address_book_to_another(
    firm: Cli, books: tuple[AddressBook, AddressBook, dict[str, str]]
) -> None:
    """Through the command line: check, sync, tree, and every kind of change at the target."""
    ours, theirs, _ = books

    def there() -> list[tuple[Any, ...]]:
        names = ("name", "email", "departments", "active")
        return [tuple(person[name] for name in names) for person in theirs.people.values()]

    assert firm("check", "intranet", "branch").code == 2  # one system, or all
    said = firm("check", "intranet")
    assert "ok people: 1 on the first page" in said.out
    assert "limit as a source, roles: The address book has people" in said.out
    assert firm("sync").code == 0
    shown = firm("tree", "acme", "--json").json
    assert {m["name"]: m["email"] for m in shown["members"]} == {
        "欧阳晓月": "yue@example.com",
        "Ann Weber": None,
    }
    (research,) = theirs.departments
    assert there() == [
        ("欧阳晓月", "yue@example.com", [research], True),
        ("Ann Weber", None, [research], True),
    ]
    lab = ours.put(ours.departments, name="Lab", parent=next(iter(ours.departments)))
    first, second = ours.people.values()
    first |= {"name": "欧阳娜娜", "email": None, "departments": [lab["id"]]}
    del ours.people[second["id"]]
    elsewhere = theirs.put(theirs.departments, name="Chess club", parent=None)
    theirs.people[next(iter(theirs.people))]["departments"].append(elsewhere["id"])
    assert firm("sync").code == 0
    assert there() == [
        ("欧阳娜娜", None, [elsewhere["id"], theirs_of(theirs, "Lab")], True),
        ("Ann Weber", None, [], False),
    ]
    writes = theirs.writes
    assert firm("sync", "branch", "--verify").code == 0
    assert theirs.writes == writes


def theirs_of(book: AddressBook, name: str) -> str:
    return next(d["id"] for d in book.departments.values() if d["name"] == name)


def test_a_wrong_token_is_one_sentence(firm: Cli) -> None:
    """The generic faults name the system, and not the token."""
    (firm.folder / "token.txt").write_text("another-token", encoding="utf-8")
    said = firm("sync", "intranet")
    assert said.code == 1
    assert "intranet GET departments was refused: it does not accept our credentials." in said.err
    assert "another-token" not in said.out + said.err


def test_what_is_missing_in_the_settings_is_told(firm: Cli) -> None:
    """Settings of a plug-in are checked as our own are."""
    path = firm.folder / "orgledger.toml"
    text = path.read_text(encoding="utf-8").replace("base_url", "base_ulr", 1)
    path.write_text(text, encoding="utf-8")
    said = firm("runs")
    assert said.code == 2
    assert "unknown key 'base_ulr'; did you mean 'base_url'?" in said.err


def test_a_process_of_its_own_finds_it(firm: Cli) -> None:
    """Nothing but the installed package is needed: no registration, no setting."""
    command = [sys.executable, "-m", "orgledger", "-c", str(firm.folder / "orgledger.toml")]
    path = os.pathsep.join(filter(None, [*sys.path[:1], str(ROOT)]))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [*command, "check", "branch"], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "ok people: 0 on the first page" in done.stdout


def passed(package: Path, *arguments: str) -> int:
    """How many tests of the page's own file pass; none may fail."""
    pytest_there = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*pytest_there, "-o", f"pythonpath=. {ROOT}", "test_contract.py", *arguments],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) passed", done.stdout)
    assert found, done.stdout
    return int(found[1])


def test_the_contract_suites_run_as_the_page_says(package: Path) -> None:
    """A few situations of each, in a project of its own; the others by ``make soak``."""
    assert passed(package, "-k", QUICK) >= 5


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_adapter_passes_both_contract_suites(package: Path) -> None:
    """Every situation and trouble that an address book can be in."""
    assert passed(package) > 100
