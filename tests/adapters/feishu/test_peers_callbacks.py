"""Feishu's webhooks, against the vendor's dispatcher and another implementation of the cipher."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from base64 import b64encode
from typing import Any

import lark_oapi as lark
import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad
from lark_oapi.core.model import RawRequest

from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP
from adapters.feishu.speaker import FeishuSpeaker
from domain.hints import Callback
from tests.adapters.callback_desk import (
    NOW,
    accepted,
)
from tests.adapters.feishu.calling import (
    KEY,
    ONE,
    SIDE,
    SPEAKER,
    TOKEN,
    first,
)

Dispatched = tuple[Any, list[Any]]


@pytest.fixture
def official() -> Dispatched:
    """lark-oapi's dispatcher, and what it has given to its handlers."""
    logging.getLogger("Lark").setLevel(logging.CRITICAL)
    got: list[Any] = []
    builder = lark.EventDispatcherHandler.builder(KEY, TOKEN)
    builder = builder.register_p2_contact_user_updated_v3(got.append)
    return builder.register_p1_customized_event("user_add", got.append).build(), got


def handed(dispatcher: Any, came: Callback) -> Any:
    """The official dispatcher's answer to one of our calls."""
    request = RawRequest()
    request.uri, request.body = "/", came.body
    request.headers = {name.title(): value for name, value in came.headers.items()}
    return dispatcher.do(request)


def test_the_official_dispatcher_takes_what_we_send(official: Dispatched) -> None:
    """Both versions and the check of the address; a wrong signature or token it refuses."""
    dispatcher, got = official
    assert handed(dispatcher, SPEAKER.call(ONE, NOW)).status_code == 200
    assert got[0].event.object.open_id == "ou_1"
    assert got[0].event.object.name == "张三"
    told = first(type="user_add", employee_id="u1")
    assert handed(dispatcher, SPEAKER.call(told, NOW)).status_code == 200
    assert got[1].event["employee_id"] == "u1"
    assert json.loads(handed(dispatcher, SPEAKER.check("c")).content) == {"challenge": "c"}
    assert handed(dispatcher, FeishuSpeaker("other", TOKEN).call(ONE, NOW)).status_code == 500
    assert handed(dispatcher, FeishuSpeaker(KEY, "other").call(ONE, NOW)).status_code == 500
    assert len(got) == 2


def test_our_answers_are_the_official_ones(official: Dispatched) -> None:
    """To an event and to the check of the address: same status, same content."""
    for came in (SPEAKER.call(ONE, NOW), SPEAKER.check("ajls384kdjx98XX")):
        theirs, ours = handed(official[0], came), SIDE.receive(came, NOW).answer
        assert ours.status == theirs.status_code
        assert json.loads(ours.body) == json.loads(theirs.content)


def test_what_another_implementation_encrypts_is_taken() -> None:
    """Feishu's page step by step, with pycryptodome; lark-oapi has no encrypting side."""
    iv = secrets.token_bytes(16)
    cipher = AES.new(hashlib.sha256(KEY.encode()).digest(), AES.MODE_CBC, iv)
    told = json.dumps({**ONE, "header": {**ONE["header"], "token": TOKEN}}).encode()
    sealed = b64encode(iv + cipher.encrypt(pad(told, 16))).decode()
    body = json.dumps({"encrypt": sealed}).encode()
    stamp, nonce = str(int(NOW)), "1372623149"
    signature = hashlib.sha256((stamp + nonce + KEY).encode() + body).hexdigest()
    headers = {STAMP: stamp, NONCE: nonce, SIGNATURE: signature}
    came = Callback.from_wire(
        "POST",
        "/callbacks/feishu",
        b"",
        [(name.title().encode(), value.encode()) for name, value in headers.items()],
        body,
    )
    assert [hint.id for hint in accepted(SIDE, came)] == ["u1"]
