"""WeCom's callbacks: what is taken, what is refused, and what they hint at."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.work.crypto import WeChatCrypto

from adapters.simulation.clock import Clock
from adapters.wecom import markup
from adapters.wecom.callbacks import WeComCallbacks
from adapters.wecom.settings import WeComSettings
from adapters.wecom.simulator.journal import Journal
from adapters.wecom.speaker import WeComSpeaker
from domain.errors import ConfigError, InputError
from domain.hints import LARGEST, Answer, Callback
from tests.adapters.callback_desk import FUZZ, NOW, accepted, callbacks, flips, is_refusal, refused

TOKEN, KEY, CORP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
SIGNED = ("msg_signature", "timestamp", "nonce")
SETTINGS = WeComSettings(
    corp_id=CORP, contact_secret="s", callback_token=TOKEN, callback_aes_key=KEY
)
SIDE, SPEAKER = WeComCallbacks(SETTINGS), WeComSpeaker(TOKEN, KEY, CORP)


def event(change: str, **fields: str | int) -> dict[str, str | int]:
    """A contact event as WeCom's pages show it."""
    return {
        "ToUserName": CORP,
        "FromUserName": "sys",
        "CreateTime": 1763999999,
        "MsgType": "event",
        "Event": "change_contact",
        "ChangeType": change,
        **fields,
    }


ONE = event("update_user", UserID="zhangsan", Department="1,2,3")


def test_the_vendors_check_of_the_address_is_answered_with_the_plain_bytes() -> None:
    """The example of WeCom's sample code, from the raw request, at its own time."""
    asked = (
        b"msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&timestamp=1409659589"
        b"&nonce=263014780&echostr=P9nAzCzyDtyTWESHep1vC5X9xho%2FqYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp"
        b"%2B4RPcs8TgAE7OaBO%2BFZXvnaqQ%3D%3D"
    )
    came = Callback.from_wire("get", "/callbacks/wecom", asked, [], b"")
    found = SIDE.receive(came, 1409659590.0)
    assert (found.sort, found.keep) == ("handshake", None)
    assert (found.answer.status, found.answer.body) == (200, b"1616140317555161061")


