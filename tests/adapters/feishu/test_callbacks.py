"""Feishu's webhooks: what is taken, what is refused, and what they hint at."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.feishu.callbacks import FeishuCallbacks
from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP, EncryptKey
from adapters.feishu.simulator.journal import Journal
from adapters.feishu.speaker import FeishuSpeaker
from adapters.receiving import Refused
from adapters.simulation.clock import Clock
from domain.errors import ConfigError, InputError
from domain.hints import LARGEST, Callback
from tests.adapters.callback_desk import (
    FUZZ,
    NOW,
    accepted,
    callbacks,
    flips,
    is_refusal,
    json_values,
    refused,
)
from tests.adapters.feishu.calling import (
    DEPARTMENT,
    IDS,
    KEY,
    ONE,
    PLAIN,
    SIDE,
    SIGNED,
    SPEAKER,
    TOKEN,
    event,
    first,
    settings,
)


def test_the_vendors_example_is_opened() -> None:
    """The key and the cipher text of Feishu's page on decryption."""
    sealed = "P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="
    assert EncryptKey("test key").open(sealed) == b"hello world"


@FUZZ
@given(st.binary(max_size=100))
def test_what_is_sealed_can_be_opened_and_nothing_else_raises(message: bytes) -> None:
    """Every length and every byte."""
    key = EncryptKey(KEY)
    assert key.open(key.seal(message)) == message
    with suppress(Refused):
        key.open(b64encode(message).decode())


@pytest.mark.parametrize("side", [SIDE, FeishuCallbacks(settings(verification_token=""))])
def test_the_check_of_the_address_is_answered_though_it_is_not_signed(
    side: FeishuCallbacks,
) -> None:
    """Encrypted with the key, and with the token where one is set."""
    found = side.receive(SPEAKER.check("ajls384kdjx98XX"), NOW)
    assert (found.sort, found.keep, found.answer.status) == ("handshake", None, 200)
    assert json.loads(found.answer.body) == {"challenge": "ajls384kdjx98XX"}


def test_the_check_of_the_address_is_answered_in_plain_without_a_key() -> None:
    """But only with the right token."""
    found = PLAIN.receive(FeishuSpeaker("", TOKEN).check("c"), NOW)
    assert json.loads(found.answer.body) == {"challenge": "c"}
    assert refused(PLAIN, FeishuSpeaker("", "another").check("c")) == "signature"
    assert refused(SIDE, FeishuSpeaker("", TOKEN).check("c")) == "signature"
    assert refused(SIDE, FeishuSpeaker(KEY, "another").check("c")) == "signature"
    assert refused(SIDE, SPEAKER.check("c" * 4096)) == "signature"


def test_an_event_is_kept_encrypted_and_answered_with_200() -> None:
    """Nothing that is stored can be read without the key."""
    found = SIDE.receive(SPEAKER.call(ONE, NOW), NOW)
    assert (found.sort, found.events, found.hints) == ("event", ("contact.user.updated_v3",), 1)
    assert SPEAKER.acknowledged(found.answer)
    assert found.keep is not None
    assert b"ou_1" not in found.keep


Expected = tuple[str, str, str, dict[str, str], bool]
CASES: list[tuple[dict[str, Any], list[Expected]]] = [
    (ONE, [("member", "u1", "", {"open_id": "ou_1", "union_id": "on_1"}, False)]),
    (
        event("contact.user.created_v3", {"open_id": "ou_1"}),
        [("member", "", "", {"open_id": "ou_1"}, False)],
    ),
    (
        event("contact.user.updated_v3", {"user_id": "u2"}, {"user_id": "u1"}),
        [("member", "u2", "u1", {}, False)],
    ),
    (
        event("contact.user.deleted_v3", {}, {"open_id": "ou_1", "department_ids": ["od-1"]}),
        [("member", "", "", {"open_id": "ou_1"}, True)],
    ),
    (
        event("contact.department.created_v3", DEPARTMENT),
        [("department", "d1", "", {"open_department_id": "od-1"}, False)],
    ),
    (
        event("contact.department.deleted_v3", {}, {"open_department_id": "od-1"}),
        [("department", "", "", {"open_department_id": "od-1"}, True)],
    ),
    (event("contact.scope.updated_v3", {}), [("all", "", "", {}, False)]),
    (event("contact.employee_type_enum.created_v3", IDS), []),
    (event("contact.user.updated_v3", {"open_id": None, "user_id": ["u1"]}), []),
    (event("im.message.receive_v1", {}), []),
    (
        first(type="user_add", open_id="ou_1", employee_id="u1", union_id="on_1"),
        [("member", "u1", "", {"open_id": "ou_1", "union_id": "on_1"}, False)],
    ),
    (first(type="user_leave", employee_id="u1"), [("member", "u1", "", {}, True)]),
    (
        first(type="user_status_change", employee_id="u1", current_status={"is_resigned": True}),
        [("member", "u1", "", {}, True)],
    ),
    (
        first(type="dept_update", department={"open_id": "od-1", "custom_id": "d1"}),
        [("department", "d1", "", {"open_department_id": "od-1"}, False)],
    ),
    (
        first(type="dept_delete", open_department_id="od-1"),
        [("department", "", "", {"open_department_id": "od-1"}, True)],
    ),
    (first(type="dept_add", open_department_id="d1"), [("department", "d1", "", {}, False)]),
    (first(type="contact_scope_change"), [("all", "", "", {}, False)]),
    (first(type="p2p_chat_create", open_id="ou_1"), []),
    ({"schema": "2.0", "header": {}, "event": 1}, []),
]


