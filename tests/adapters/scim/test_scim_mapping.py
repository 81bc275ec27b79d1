"""Field names, resources, patches and bulk answers, without any server."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.scim import mapping, patch, wire
from adapters.scim.bulk import matched
from adapters.scim.capabilities import capabilities
from adapters.scim.settings import ScimSettings

SETTINGS = ScimSettings(base_url="https://scim.example.com/v2", token="t")
OWN = "urn:example:badge:2.0:User:colour.inner"
NAMES = [field.name for field in capabilities(SETTINGS).fields["member"]]
FIELDS = st.dictionaries(
    st.sampled_from([*NAMES, OWN, mapping.MANAGER]), st.none() | st.text(min_size=1), max_size=12
)


def resource(fields: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"schemas": [wire.USER], "id": "1"}
    for name, value in fields.items():
        if value is not None:
            mapping.put(made, name, value)
    return made


@settings(deadline=None)  # a busy machine is no mistake
@given(FIELDS, FIELDS)
def test_a_write_changes_its_field_and_no_other(
    before: dict[str, Any], written: dict[str, Any]
) -> None:
    """Whatever is put can be read back, and every other field stays as it was."""
    made = resource(before)
    for name, value in written.items():
        mapping.put(made, name, value)
    wanted = {**before, **written}
    assert {name: mapping.value(made, name) for name in wanted} == wanted


@settings(deadline=None)  # a busy machine is no mistake
@given(FIELDS)
def test_an_extension_is_declared_when_it_is_used(fields: dict[str, Any]) -> None:
    """``schemas`` names each extension that the resource has, once (RFC 7643, section 3)."""
    made = resource(fields)
    used = {name for name in made if name.startswith("urn:")}
    assert sorted(made["schemas"]) == sorted({wire.USER} | used)


def test_foreign_entries_of_a_list_survive() -> None:
    """Our mail is replaced with what belongs to it; other mails and their types stay."""
    made: dict[str, Any] = {
        "emails": [
            {"value": "h@x.org", "type": "home", "primary": True},
            {"value": "w@x.org", "type": "Work", "display": "W"},
            {"value": "bare@x.org"},
        ]
    }
    kept = copy.deepcopy(made["emails"])
    mapping.put(made, "emails.work", "new@x.org")
    assert made["emails"] == [kept[0], {**kept[1], "value": "new@x.org"}, kept[2]]
    mapping.put(made, "emails.work", None)
    assert made["emails"] == [kept[0], kept[2]]
    mapping.put(made, "emails.work", "w@x.org")
    assert [row.get("primary") for row in made["emails"]] == [False, None, True]


@pytest.mark.parametrize("shape", [None, "text", 1, [], ["text"], [{"value": 1}], {}])
def test_resources_of_odd_shapes_are_read_as_empty(shape: Any) -> None:
    """A service that fills an attribute with something else breaks no reading."""
    odd = {"id": "1", "emails": shape, "name": shape, wire.ENTERPRISE: shape, "members": shape}
    found = mapping.user(odd, NAMES, managers=True)
    assert found.fields["emails.work"] is None and found.fields["name.formatted"] is None
    assert found.fields["enterprise.department"] is None
    assert mapping.member_ids(odd) == []


@pytest.mark.parametrize(
    ("active", "open_"),
    [(True, True), (False, False), ("False", False), ("True", True), (None, True)],
)
def test_active_in_all_its_spellings(active: Any, open_: bool) -> None:
    """Some services send text; without the attribute an account is open."""
    assert mapping.is_active({"active": active}) is open_


def test_paths_of_a_patch() -> None:
    """Every kind of field has its path; a mail needs to know whether there is one."""
    wanted = {
        "title": None,
        "name.formatted": "L",
        "enterprise.department": "R&D",
        mapping.MANAGER: "7",
        "urn:x:2.0:User:colour": "red",
        "emails.work": "a@x.org",
    }
    entry = {"value": "a@x.org", "type": "work", "primary": True}
    steps = patch.operations(wanted, {"emails.work": None})
    assert steps == [
        {"op": "remove", "path": "title"},
        {"op": "replace", "path": "name.formatted", "value": "L"},
        {"op": "replace", "path": f"{wire.ENTERPRISE}:department", "value": "R&D"},
        {"op": "replace", "path": f"{wire.ENTERPRISE}:manager", "value": {"value": "7"}},
        {"op": "replace", "path": "urn:x:2.0:User:colour", "value": "red"},
        {"op": "add", "path": "emails", "value": [entry]},
    ]
    assert patch.operations({"emails.work": "a"}, {}) is None
    assert patch.operations({"emails.work": None}, {"emails.work": None}) == []
    (step,) = patch.removing(['a"] or members[value pr'])
    assert step["path"] == 'members[value eq "a\\"] or members[value pr"]'


def rows(*given: dict[str, Any]) -> list[wire.BulkRow]:
    return [msgspec.convert({"status": "200", **row}, wire.BulkRow) for row in given]


CALLS = [
    wire.Call("POST", "/Users", {}),
    wire.Call("PATCH", "/Users/7", {}),
    wire.Call("DELETE", "/Users/8"),
]
POST = {"method": "POST", "bulkId": "b0", "location": "https://x/Users/1"}
PATCH = {"method": "PATCH", "location": "https://x/Users/7"}
DELETE = {"method": "DELETE", "location": "https://x/Users/8"}


@pytest.mark.parametrize(
    ("answered", "order"),
    [
        (rows(POST, PATCH, DELETE), [0, 1, 2]),
        (rows(DELETE, POST, PATCH), [1, 2, 0]),
        (rows(PATCH, POST), [1, 0, None]),
        (rows({"method": "POST"}, {"method": "PATCH"}, {"method": "DELETE"}), [0, 1, 2]),
        (rows({"method": "PATCH"}), [None, None, None]),
        (rows(), [None, None, None]),
    ],
)
def test_outcomes_of_a_bulk_find_their_calls(
    answered: list[wire.BulkRow], order: list[int | None]
) -> None:
    """By place, else by bulkId and address; what is not told for sure is not known."""
    assert matched(CALLS, answered) == [None if i is None else answered[i] for i in order]


def test_capabilities_follow_the_settings() -> None:
    """What the settings turn off is not planned at all."""
    flat = capabilities(msgspec.structs.replace(SETTINGS, nesting="none", bulk=False))
    assert (flat.nested, flat.batch) == (False, 1)
    assert [f.default for f in flat.fields["department"]] == ["path"]
    people = capabilities(msgspec.structs.replace(SETTINGS, departments=False, roles=False))
    assert set(people.fields) == {"member"}
    login = capabilities(SETTINGS).field("member", "username")
    assert login is not None and login.fixed and login.required
    follows = capabilities(msgspec.structs.replace(SETTINGS, rename_users=True))
    assert not follows.fields["member"][0].fixed
