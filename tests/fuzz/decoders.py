"""Whatever bytes come: what a provider's callback says, and what a program publishes.

Callbacks are sealed and signed with the right keys, so that what is behind the signature is
reached.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import msgspec

from adapters.feishu.sealing import NONCE, SIGNATURE, STAMP, EncryptKey
from adapters.sealed import Seal
from adapters.wecom import markup
from domain.directory import Directory
from domain.errors import InputError
from domain.evolve import evolve
from domain.hints import Callback
from orgledger.engine.documents import changes_of
from orgledger.engine.publish import PUBLISHABLE, validated
from tests.live.api_desk import FOUNDED
from tests.live.receiving import AES, APP, CORP, ENCRYPT, NOW, TOKEN, call, side

LARGEST_ANSWER = 1_000_000
"""Bytes; a server of NATS takes 1 MB unless it is told otherwise."""

_SEAL = Seal(TOKEN, AES, bytes)
_KEY = EncryptKey(ENCRYPT, bytes)


def _query(sealed: str, stamp: str) -> dict[str, str]:
    signature = _SEAL.sign(stamp, "0", sealed)
    return {"msg_signature": signature, "timestamp": stamp, "nonce": "0"}


def dingtalk(told: bytes) -> Callback:
    """A call with this plain text."""
    sealed = _SEAL.seal(told, APP)
    body = msgspec.json.encode({"encrypt": sealed})
    return Callback(method="POST", query=_query(sealed, str(int(NOW * 1000))), body=body)


def wecom(told: bytes) -> Callback:
    """A call with this plain text."""
    sealed = _SEAL.seal(told, CORP)
    body = markup.write({"ToUserName": CORP, "Encrypt": sealed})
    return Callback(method="POST", query=_query(sealed, str(int(NOW))), body=body)


def feishu(told: bytes) -> Callback:
    """A call with this plain text."""
    body, stamp = msgspec.json.encode({"encrypt": _KEY.seal(told)}), str(int(NOW))
    headers = {STAMP: stamp, NONCE: "0", SIGNATURE: _KEY.sign(stamp, "0", body)}
    return Callback(method="POST", headers=headers, body=body)


def entra(told: bytes) -> Callback:
    """A call with this body."""
    return Callback(method="POST", body=told)


_CALLS = {"dingtalk": dingtalk, "wecom": wecom, "feishu": feishu, "entra": entra}
_SIDES = {system: side(system) for system in _CALLS}


def called(system: str) -> Callable[[bytes], bool]:
    """It is refused, or it is kept and can be told of again. Says which (True: it was kept)."""

    def target(data: bytes) -> bool:
        found = _SIDES[system].receive(_CALLS[system](data), NOW)
        if found.refused or found.keep is None:
            return False
        _SIDES[system].hints(found.keep)
        return True

    return target


@cache
def _founded() -> Directory:
    directory = Directory(org="acme")
    for fact in validated(directory, FOUNDED, name="Acme"):
        evolve(directory, fact)
    return directory


def published(data: bytes) -> bool:
    """It can be recorded, or every mistake is told, in an answer that fits into a message."""
    try:
        facts = validated(_founded(), changes_of(data, "the body"), name="Acme")
    except InputError as error:
        if len(msgspec.json.encode([error.what, *error.problems])) >= LARGEST_ANSWER:
            raise
        return False
    for fact in facts:
        msgspec.json.encode(fact)
    return True


TARGETS: tuple[Callable[[bytes], bool], ...] = (*map(called, _CALLS), published)


def _opened(system: str, callback: Callback) -> bytes:
    """The plain text of a call."""
    if system == "entra":
        return callback.body
    if system == "wecom":
        return _SEAL.open(markup.read(callback.body)["Encrypt"]).message
    sealed = msgspec.json.decode(callback.body)["encrypt"]
    return _KEY.open(sealed) if system == "feishu" else _SEAL.open(sealed).message


def seeds() -> list[tuple[int, bytes]]:
    """Inputs to begin with: the number of a target, and what it takes."""
    calls = [(number, _opened(system, call(system))) for number, system in enumerate(_CALLS)]
    changes = [
        msgspec.json.encode([{"event": "MemberTransferred", "id": "u1", "departments": ["d1"]}]),
        msgspec.json.encode({"event": "MemberContactChanged", "id": "u1", "email": None}),
        b'{"event":"MemberResigned","id":"u1"}\n{"event":"DepartmentDeleted","id":"d2"}\n',
    ]
    return [*calls, *((len(_CALLS), one) for one in changes)]


def words() -> set[str]:
    """What inputs are made of: names of events and of their fields."""
    fields = {name for cls in PUBLISHABLE.values() for name in cls.__struct_fields__}
    told = {word.decode() for _, data in seeds() for word in re.findall(rb"[\w.:/-]{2,}", data)}
    return {*PUBLISHABLE, *fields, *told}