def test_a_plus_that_was_not_escaped_is_still_one() -> None:
    """The vendor's example with its echostr as it is in base64."""
    asked = (
        b"msg_signature=5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3&timestamp=1409659589"
        b"&nonce=263014780&echostr=P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp"
        b"+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    )
    came = Callback.from_wire("GET", "/callbacks/wecom", asked, [], b"")
    assert SIDE.receive(came, 1409659590.0).answer.body == b"1616140317555161061"


def test_the_vendors_message_is_taken_and_hints_at_nothing() -> None:
    """The official vector: a text message with the content hello."""
    sealed = (
        "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3Qczc"
        "dCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLj"
        "vd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMn"
        "vw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k"
        "22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2Yoy"
        "yH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
    )
    came = Callback(
        method="POST",
        query={
            "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
            "timestamp": "1409659813",
            "nonce": "1372623149",
        },
        body=f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><Encrypt><![CDATA[{sealed}]]>"
        "</Encrypt><AgentID><![CDATA[218]]></AgentID></xml>".encode(),
    )
    found = SIDE.receive(came, 1409659813.0)
    assert (found.sort, found.events, found.hints) == ("event", ("text",), 0)
    assert (found.answer.status, found.answer.body) == (200, b"success")


CASES: list[tuple[dict[str, str | int], list[tuple[str, str, str, bool]]]] = [
    (event("create_user", UserID="zhangsan", Department="1"), [("member", "zhangsan", "", False)]),
    (ONE, [("member", "zhangsan", "", False)]),
    (event("update_user", UserID="u1", NewUserID="u2"), [("member", "u2", "u1", False)]),
    (event("delete_user", UserID="ZhangSan"), [("member", "ZhangSan", "", True)]),
    (event("create_party", Id=2, ParentId=1), [("department", "2", "", False)]),
    (event("update_party", Id="1", Name="新"), [("organization", "1", "", False)]),
    (event("delete_party", Id=2), [("department", "2", "", True)]),
    (event("update_tag", TagId=1, AddUserItems="a,b"), [("role", "1", "", False)]),
    (event("create_user", Department="1"), []),
    (event("rename_moon", UserID="zhangsan"), []),
    ({**ONE, "Event": "batch_job_result"}, []),
    ({}, []),
]


@pytest.mark.parametrize(("told", "hints"), CASES, ids=lambda value: str(value)[-60:])
def test_each_event_hints_at_what_has_to_be_read(
    told: dict[str, str | int], hints: list[tuple[str, str, str, bool]]
) -> None:
    """Old style and new; a rename is one person, not a leaver and a newcomer."""
    found = accepted(SIDE, SPEAKER.call(told, NOW))
    assert [(hint.kind, hint.id, hint.was, hint.gone) for hint in found] == hints
    assert {hint.at for hint in found} <= {1763999999.0}


def test_complaint_49_three_events_for_one_newcomer_are_three_and_a_repeat_is_one() -> None:
    """Senparc/NeuChar#123: by person and second the one with the data would be lost."""
    three = [
        event("create_user", UserID="zhangsan", Department="1"),
        event("update_user", UserID="zhangsan", Department="1,2"),
        event("update_user", UserID="zhangsan", Name="张三", Department="1,2"),
    ]
    keys = [accepted(SIDE, SPEAKER.call(one, NOW))[0].key for one in three]
    again = [accepted(SIDE, SPEAKER.call(one, NOW + 5), NOW + 5)[0].key for one in three]
    assert len(set(keys)) == 3
    assert keys == again


@pytest.mark.parametrize("late", [-301, 301, 86_400])
def test_a_signature_of_another_time_is_refused(late: float) -> None:
    """For events and for the check of the address."""
    assert refused(SIDE, SPEAKER.call(ONE, NOW), NOW + late) == "stale"
    assert refused(SIDE, SPEAKER.check("1", NOW), NOW + late) == "stale"


def test_whom_it_is_for_counts_where_it_is_encrypted() -> None:
    """What stands beside it may be empty, but not somebody else."""
    came = SPEAKER.call(ONE, NOW)
    for named, takes in ((b"", True), (b"ww2", False)):
        body = came.body.replace(CORP.encode(), named)
        assert (SIDE.receive(msgspec.structs.replace(came, body=body), NOW).refused == "") is takes


def test_every_flipped_bit_is_refused() -> None:
    """In the body, what stands beside the cipher text included, and in the query."""
    for changed in flips(SPEAKER.call(ONE, NOW), query=SIGNED):
        assert refused(SIDE, changed)
    for changed in flips(SPEAKER.check("616140317555161061", NOW), query=(*SIGNED, "echostr")):
        assert refused(SIDE, changed)


def test_the_reason_tells_what_to_mend() -> None:
    """A wrong token is told apart from a wrong key and from another corporation."""
    replace = msgspec.structs.replace
    came = SPEAKER.call(ONE, NOW)
    assert refused(SIDE, replace(came, method="PUT")) == "method"
    assert refused(SIDE, replace(came, method="GET")) == "shape"
    assert refused(SIDE, replace(came, body=b"<xml>" + b"A" * LARGEST)) == "oversize"
    assert refused(SIDE, replace(came, query={})) == "signature"
    assert refused(SIDE, WeComSpeaker("x", KEY, CORP).call(ONE, NOW)) == "signature"
    assert refused(SIDE, WeComSpeaker(TOKEN, "9" + KEY[1:], CORP).call(ONE, NOW)) == "sealed"
    assert refused(SIDE, WeComSpeaker(TOKEN, KEY, "ww2").call(ONE, NOW)) == "owner"
    assert refused(SIDE, WeComSpeaker(TOKEN, KEY, "ww2").check("1", NOW)) == "owner"


BOMB = b"""<!DOCTYPE xml [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Encrypt>&c;</Encrypt></xml>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd"><xml><Encrypt>A</Encrypt></xml>',
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><xml><Encrypt>&e;</Encrypt></xml>',
        b"<xml><Encrypt>&lol;</Encrypt></xml>",
        b"<xml>" + b"<a>" * 17 + b"</a>" * 17 + b"</xml>",
        b"<wml><Encrypt>A</Encrypt></wml>",
        b"",
    ],
    ids=range(7),
)
def test_no_entity_is_expanded_and_nothing_is_fetched(body: bytes) -> None:
    """Neither before the signature is checked, nor in a message that is rightly signed."""
    assert refused(SIDE, Callback(method="POST", body=body)) == "shape"
    sealed = SPEAKER._seal.seal(body, CORP)
    query = SPEAKER._signed(sealed, NOW)
    came = Callback(method="POST", query=query, body=markup.write({"Encrypt": sealed}))
    assert refused(SIDE, came) == "shape"


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30
)


@FUZZ
@given(st.dictionaries(st.sampled_from(("UserID", "Name", "Encrypt", "Id")), TEXT))
def test_texts_go_through_the_xml_unchanged(fields: dict[str, str]) -> None:
    """Also those that look like markup or like the end of a CDATA section."""
    stripped = {name: value.strip() for name, value in fields.items()}
    assert markup.read(markup.write(fields)) == stripped


def test_what_is_deeper_is_passed_over() -> None:
    """ExtAttr has elements of the same names as the event itself."""
    data = b"<xml><ExtAttr><Item><Name>x</Name></Item></ExtAttr><Name>y</Name><Name>z</Name></xml>"
    assert markup.read(data) == {"ExtAttr": "", "Name": "y"}


@FUZZ
@given(callbacks())
def test_nothing_that_comes_in_raises_or_gets_through_without_a_signature(came: Callback) -> None:
    """Arbitrary bytes, names and values."""
    assert is_refusal(SIDE.receive(came, NOW))


@FUZZ
@given(st.binary(max_size=100) | TEXT.map(str.encode))
def test_whatever_is_rightly_signed_is_taken_or_refused_but_never_raises(message: bytes) -> None:
    """WeCom may change its events."""
    sealed = SPEAKER._seal.seal(message, CORP)
    query = SPEAKER._signed(sealed, NOW)
    came = Callback(method="POST", query=query, body=markup.write({"Encrypt": sealed}))
    found = SIDE.receive(came, NOW)
    assert found.refused in ("", "shape")


@FUZZ
@given(st.binary(max_size=100))
def test_a_damaged_store_is_told_in_one_sentence(stored: bytes) -> None:
    """What was stored is not believed either."""
    with pytest.raises(InputError, match="full compare"):
        SIDE.hints(stored)


def test_what_is_stored_is_as_it_came_and_can_be_read_later() -> None:
    """Encrypted, and with a key that changed meanwhile not at all."""
    found = SIDE.receive(SPEAKER.call(ONE, NOW), NOW)
    assert found.keep is not None
    assert b"zhangsan" not in found.keep
    assert [hint.id for hint in WeComCallbacks(SETTINGS).hints(found.keep)] == ["zhangsan"]
    changed = msgspec.structs.replace(SETTINGS, callback_aes_key="9" + KEY[1:])
    with pytest.raises(InputError, match="sealed"):
        WeComCallbacks(changed).hints(found.keep)


@pytest.fixture
def peer() -> Any:
    return WeChatCrypto(TOKEN, KEY, CORP)


def test_wechatpy_opens_what_we_send(peer: Any) -> None:
    """An independent implementation takes our events and our check of the address."""
    told = {**ONE, "Name": "张三 ]]> & <b>"}
    came = SPEAKER.call(told, NOW)
    opened = peer.decrypt_message(came.body, *(came.query[name] for name in SIGNED))
    assert opened.encode() == markup.write(told)
    check = SPEAKER.check("616140317555161061", NOW)
    asked = [check.query[name] for name in (*SIGNED, "echostr")]
    assert peer.check_signature(*asked) == "616140317555161061"
    with pytest.raises(InvalidSignatureException):
        WeChatCrypto("x", KEY, CORP).check_signature(*asked)


def test_what_wechatpy_encrypts_is_taken(peer: Any) -> None:
    """The other way round, through an encoded query."""
    body = peer.encrypt_message(markup.write(ONE).decode(), "1372623149", str(int(NOW)))
    told = markup.read(body.encode())
    query = {
        "msg_signature": told["MsgSignature"],
        "timestamp": told["TimeStamp"],
        "nonce": told["Nonce"],
    }
    came = Callback.from_wire("POST", "/", urlencode(query).encode(), [], body.encode())
    assert [hint.id for hint in accepted(SIDE, came)] == ["zhangsan"]


def test_what_the_simulator_records_is_told() -> None:
    """A newcomer and a department that goes."""
    journal = Journal(Clock(), CORP)
    journal.user(None, {"UserID": "zhangsan", "Department": "1"})
    journal.department({"Id": "7", "ParentId": "1"}, None)
    told = [accepted(SIDE, SPEAKER.call(one, NOW))[0] for one in journal.outbox.after(0)]
    found = [(hint.kind, hint.id, hint.gone) for hint in told]
    assert found == [("member", "zhangsan", False), ("department", "7", True)]


def test_the_speaker_knows_the_answers() -> None:
    """Empty or success; WeCom repeats after anything else that takes too long."""
    assert SPEAKER.acknowledged(SIDE.receive(SPEAKER.call(ONE, NOW), NOW).answer)
    assert SPEAKER.acknowledged(Answer(status=200))
    assert not SPEAKER.acknowledged(Answer(status=403, body=b"refused"))


def test_secrets_are_in_no_representation_and_no_sentence() -> None:
    """Nor is what a callback carries."""
    came = SPEAKER.call(ONE, NOW)
    found = SIDE.receive(came, NOW)
    shown = " ".join(map(repr, (SIDE, SPEAKER, came, found, found.answer, SETTINGS)))
    assert not [secret for secret in (TOKEN, KEY, came.query["msg_signature"]) if secret in shown]
    with pytest.raises(ConfigError, match="callback_token and callback_aes_key") as error:
        WeComCallbacks(msgspec.structs.replace(SETTINGS, callback_aes_key=""))
    assert TOKEN not in str(error.value)
