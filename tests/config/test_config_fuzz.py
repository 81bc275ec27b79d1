"""Whatever stands in the file, it is a configuration or a ConfigError: never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConfigError
from orgledger.config import load

KEYS = st.sampled_from(
    [
        "log", "orgs", "systems", "serve", "url", "data", "stream", "replicas", "password", "acme",
        "hr", "name", "source", "timezone", "type", "org", "role", "schedule", "guard", "members",
        "count", "percent", "path", "app_key", "app_secret", "rate", "env", "file", "x", "", "É",
    ]
)  # fmt: skip
SCALARS = st.one_of(
    st.sampled_from(
        ["acme", "hr", "roster", "dingtalk", "source", "embedded", "", "\0", "..", "/"]
    ),
    st.text(max_size=8),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def toml(value: Any) -> str:
    """``value`` as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, str):
        return json.dumps(value).replace("\x7f", "\\u007f")
    return json.dumps(value)


def tried(path: Path) -> None:
    try:
        load(path)
    except ConfigError:
        return


def plausible() -> st.SearchStrategy[dict[str, Any]]:
    """Tables at the places where tables belong, with anything in them."""
    section = st.dictionaries(KEYS, VALUES, max_size=6)
    named = st.dictionaries(KEYS, section | VALUES, max_size=3)
    return st.fixed_dictionaries(
        {}, optional={"log": section | VALUES, "orgs": named | VALUES, "systems": named | VALUES}
    )


@settings(max_examples=300, deadline=None)
@given(document=plausible())
def test_any_table(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.toml"
    text = "".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in document.items())
    path.write_text(text, encoding="utf-8", errors="replace")
    tried(path)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=60))
def test_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.toml"
    path.write_bytes(content)
    tried(path)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "a = 2026-13-45"])
def test_what_breaks_parsers(text: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text)
    tried(path)
