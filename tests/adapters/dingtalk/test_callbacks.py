"""DingTalk's HTTP callbacks: what is taken, what is refused, and what they hint at."""

from __future__ import annotations

import json
import warnings
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dingtalk.callbacks import DingTalkCallbacks
from adapters.dingtalk.settings import DingTalkSettings
from adapters.dingtalk.simulator.journal import Journal
from adapters.dingtalk.speaker import DingTalkSpeaker, over_http
from adapters.simulation.clock import Clock
from domain.errors import ConfigError, InputError
from domain.hints import LARGEST, Answer, Callback
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

with warnings.catch_warnings():
    # the package has invalid escape sequences, which Python reports when it first compiles them
    warnings.simplefilter("ignore")
    from dingtalk.core.exceptions import InvalidSignatureException
    from dingtalk.crypto import DingTalkCrypto

TOKEN, KEY = "orgledgertoken", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij"
APP, CORP = "dingsimulatedapp", "ding0000000000corp"
SIGNED = ("msg_signature", "timestamp", "nonce")

SETTINGS = DingTalkSettings(
    app_key=APP, app_secret="s", corp_id=CORP, callback_token=TOKEN, callback_aes_key=KEY
)
SIDE, SPEAKER = DingTalkCallbacks(SETTINGS), DingTalkSpeaker(TOKEN, KEY, APP)

EVENT = {
    "EventType": "user_modify_org",
    "EventTime": 1763999999123,
    "CorpId": CORP,
    "eventId": "c7c7120f2c07419ebdba0318c8",
    "timeStamp": "1763999999123",
    "userId": ["manager4", "u2"],
    "diffInfo": [{"userid": "u2", "prev": {"name": "甲"}, "curr": {"name": "乙"}}],
}


def test_the_vendors_check_of_the_address_is_answered() -> None:
    """The example of open-dingtalk/dingtalk-callback-Crypto, at its own time."""
    settings = DingTalkSettings(
        app_key="ding6ccabc44d2c8d38b",
        app_secret="s",
        callback_token="mryue",
        callback_aes_key="Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7",
    )
    sealed = (
        "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDC"
        "YxxOK+HZeKju4yhELOFchzNukR+t8SB/qk4ROMu3"
    )
    came = Callback(
        method="POST",
        query={
            "signature": "03044561471240d4a14bb09372dfcfd4fd0e40cb",
            "timestamp": "1608001896814",
            "nonce": "WL4PK6yA",
        },
        body=msgspec.json.encode({"encrypt": sealed}),
    )
    found = DingTalkCallbacks(settings).receive(came, 1608001897.0)
    assert (found.sort, found.keep, found.answer.status) == ("handshake", None, 200)


def test_an_event_is_kept_encrypted_and_answered_with_an_encrypted_success() -> None:
    """Nothing that is stored can be read without the key."""
    found = SIDE.receive(SPEAKER.call(EVENT, NOW), NOW)
    assert (found.sort, found.events, found.hints) == ("event", ("user_modify_org",), 2)
    assert found.keep is not None
    assert b"manager4" not in found.keep
    assert SPEAKER.acknowledged(found.answer)
    assert json.loads(found.answer.body).keys() == {
        "msg_signature",
        "timeStamp",
        "nonce",
        "encrypt",
    }


def test_many_ids_in_one_event_are_many_hints() -> None:
    """With DingTalk's time, its name for the event, and one key for every delivery of it."""
    one, two = accepted(SIDE, SPEAKER.call(EVENT, NOW))
    assert (one.kind, one.id, one.gone, one.event) == (
        "member",
        "manager4",
        False,
        EVENT["EventType"],
    )
    assert two.id == "u2"
    assert one.at == 1763999999.123
    assert one.key == two.key


LEAVING = {"EventType": "user_leave_org", "UserId": ["a", "b"]}
GRANTED = {"EventType": "label_user_change", "LabelIdList": [7], "UserIdList": ["a"]}
UNMADE = {"EventType": "label_conf_del", "labelIdList": [7, 8]}

CASES: list[tuple[dict[str, Any], list[tuple[str, str, bool]]]] = [
    (LEAVING, [("member", "a", True), ("member", "b", True)]),
    ({"EventType": "user_add_org", "userId": ["a", "a"]}, [("member", "a", False)]),
    ({"EventType": "user_active_org", "userId": "a"}, [("member", "a", False)]),
    ({"EventType": "org_admin_add", "userId": ["a"]}, [("member", "a", False)]),
    ({"eventType": "user_add_org", "USERID": ["a"]}, [("member", "a", False)]),
    ({"EventType": "org_dept_create", "DeptId": [600582447]}, [("department", "600582447", False)]),
    (
        {"EventType": "org_dept_remove", "DeptId": [97393190, 97393189]},
        [("department", "97393190", True), ("department", "97393189", True)],
    ),
    ({"EventType": "org_dept_modify", "deptId": [1]}, [("organization", "1", False)]),
    ({"EventType": "org_change"}, [("organization", "", False)]),
    (GRANTED, [("role", "7", False)]),
    (UNMADE, [("role", "7", True), ("role", "8", True)]),
    ({"EventType": "inner_app_scopes_change", "userIds": ["a"]}, [("all", "", False)]),
    ({"EventType": "bpms_task_change", "userId": ["a"]}, []),
    ({"EventType": "user_add_org", "userId": [{"a": 1}, None, True, ""]}, []),
    ({"EventType": ["user_add_org"]}, []),
    ({}, []),
]  # fmt: skip


