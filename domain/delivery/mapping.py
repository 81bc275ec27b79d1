"""Mapping: which value goes into which field of the target, as JMESPath over a document.

A value that the source hides is unknown and leaves the field alone; it is never taken for empty.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping as Table
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from msgspec import UNSET

from domain.delivery.capabilities import Field, TargetCapabilities
from domain.delivery.document import Document
from domain.errors import ConfigError


class Expression:
    """One compiled expression. Raises ConfigError for one that can't be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parsed = jmespath.compile(text)
        except JMESPathError as error:
            raise ConfigError(
                f"the expression {text!r} cannot be read", why=str(error).partition("\n")[0]
            ) from None
        self.names = frozenset(_names(self._parsed.parsed))
        self._plain = text if self.names == {text} else None

    def value(self, document: Document, hidden: frozenset[str]) -> Any:
        """The value, None for an empty one, UNSET for one that depends on a hidden field."""
        if self._plain is not None:
            found = document.get(self._plain)
        else:
            try:
                found = self._parsed.search(document)
            except JMESPathError as error:
                raise ConfigError(
                    f"the expression {self.text!r} failed", why=_reason(error)
                ) from None
        if found in (None, "", []):
            unknown = any(name in hidden and name not in document for name in self.names)
            return UNSET if unknown else None
        return found


def _reason(error: JMESPathError) -> str:
    """Why an expression failed; the value itself, which may be personal, is not repeated."""
    if isinstance(error, JMESPathTypeError):
        taken = " or ".join(error.expected_types)
        return f"{error.function_name}() takes {taken}, and got {error.actual_type}"
    return type(error).__name__


def _names(node: Any) -> list[str]:
    """Every field that an expression names."""
    found = [node["value"]] if node["type"] == "field" else []
    for child in node["children"]:
        if isinstance(child, dict):
            found += _names(child)
    return found


class FieldMapping:
    """The fields of one kind, each with its expression."""

    def __init__(self, fields: list[tuple[Field, Expression]]) -> None:
        self.fields = fields

    def values(self, document: Document, hidden: frozenset[str]) -> dict[str, Any]:
        """The target's fields for a document; unknown ones are absent, empty ones None."""
        return {
            field.name: value
            for field, expression in self.fields
            if (value := expression.value(document, hidden)) is not UNSET
        }


Mapping = dict[str, FieldMapping]
"""Kind to the mapping of its fields."""


def mapping(capabilities: TargetCapabilities, configured: Table[str, Table[str, str]]) -> Mapping:
    """The target's default mapping with what the configuration says instead.

    ``configured`` is kind to field to expression; an empty expression drops the field.
    Raises ConfigError with everything that is wrong.
    """
    kinds = ", ".join(sorted(capabilities.fields))
    wrong = [
        f"map.{kind}: this target has {kinds}"
        for kind in configured
        if kind not in capabilities.fields
    ]
    compiled: Mapping = {}
    for kind, known in capabilities.fields.items():
        texts = {field.name: field.default for field in known}
        by_name = {field.name: field for field in known}
        for name, text in configured.get(kind, {}).items():
            field = capabilities.field(kind, name)
            if field is None and not capabilities.open_fields:
                wrong.append(f"map.{kind}.{name}: {_nearest(name, list(by_name))}")
                continue
            field = field or Field(name=name)
            by_name[field.name], texts[field.name] = field, text
        pairs: list[tuple[Field, Expression]] = []
        for name, text in texts.items():
            if not text:
                continue
            try:
                pairs.append((by_name[name], Expression(text)))
            except ConfigError as error:
                wrong.append(f"map.{kind}.{name}: {error.what} ({error.why})")
        compiled[kind] = FieldMapping(pairs)
    if wrong:
        raise ConfigError("the mapping cannot be used", why="; ".join(wrong))
    return compiled


def _nearest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
    return f"there is no such field; {hint}"