@pytest.mark.parametrize(("told", "hints"), CASES, ids=lambda value: str(value)[:90])
def test_each_event_hints_at_what_has_to_be_read(
    told: dict[str, Any], hints: list[Expected]
) -> None:
    """Both versions; an unknown event is taken, kept, and hints at nothing."""
    found = accepted(SIDE, SPEAKER.call(told, NOW))
    assert [(h.kind, h.id, h.was, h.keys, h.gone) for h in found] == hints
    assert {int(hint.at or 0) for hint in found} <= {1763999999}


def test_a_system_of_open_ids_is_told_open_ids() -> None:
    """The others are keys then."""
    side = FeishuCallbacks(settings(id_kind="open"))
    member = accepted(side, SPEAKER.call(ONE, NOW))[0]
    assert (member.id, member.keys) == ("ou_1", {"union_id": "on_1", "user_id": "u1"})
    told = event("contact.department.updated_v3", DEPARTMENT, {"department_id": "d0"})
    department = accepted(side, SPEAKER.call(told, NOW))[0]
    assert (department.id, department.was) == ("od-1", "")


def test_a_time_of_sixteen_digits_is_in_microseconds() -> None:
    """As one sample of Feishu's overview page has it."""
    told = event("contact.user.updated_v3", IDS)
    told["header"]["create_time"] = "1603977298000000"
    assert accepted(SIDE, SPEAKER.call(told, NOW))[0].at == 1603977298.0


