"""``$filter``: comparisons joined by ``and`` or ``or``, without brackets around them.

Source: Graph v1.0, filter-query-parameter and aad-advanced-queries: ``ne``, ``not``, ``endswith``
and comparisons with ``null`` need ConsistencyLevel: eventual and $count=true.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.entra.simulator.errors import bad_request, unsupported
from adapters.entra.simulator.properties import ALL, LISTS, Kind, Props
from adapters.entra.simulator.query import Query

Test = Callable[[Props], bool]

_TEXT = r"'((?:[^']|'')*)'"
_ANY = re.compile(rf"(\w+)/any\((\w+):\2 eq {_TEXT}\)", re.IGNORECASE)
_CALL = re.compile(rf"(startswith|endswith)\((\w+),\s*{_TEXT}\)", re.IGNORECASE)
_COMPARE = re.compile(rf"(\w+) (eq|ne) (?:{_TEXT}|(true|false|null))", re.IGNORECASE)
_IN = re.compile(rf"(\w+) in \(({_TEXT}(?:,\s*{_TEXT})*)\)", re.IGNORECASE)
_JOINT = re.compile(r"\s+(and|or)\s+", re.IGNORECASE)
_CONSTANTS = {"true": True, "false": False, "null": None}


def compiled(query: Query, kind: Kind) -> Test:
    """A test of one object; raises GraphError for a filter that Graph would refuse."""
    if not query.filter:
        return lambda props: True
    parts = _JOINT.split(query.filter.strip())
    joints = {joint.lower() for joint in parts[1::2]}
    if len(joints) > 1:
        raise bad_request("Invalid filter clause: 'and' and 'or' are not mixed in the simulator.")
    tests = [_clause(part, query, kind) for part in parts[::2]]
    gather = any if "or" in joints else all
    return lambda props: gather(test(props) for test in tests)


def _clause(text: str, query: Query, kind: Kind) -> Test:
    if text.lower().startswith("not ") or text.lower().startswith("not("):
        _advanced(query)
        inside = _clause(text[3:].strip().removeprefix("(").removesuffix(")"), query, kind)
        return lambda props: not inside(props)
    if found := _ANY.fullmatch(text):
        name, value = _property(found[1], kind), _plain(found[3])
        if name not in LISTS:
            raise bad_request(f"'{name}' is not a collection.")
        return lambda props: value in [v.lower() for v in props.get(name, [])]
    if found := _CALL.fullmatch(text):
        return _call(found[1].lower(), _property(found[2], kind), _plain(found[3]), query)
    if found := _IN.fullmatch(text):
        name = _property(found[1], kind)
        values = {_plain(value) for value in re.findall(_TEXT, found[2])}
        return lambda props: _low(props.get(name)) in values
    if found := _COMPARE.fullmatch(text):
        name = _property(found[1], kind)
        wanted = _plain(found[3]) if found[4] is None else _CONSTANTS[found[4].lower()]
        same = found[2].lower() == "eq"
        if not same or wanted is None:
            _advanced(query)
        return lambda props: (_low(props.get(name)) == wanted) is same
    raise bad_request(f"Invalid filter clause: '{text}'.")


def _call(function: str, name: str, value: str, query: Query) -> Test:
    if function == "endswith":
        _advanced(query)
        return lambda props: str(_low(props.get(name)) or "").endswith(value)
    return lambda props: str(_low(props.get(name)) or "").startswith(value)


def _property(name: str, kind: Kind) -> str:
    found = next((known for known in ALL[kind] if known.lower() == name.lower()), None)
    if found is None:
        raise bad_request(f"Could not find a property named '{name}'.")
    return found


def _plain(text: str) -> str:
    return text.replace("''", "'").lower()


def _low(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _advanced(query: Query) -> None:
    if not query.eventual:
        raise unsupported(
            "Unsupported or invalid query filter clause specified: it needs the header"
            " ConsistencyLevel: eventual and $count=true."
        )
