"""Everything that people read has a Chinese text, with the same placeholders."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest
from typer.main import get_command

from domain.delivery import order
from domain.delivery.capabilities import KINDS
from domain.delivery.operation import Action
from domain.delivery.state import Result
from domain.events import TOPICS
from orgledger.cli.app import app
from orgledger.cli.commands import COMMANDS
from orgledger.cli.words import _, chinese, field
from orgledger.cli.zh import FIELDS, HELP, TEXTS
from orgledger.engine.runs import Status

ROOT = Path(__file__).parents[2] / "orgledger"


def said() -> set[str]:
    """The literals in calls of ``_`` in the command line and the demo."""
    found = set()
    for file in (*ROOT.joinpath("cli").rglob("*.py"), *ROOT.joinpath("demo").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(text))]):
                    found.add(text)
    return found


def test_every_sentence_of_the_source_is_translated() -> None:
    assert said() - TEXTS.keys() == set()


@pytest.mark.parametrize("text", sorted({**TEXTS, **HELP}))
def test_a_translation_has_the_placeholders_of_the_original(text: str) -> None:
    def names(of: str) -> set[str | None]:
        return {name for _text, name, _spec, _conversion in string.Formatter().parse(of)} - {None}

    assert names({**TEXTS, **HELP}[text]) == names(text)


def test_states_and_kinds_are_translated() -> None:
    words = {status.value for status in Status}
    words |= {"active", "deactivated", "resigned", "department", "member", "role"}
    words |= {"added", "removed", "changed", "ok", "warning", "error"}
    words |= {kind.replace("_", " ") for kind in KINDS}
    words |= {word.value for word in (*Action, *Result)}
    assert words - TEXTS.keys() == set()


def test_what_a_progress_bar_tells_is_translated() -> None:
    stages = {value for value in vars(order).values() if isinstance(value, int)}
    assert {order.called(stage) for stage in stages} - TEXTS.keys() == set()


def headings() -> set[str]:
    """The literals that become headings of tables, or labels, in a loop."""
    found = set()
    for file in ROOT.joinpath("cli", "commands").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.Assign(targets=[ast.Name(id="headings")], value=ast.Tuple(elts=elements))
                    | ast.comprehension(
                        target=ast.Name(id="heading"), iter=ast.Tuple(elts=elements)
                    )
                ):
                    found |= {e.value for e in elements if isinstance(e, ast.Constant)}
    return found


def test_headings_are_translated() -> None:
    assert {"In sync", "Tries", "Took"} <= headings()
    assert headings() - TEXTS.keys() == set()


def test_fields_are_translated() -> None:
    fields = {f for cls in TOPICS.values() for f in cls.__struct_fields__} - {"uid", "origin"}
    assert fields - FIELDS.keys() <= {"digest"}


def test_the_help_of_every_command_and_option_is_translated() -> None:
    group = get_command(app)
    texts = {command.help for command in COMMANDS.values()}
    for name in COMMANDS:
        params = group.get_command(None, name).params  # type: ignore[attr-defined]
        texts |= {parameter.help for parameter in params if parameter.name != "help"}
    assert texts - HELP.keys() - set(HELP.values()) == set()
    assert None not in texts


@pytest.mark.parametrize(
    ("variables", "is_chinese"),
    [
        ({"ORGLEDGER_LANG": "zh"}, True),
        ({"ORGLEDGER_LANG": "en", "LANG": "zh_CN.UTF-8"}, False),
        ({"LC_ALL": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_TW"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({}, False),
    ],
)
def test_the_language_is_that_of_the_environment(
    variables: dict[str, str], is_chinese: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ORGLEDGER_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert chinese() is is_chinese
    assert (_("yes"), field("title")) == (("是", "职位") if is_chinese else ("yes", "title"))