@pytest.mark.parametrize(("event", "hints"), CASES, ids=lambda value: str(value)[:40])
def test_each_event_hints_at_what_has_to_be_read(
    event: dict[str, Any], hints: list[tuple[str, str, bool]]
) -> None:
    """Shapes of the docs and of captures; an unknown event is taken, kept, and hints at nothing."""
    found = accepted(SIDE, SPEAKER.call(event, NOW))
    assert [(hint.kind, hint.id, hint.gone) for hint in found] == hints


def test_a_repeat_has_the_key_of_the_first_and_another_event_has_not() -> None:
    """By eventId, or by the whole text where there is none (captures of 2019 to 2022)."""
    bare = {name: value for name, value in EVENT.items() if name != "eventId"}
    keys = [
        accepted(SIDE, SPEAKER.call(event, NOW + late), NOW + late)[0].key
        for event in (EVENT, bare, {**bare, "userId": ["manager4"]})
        for late in (0, 10, 40)
    ]
    assert [len(set(keys[at : at + 3])) for at in (0, 3, 6)] == [1, 1, 1]
    assert len(set(keys)) == 3


def test_the_event_id_stands_for_an_event_whatever_else_a_repeat_says() -> None:
    """Its time may be the one of the repeat."""
    repeat = {**EVENT, "EventTime": 1764000009999}
    one, two = (accepted(SIDE, SPEAKER.call(told, NOW))[0] for told in (EVENT, repeat))
    assert (one.key, one.at) != (two.key, two.at)
    assert one.key == two.key


@pytest.mark.parametrize("stamp", ["", "now", "-1764000000", "nan", "1764000000x", "9" * 40])
def test_a_signed_time_that_is_none_is_refused(stamp: str) -> None:
    """Rightly signed, and yet no proof of when."""
    came = SPEAKER.call(EVENT, NOW)
    sealed = json.loads(came.body)["encrypt"]
    signature = SPEAKER._seal.sign(stamp, "n", sealed)
    query = {"signature": signature, "timestamp": stamp, "nonce": "n"}
    assert refused(SIDE, msgspec.structs.replace(came, query=query)) == "stale"


def test_dingtalks_own_owner_may_be_the_app_or_the_organization_but_nobody_else() -> None:
    """A subscription made in the console carries the Client ID, one made by the API the CorpId."""
    by_api = DingTalkSpeaker(TOKEN, KEY, CORP)
    answer = SIDE.receive(by_api.call(EVENT, NOW), NOW).answer
    assert by_api.acknowledged(answer)
    assert not SPEAKER.acknowledged(answer)
    stranger = DingTalkSpeaker(TOKEN, KEY, "suite4xxx")
    assert refused(SIDE, stranger.call(EVENT, NOW)) == "owner"


@pytest.mark.parametrize("late", [-301, 301, 86_400])
def test_a_signature_of_another_time_is_refused(late: float) -> None:
    """Before and after; five minutes either way are taken."""
    assert refused(SIDE, SPEAKER.call(EVENT, NOW), NOW + late) == "stale"
    accepted(SIDE, SPEAKER.call(EVENT, NOW), NOW + (299 if late > 0 else -299))


def test_what_is_stored_can_be_read_at_any_later_time() -> None:
    """The worker may come to it after days."""
    found = SIDE.receive(SPEAKER.call(EVENT, NOW), NOW)
    assert found.keep is not None
    assert [hint.id for hint in DingTalkCallbacks(SETTINGS).hints(found.keep)] == ["manager4", "u2"]


def test_every_flipped_bit_is_refused() -> None:
    """In the body, the signature, the time stamp and the nonce."""
    for changed in flips(SPEAKER.call(EVENT, NOW), query=SIGNED):
        assert refused(SIDE, changed)


def test_the_order_of_refusals_tells_what_to_mend() -> None:
    """Method, size, form, proof, time, key: a wrong token is told apart from a wrong key."""
    came = SPEAKER.call(EVENT, NOW)
    replace = msgspec.structs.replace
    assert refused(SIDE, replace(came, method="GET")) == "method"
    assert refused(SIDE, replace(came, body=b'{"encrypt":"' + b"A" * LARGEST)) == "oversize"
    assert refused(SIDE, replace(came, body=b'{"encrypt":1}')) == "signature"
    assert refused(SIDE, replace(came, query={})) == "signature"
    wrong_token = DingTalkSpeaker("another", KEY, APP)
    wrong_key = DingTalkSpeaker(TOKEN, "9" + KEY[1:], APP)
    assert refused(SIDE, wrong_token.call(EVENT, NOW)) == "signature"
    assert refused(SIDE, wrong_key.call(EVENT, NOW)) == "sealed"


