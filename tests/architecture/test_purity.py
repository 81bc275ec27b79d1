"""``domain``, and ``wire`` and ``mapping`` of every adapter: no input, no output, no clock."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import called, files, imported, name_of, tree_of

WORLD = frozenset(
    [
        "asyncio",
        "concurrent",
        "duckdb",
        "faststream",
        "glob",
        "http",
        "httpx",
        "io",
        "logging",
        "multiprocessing",
        "nats",
        "openpyxl",
        "os",
        "pathlib",
        "random",
        "requests",
        "secrets",
        "select",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "stamina",
        "structlog",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib.request",
        "uuid",
    ]
)
"""Modules that reach out of the process, or give another answer each time they are asked."""

CLOCKS = ("now", "utcnow", "today", "fromtimestamp", "monotonic", "perf_counter", "time_ns")
EFFECTS = frozenset({"open", "print", "input", "exec", "eval", "breakpoint", "__import__"})

PURE = [
    *files("domain"),
    *(path for path in files("adapters") if path.name in ("wire.py", "mapping.py")),
]


def impurities(tree: ast.AST) -> list[str]:
    """What in ``tree`` touches the world."""
    modules = {
        module for module in imported(tree) if module in WORLD or module.split(".")[0] in WORLD
    }
    calls = {
        call
        for call in called(tree)
        if call in EFFECTS
        or (call.rpartition(".")[2] in CLOCKS and call.partition(".")[0] in ("datetime", "date"))
    }
    changed = [node for node in ast.walk(tree) if isinstance(node, ast.Global)]
    return sorted(modules | calls) + ["global"] * len(changed)


@pytest.mark.parametrize("path", PURE, ids=name_of)
def test_it_touches_nothing_outside_of_itself(path):
    assert impurities(tree_of(path)) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import time", ["time"]),
        ("from os import path", ["os", "os.path"]),
        ("def f():\n    import random", ["random"]),
        ("from uuid import uuid4", ["uuid", "uuid.uuid4"]),
        ("x = datetime.now(UTC)", ["datetime.now"]),
        ("x = datetime.datetime.utcnow()", ["datetime.datetime.utcnow"]),
        ("x = date.today()", ["date.today"]),
        ("with open('x') as f: pass", ["open"]),
        ("def f():\n    global x", ["global"]),
        ("import msgspec\nx = datetime.fromisoformat(y)\nd.emit(time)", []),
    ],
)
def test_the_check_itself_finds_what_it_looks_for(code, found):
    assert impurities(ast.parse(code)) == found
