"""Graph's change notifications: what is taken, what is refused, and what they hint at."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.entra.callbacks import EntraCallbacks
from adapters.entra.events import Notice
from adapters.entra.settings import EntraSettings
from adapters.entra.speaker import EntraSpeaker
from domain.errors import ConfigError, InputError
from domain.hints import LARGEST, Answer, Callback
from tests.adapters.callback_desk import (
    FUZZ,
    NAMES,
    NOW,
    accepted,
    callbacks,
    is_refusal,
    json_values,
    refused,
)

STATE = "a-long-random-client-state"
USER, GROUP = "6ea91a8d-e32e-41a1-b7bd-d2d185eed0e0", "6a8c1f30-0000-4b7d-9a36-aa7a5a3a1f00"


def side(tree: Literal["attribute", "groups", "units", "manager"] = "attribute") -> EntraCallbacks:
    settings = EntraSettings(tenant_id="t", client_id="c", client_secret="s", tree=tree)
    return EntraCallbacks(settings, STATE)


SIDE, SPEAKER = side(), EntraSpeaker(STATE)


def change(what: str, resource: str, ident: str, **data: Any) -> dict[str, Any]:
    """A notification of users or groups as Microsoft's page on Entra events shows it."""
    return {
        "changeType": what,
        "resource": f"{resource}s/{ident}",
        "resourceData": {
            "@odata.type": f"#Microsoft.Graph.{resource}",
            "@odata.id": f"{resource}s/{ident}",
            "id": ident,
            "organizationId": "t",
            "eventTime": "2025-11-24T15:59:59.3062901Z",
            "sequenceNumber": 637890000000000000,
            **data,
        },
        "subscriptionExpirationDateTime": "2025-12-24T23:21:19.3554403+00:00",
        "subscriptionId": "s1",
        "tenantId": "t",
    }


def lifecycle(event: str) -> dict[str, Any]:
    return {"subscriptionId": "s1", "tenantId": "t", "lifecycleEvent": event}


ONE = change("updated", "User", USER)


def test_the_check_of_the_address_gives_the_decoded_token_back() -> None:
    """As plain text, never as a page; nothing is kept."""
    asked = b"validationToken=Validation%3A+Testing+client+application%20%3Cb%3E%E4%BD%A0"
    found = SIDE.receive(Callback.from_wire("POST", "/", asked, [], b""), NOW)
    assert (found.sort, found.keep, found.answer.status) == ("handshake", None, 200)
    assert found.answer.body.decode() == "Validation: Testing client application <b>你"
    assert found.answer.content_type == "text/plain"
    assert SIDE.receive(SPEAKER.check("x"), NOW).answer.body == b"x"
    behind = (
        b"state=0a1b2c3d?validationToken=a+b%2Bc"  # an address with a query, put together badly
    )
    found = SIDE.receive(Callback.from_wire("POST", "/", behind, [], b""), NOW)
    assert found.answer.body == b"a b+c"
    for token in ("", "x" * 9000):
        assert refused(SIDE, SPEAKER.check(token)) == "shape"


CASES: list[tuple[dict[str, Any], list[tuple[str, str, bool]]]] = [
    (ONE, [("member", USER, False)]),
    (change("deleted", "User", USER), [("member", USER, True)]),
    (change("updated", "Group", GROUP), [("role", GROUP, False)]),
    ({"changeType": "updated", "resource": f"users/{USER}"}, [("member", USER, False)]),
    ({"changeType": "deleted", "resource": f"/Groups/{GROUP}"}, [("role", GROUP, True)]),
    ({**ONE, "lifecycleEvent": None}, [("member", USER, False)]),
    (
        {**change("updated", "Message", USER), "resource": f"users/{USER}"},
        [("member", USER, False)],
    ),
    ({**change("updated", "Message", "AA"), "resource": f"users/{USER}/messages/AA"}, []),
    (change("updated", "Message", "AAMk"), []),
    ({"changeType": "updated", "resource": "users/"}, []),
    ({"changeType": 1, "resource": [], "resourceData": []}, []),
    (lifecycle("missed"), [("all", "", False)]),
    (lifecycle("subscriptionRemoved"), [("all", "", False)]),
    (lifecycle("reauthorizationRequired"), []),
    (lifecycle("somethingNew"), []),
]