def test_a_repeat_has_the_key_of_the_first_and_another_event_has_not() -> None:
    """By event_id or uuid, however late and however it is encrypted."""
    other = event("contact.user.updated_v3", IDS)
    other["header"]["event_id"] = "another"
    resent = event("contact.user.updated_v3", IDS)
    resent["header"]["create_time"] = "1764000000000"
    same = {accepted(SIDE, SPEAKER.call(told, NOW))[0].key for told in (ONE, resent)}
    assert len(same) == 1
    keys = [
        accepted(SIDE, SPEAKER.call(told, NOW + late), NOW + late)[0].key
        for told in (ONE, other, first(type="user_add", employee_id="u1"))
        for late in (0, 15, 21_600)
    ]
    assert [len(set(keys[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize("late", [-301, 301, 86_400])
def test_a_signature_of_another_time_is_refused(late: float) -> None:
    """Before and after."""
    assert refused(SIDE, SPEAKER.call(ONE, NOW), NOW + late) == "stale"


def test_every_flipped_bit_is_refused() -> None:
    """In the body and in the three headers."""
    for changed in flips(SPEAKER.call(ONE, NOW), headers=SIGNED):
        assert refused(SIDE, changed) == "signature"


@pytest.mark.parametrize("odd", ["\ud800", "é"])
def test_odd_letters_are_refused_even_if_they_are_rightly_signed(odd: str) -> None:
    """They could not be stored and read back as they were."""
    came = SPEAKER.call(ONE, NOW)
    right = EncryptKey(KEY).sign(came.headers[STAMP], odd, came.body)
    headers = {**came.headers, NONCE: odd, SIGNATURE: right}
    assert refused(SIDE, msgspec.structs.replace(came, headers=headers)) == "signature"


def test_a_hash_continued_behind_the_body_is_refused() -> None:
    """What a plain SHA-256 permits: more body with a right signature is not JSON any more."""
    came = SPEAKER.call(ONE, NOW)
    body = came.body + b"\x80" + bytes(7)
    right = EncryptKey(KEY).sign(came.headers[STAMP], came.headers[NONCE], body)
    headers = {**came.headers, SIGNATURE: right}
    assert refused(SIDE, msgspec.structs.replace(came, body=body, headers=headers)) == "shape"


def test_without_a_signature_every_failure_looks_the_same() -> None:
    """Nobody learns from the answers how far a guessed cipher text was decrypted."""
    key = EncryptKey(KEY)
    tried = [
        key.seal(b"no json"),
        key.seal(b'{"type":"url_verification","challenge":"c","token":"wrong"}'),
        key.seal(msgspec.json.encode({**ONE, "token": TOKEN})),
        b64encode(secrets.token_bytes(48)).decode(),
        b64encode(secrets.token_bytes(47)).decode(),
        "",
    ]
    answers = {
        SIDE.receive(
            Callback(method="POST", body=msgspec.json.encode({"encrypt": sealed})), NOW
        ).answer.body
        for sealed in tried
    }
    assert answers == {b"refused"}
    for sealed in tried:
        came = Callback(method="POST", body=msgspec.json.encode({"encrypt": sealed}))
        assert refused(SIDE, came) == "signature"


def test_the_reason_tells_what_to_mend() -> None:
    """Where something proves who speaks."""
    came, replace = SPEAKER.call(ONE, NOW), msgspec.structs.replace
    assert refused(SIDE, replace(came, method="GET")) == "method"
    assert refused(SIDE, replace(came, body=b"{" + b" " * LARGEST)) == "oversize"
    assert refused(PLAIN, replace(came, body=b"[]")) == "shape"
    assert refused(PLAIN, replace(came, body=b"[" * 100_000)) == "shape"
    assert refused(SIDE, replace(came, headers={})) == "signature"
    assert refused(SIDE, FeishuSpeaker("other", TOKEN).call(ONE, NOW)) == "signature"
    assert refused(SIDE, FeishuSpeaker(KEY, "other").call(ONE, NOW)) == "signature"
    assert refused(SIDE, FeishuSpeaker("", TOKEN).call(ONE, NOW)) == "signature"
    assert refused(PLAIN, came) == "sealed"
    assert refused(PLAIN, FeishuSpeaker("", "other").call(ONE, NOW)) == "signature"


def test_without_a_key_the_token_is_what_proves() -> None:
    """In both versions."""
    for told in (ONE, first(type="user_add", employee_id="u1")):
        assert [h.id for h in accepted(PLAIN, FeishuSpeaker("", TOKEN).call(told, NOW))] == ["u1"]


@FUZZ
@given(callbacks())
def test_nothing_that_comes_in_raises_or_gets_through_without_a_proof(came: Callback) -> None:
    """Arbitrary bytes, names and values, with a key and without one."""
    assert is_refusal(SIDE.receive(came, NOW))
    assert is_refusal(PLAIN.receive(came, NOW))


@FUZZ
@given(st.binary(max_size=100) | json_values().map(msgspec.json.encode))
def test_whatever_is_rightly_signed_is_taken_or_refused_but_never_raises(message: bytes) -> None:
    """Feishu may change its events."""
    side = FeishuCallbacks(settings(verification_token=""))
    body = msgspec.json.encode({"encrypt": EncryptKey(KEY).seal(message)})
    headers = SPEAKER._signed(body, NOW)
    found = side.receive(Callback(method="POST", headers=headers, body=body), NOW)
    assert found.refused in ("", "shape")
    if found.keep is not None:
        assert len(side.hints(found.keep)) == found.hints


@FUZZ
@given(st.binary(max_size=100))
def test_a_damaged_store_is_told_in_one_sentence(stored: bytes) -> None:
    """What was stored is not believed either."""
    with pytest.raises(InputError, match="full compare"):
        SIDE.hints(stored)


def test_after_a_change_of_keys_the_store_says_so() -> None:
    """In one sentence, with neither of them."""
    found = SIDE.receive(SPEAKER.call(ONE, NOW), NOW)
    assert found.keep is not None
    with pytest.raises(InputError, match="signature"):
        FeishuCallbacks(settings(encrypt_key="changed")).hints(found.keep)


def test_what_the_simulator_records_is_told() -> None:
    """Somebody new, and somebody who left."""
    journal = Journal(Clock(), "cli_simulated", "tenant")
    journal.created("user", IDS)
    journal.deleted("user", {}, {"open_id": "ou_1", "department_ids": []})
    told = [accepted(SIDE, SPEAKER.call(one, NOW))[0] for one in journal.outbox.after(0)]
    assert [(h.id, h.keys["open_id"], h.gone) for h in told] == [
        ("u1", "ou_1", False),
        ("", "ou_1", True),
    ]


def test_secrets_are_in_no_representation_and_no_sentence() -> None:
    """Nor is what a callback carries."""
    came = SPEAKER.call(ONE, NOW)
    found = SIDE.receive(came, NOW)
    shown = " ".join(map(repr, (SIDE, SPEAKER, came, found, found.answer, settings())))
    assert not [secret for secret in (KEY, TOKEN, came.headers[SIGNATURE]) if secret in shown]
    with pytest.raises(ConfigError, match="both empty"):
        FeishuCallbacks(settings(encrypt_key="", verification_token=""))