@FUZZ
@given(callbacks())
def test_nothing_that_comes_in_raises_or_gets_through_without_a_signature(came: Callback) -> None:
    """Arbitrary bytes, names and values."""
    assert is_refusal(SIDE.receive(came, NOW))


@FUZZ
@given(st.binary(max_size=100) | json_values().map(msgspec.json.encode))
def test_whatever_is_rightly_signed_is_taken_or_refused_but_never_raises(message: bytes) -> None:
    """DingTalk may change its events; every one that is taken can be read back."""
    sealed = SPEAKER._seal.seal(message, APP)
    stamp = str(int(NOW))
    query = {"signature": SPEAKER._seal.sign(stamp, "n", sealed), "timestamp": stamp, "nonce": "n"}
    came = Callback(method="POST", query=query, body=msgspec.json.encode({"encrypt": sealed}))
    found = SIDE.receive(came, NOW)
    if found.refused:
        assert found.refused == "shape"
    elif found.sort == "event":
        assert found.keep is not None
        assert len(SIDE.hints(found.keep)) == found.hints


@FUZZ
@given(st.binary(max_size=100))
def test_a_damaged_store_is_told_in_one_sentence(stored: bytes) -> None:
    """What was stored is not believed either."""
    with pytest.raises(InputError, match="full compare"):
        SIDE.hints(stored)


def test_after_a_change_of_keys_the_store_says_so() -> None:
    """And shows neither of them."""
    found = SIDE.receive(SPEAKER.call(EVENT, NOW), NOW)
    assert found.keep is not None
    settings = msgspec.structs.replace(SETTINGS, callback_token="changed")
    with pytest.raises(InputError, match="signature") as error:
        DingTalkCallbacks(settings).hints(found.keep)
    assert "changed since" in str(error.value)


def test_dingtalk_sdk_opens_what_we_send_and_what_we_answer() -> None:
    """An independent implementation of the same scheme, with Han in the message."""
    peer = DingTalkCrypto(TOKEN, KEY, APP)
    came = SPEAKER.call(EVENT, NOW)
    opened = peer.decrypt_message(came.body, *(came.query[name] for name in SIGNED))
    assert json.loads(opened) == EVENT
    answer = json.loads(SIDE.receive(came, NOW).answer.body)
    told = (answer["msg_signature"], answer["timeStamp"], answer["nonce"])
    assert peer.decrypt_message(answer, *told) == "success"
    with pytest.raises(InvalidSignatureException):
        DingTalkCrypto("another", KEY, APP).decrypt_message(answer, *told)


def test_what_dingtalk_sdk_encrypts_is_taken() -> None:
    """The other way round."""
    told = DingTalkCrypto(TOKEN, KEY, APP).encrypt_message(
        json.dumps(EVENT, ensure_ascii=False), timestamp=int(NOW * 1000)
    )
    came = Callback(
        method="POST",
        query={
            "signature": told["msg_signature"],
            "timestamp": told["timeStamp"],
            "nonce": told["nonce"],
        },
        body=json.dumps({"encrypt": told["encrypt"]}).encode(),
    )
    assert [hint.id for hint in accepted(SIDE, came)] == ["manager4", "u2"]


def test_what_the_simulator_records_is_told() -> None:
    """A person and two departments, in the form that HTTP has."""
    journal = Journal(Clock(), CORP)
    journal.users("user_leave_org", ["u1"])
    journal.departments("org_dept_remove", [7, 8])
    told = [accepted(SIDE, SPEAKER.call(over_http(one), NOW)) for one in journal.outbox.after(0)]
    found = [(hint.kind, hint.id, hint.gone) for hints in told for hint in hints]
    assert found == [("member", "u1", True), ("department", "7", True), ("department", "8", True)]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=200, body=b"success"),
        Answer(status=200, body=b"{}"),
        Answer(status=500),
        Answer(status=200, body=b'{"encrypt":"AAAA","timeStamp":1}'),
    ],
)
def test_the_speaker_takes_no_other_answer(answer: Answer) -> None:
    """A simulator must repeat as DingTalk does."""
    assert not SPEAKER.acknowledged(answer)


def test_secrets_are_in_no_representation_and_no_sentence() -> None:
    """Nor is what a callback carries."""
    came = SPEAKER.call(EVENT, NOW)
    found = SIDE.receive(came, NOW)
    shown = " ".join(map(repr, (SIDE, SPEAKER, came, found, found.answer, SETTINGS)))
    assert not [secret for secret in (TOKEN, KEY, came.query["msg_signature"]) if secret in shown]
    with pytest.raises(ConfigError, match="callback_token and callback_aes_key") as error:
        DingTalkCallbacks(msgspec.structs.replace(SETTINGS, callback_token=""))
    assert KEY not in str(error.value)