@pytest.mark.parametrize(("item", "hints"), CASES, ids=lambda value: str(value)[:90])
def test_each_notification_hints_at_what_has_to_be_read(
    item: dict[str, Any], hints: list[tuple[str, str, bool]]
) -> None:
    """Type and path in any case; what is unknown is taken, kept, and hints at nothing."""
    found = accepted(SIDE, SPEAKER.call([item]))
    assert [(hint.kind, hint.id, hint.gone) for hint in found] == hints


def test_a_group_is_a_department_where_the_tree_is_made_of_groups() -> None:
    """With Graph's own time of the change."""
    hint = accepted(side("groups"), SPEAKER.call([change("updated", "Group", GROUP)]))[0]
    assert (hint.kind, hint.event, hint.at) == ("department", "group updated", 1763999999.30629)


def test_many_notifications_in_one_call_are_many_hints() -> None:
    """Several subscriptions may share a call; the answer is 202."""
    found = SIDE.receive(SPEAKER.call([ONE, change("deleted", "Group", GROUP)]), NOW)
    assert (found.sort, found.hints, found.answer.status) == ("event", 2, 202)
    assert found.events == ("user updated", "group deleted")
    assert SPEAKER.acknowledged(found.answer)


def test_lifecycle_events_say_what_the_subscription_needs() -> None:
    """Alone they are of another sort; among changes both are told."""
    needed = [lifecycle("reauthorizationRequired"), lifecycle("missed")]
    alone = SIDE.receive(SPEAKER.call(needed), NOW)
    assert (alone.sort, alone.hints) == ("lifecycle", 1)
    mixed = SIDE.receive(SPEAKER.call([*needed, ONE]), NOW)
    assert (mixed.sort, mixed.hints) == ("event", 2)
    for found in (alone, mixed):
        assert found.keep is not None
        assert SIDE.notices(found.keep) == (
            Notice(event="reauthorizationRequired", subscription_id="s1"),
            Notice(event="missed", subscription_id="s1"),
        )


def test_without_our_client_state_nothing_is_taken() -> None:
    """Not with another one, not with none, not with one of another type."""
    for state in ("another", "", STATE + "x", STATE[:-1]):
        assert refused(SIDE, EntraSpeaker(state).call([ONE])) == "signature"
    for value in ([ONE], [{**ONE, "clientState": None}], [{**ONE, "clientState": [STATE]}], []):
        body = msgspec.json.encode({"value": value})
        assert refused(SIDE, Callback(method="POST", body=body)) == "signature"


def test_somebody_elses_notifications_in_one_call_are_passed_over() -> None:
    """Ours are taken, the others do not even hint."""
    other = {**change("deleted", "User", "x"), "clientState": "another"}
    ours = {**ONE, "clientState": STATE}
    body = msgspec.json.encode({"value": [other, ours]})
    assert [hint.id for hint in accepted(SIDE, Callback(method="POST", body=body))] == [USER]


def test_a_repeat_has_the_key_of_the_first_and_another_change_has_not() -> None:
    """By Graph's number and time of the change, also in another call with others."""
    other = change("updated", "User", USER, sequenceNumber=637890000000000001)
    first = accepted(SIDE, SPEAKER.call([ONE]))[0]
    again = accepted(SIDE, SPEAKER.call([other, {**ONE, "tenantId": "t"}]), NOW + 3600)
    assert again[1].key == first.key
    assert again[0].key != first.key


