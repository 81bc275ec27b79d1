"""Named questions: what auditors ask again and again, each a file of SQL with its description.

A file begins with a comment in TOML: ``title`` and ``description`` in English and Chinese,
``parameters``, which names those of ``parameters.toml`` beside ``org`` that it takes, and its
``own`` ones. A parameter without a ``default`` has to be given, unless it is ``optional``, for one
whose absence means "all" or "without a limit".
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any, Literal

import msgspec

from projections.audit.errors import QueryError


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages."""

    en: str
    zh: str


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``type`` is that of the value: a ``date`` is given as such or as ``2026-11-21``."""

    name: str
    type: Literal["text", "integer", "date"]
    about: Words
    default: str | int | None = None
    optional: bool = False

    @property
    def required(self) -> bool:
        return self.default is None and not self.optional


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: Words
    description: Words
    parameters: tuple[Parameter, ...]
    sql: str


_FOLDER = files("projections.audit").joinpath("questions")

_SHARED = tomllib.loads(_FOLDER.joinpath("parameters.toml").read_text("utf-8"))


def _read(name: str, text: str) -> Question:
    head, sql = text.removeprefix("/*").split("*/", 1)
    told = tomllib.loads(head)
    shared = [{"name": key, **_SHARED[key]} for key in ("org", *told.pop("parameters"))]
    told["parameters"] = shared + told.pop("own", [])
    return msgspec.convert({"name": name, "sql": sql.strip(), **told}, Question)


QUESTIONS: dict[str, Question] = {
    name.removesuffix(".sql"): _read(
        name.removesuffix(".sql"), _FOLDER.joinpath(name).read_text("utf-8")
    )
    for name in sorted(file.name for file in _FOLDER.iterdir())
    if name.endswith(".sql")
}


def prepared(name: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The SQL of the question ``name`` and a value for each of its parameters.

    Raises QueryError for an unknown name or parameter, a missing one or one of the wrong type.
    """
    question = QUESTIONS.get(name)
    if question is None:
        raise QueryError(
            f"there is no question named {name!r}", fix=_nearest(name, list(QUESTIONS))
        )
    known = {parameter.name: parameter for parameter in question.parameters}
    for key in given:
        if key not in known:
            raise QueryError(f"{name} has no parameter {key!r}", fix=_nearest(key, list(known)))
    return question.sql, {key: _value(name, p, given.get(key)) for key, p in known.items()}


def _value(question: str, parameter: Parameter, given: Any) -> Any:
    if given is None:
        if parameter.required:
            raise QueryError(
                f"{question} needs the parameter {parameter.name!r}", why=parameter.about.en
            )
        return parameter.default
    try:
        match parameter.type:
            case "date":
                return given if isinstance(given, date) else date.fromisoformat(given)
            case "integer":
                return int(given)
            case _:
                return str(given)
    except (TypeError, ValueError):
        raise QueryError(
            f"{parameter.name} = {given!r} is not of type {parameter.type}",
            fix="A date is written like 2026-11-21." if parameter.type == "date" else "",
        ) from None


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"There are: {', '.join(known)}."