def test_two_changes_without_any_mark_are_never_taken_for_one() -> None:
    """They would look alike, so each call counts, and what is stored keeps its key."""
    bare = {"changeType": "updated", "resource": f"users/{USER}", "subscriptionId": "s1"}
    came = SPEAKER.call([bare])
    first, later = SIDE.receive(came, NOW), SIDE.receive(came, NOW + 1)
    assert first.key != later.key
    assert first.keep is not None
    assert SIDE.hints(first.keep) == SIDE.hints(first.keep)
    assert SIDE.hints(first.keep)[0].key != SIDE.hints(later.keep or b"")[0].key


def test_an_etag_does_not_make_two_changes_one() -> None:
    """A store that took the second for a repeat would lose it."""
    data = {"@odata.type": "#Microsoft.Graph.User", "@odata.etag": 'W/"1"', "id": USER}
    came = SPEAKER.call(
        [{"changeType": "updated", "resource": f"Users/{USER}", "resourceData": data}]
    )
    assert SIDE.receive(came, NOW).key != SIDE.receive(came, NOW + 1).key


@pytest.mark.parametrize(
    ("came", "reason"),
    [
        (Callback(method="GET", query={"validationToken": "x"}), "method"),
        (Callback(method="POST", body=b"{" + b" " * LARGEST), "oversize"),
        (Callback(method="POST", query={"validationToken": "x" * LARGEST}, body=b"{}"), "oversize"),
        (Callback(method="POST", body=b""), "shape"),
        (Callback(method="POST", body=b"[" * 100_000), "shape"),
        (Callback(method="POST", body=b'{"value":1}'), "shape"),
        (Callback(method="POST", body=b'{"value":[1]}'), "shape"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_reason_tells_what_is_wrong(came: Callback, reason: str) -> None:
    """Before anything is decoded that need not be."""
    assert refused(SIDE, came) == reason


@FUZZ
@given(callbacks())
def test_nothing_that_comes_in_raises_or_gets_through_without_our_state(came: Callback) -> None:
    """Arbitrary bytes, names and values; a check of the address is answered and changes nothing."""
    found = SIDE.receive(came, NOW)
    assert is_refusal(found) or (found.sort == "handshake" and found.keep is None)


@FUZZ
@given(st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), json_values(), max_size=5))
def test_whatever_has_our_state_is_taken_and_read_back(item: dict[str, Any]) -> None:
    """Graph may change its notifications."""
    found = SIDE.receive(SPEAKER.call([item, ONE]), NOW)
    assert found.keep is not None
    assert len(SIDE.hints(found.keep)) == found.hints


@FUZZ
@given(st.fixed_dictionaries({}, optional={name: json_values() for name in ONE}))
def test_any_value_in_a_known_place_is_taken(item: dict[str, Any]) -> None:
    """Of whatever type it is."""
    found = SIDE.receive(SPEAKER.call([item]), NOW)
    assert found.keep is not None
    assert len(SIDE.hints(found.keep)) == found.hints


@FUZZ
@given(st.binary(max_size=100))
def test_a_damaged_store_is_told_in_one_sentence(stored: bytes) -> None:
    """What was stored is not believed either."""
    with pytest.raises(InputError, match="full compare"):
        SIDE.hints(stored)


def test_the_speaker_knows_the_answers() -> None:
    """Graph repeats for four hours after anything but 2xx."""
    assert SPEAKER.acknowledged(Answer(status=200))
    assert not SPEAKER.acknowledged(SIDE.receive(EntraSpeaker("x").call([ONE]), NOW).answer)


def test_secrets_are_in_no_representation_and_no_sentence() -> None:
    """Nor is what a callback carries."""
    came = SPEAKER.call([ONE])
    found = SIDE.receive(came, NOW)
    shown = " ".join(map(repr, (SIDE, SPEAKER, came, found, found.answer)))
    assert STATE not in shown
    assert USER not in shown
    settings = EntraSettings(tenant_id="t", client_id="c", client_secret="s")
    for state in ("", "x" * 129):
        with pytest.raises(ConfigError, match="1 to 128") as error:
            EntraCallbacks(settings, state)
        assert "xxx" not in str(error.value)
