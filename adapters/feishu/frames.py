"""The frames of Feishu's long connection: protobuf, both sides of it. Pure.

Source: message ``pbbp2.Frame`` of the vendor's client (lark-oapi, ws/pb; feishu.md, 10.3): proto2
with nothing but varints, texts and bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

CONTROL, DATA = 0, 1
"""Methods of a frame."""

SEQ_ID, LOG_ID, SERVICE, METHOD, HEADER, PAYLOAD = 1, 2, 3, 4, 5, 8
"""Numbers of fields. The vendor's code wants the first four; where one is missing it is 0 to us."""

Field = tuple[int, int | bytes]

_VARINT, _BYTES = 0, 2
_WIDTHS = {1: 8, 5: 4}
"""Bytes of the two other sorts, which a later version may bring; they are skipped."""


class Frame(NamedTuple):
    """One frame; ``fields`` is all that came, to be sent back with the answer."""

    method: int
    service: int
    headers: dict[str, str]
    payload: bytes
    fields: tuple[Field, ...]

    def answered(self, payload: bytes) -> bytes:
        """The same frame with another payload."""
        return _pack([*(one for one in self.fields if one[0] != PAYLOAD), (PAYLOAD, payload)])


def encode(method: int, service: int, headers: Mapping[str, str], payload: bytes = b"") -> bytes:
    """A frame of our own, without sequence and log ids."""
    pairs = [(HEADER, _pack(((1, k.encode()), (2, v.encode())))) for k, v in headers.items()]
    body = [(PAYLOAD, payload)] if payload else []
    return _pack([(SEQ_ID, 0), (LOG_ID, 0), (SERVICE, service), (METHOD, method), *pairs, *body])


def decode(data: bytes) -> Frame:
    """One frame. Raises ValueError for what is none."""
    fields = _fields(data)
    numbers = {number: value for number, value in fields if isinstance(value, int)}
    texts = [(number, value) for number, value in fields if isinstance(value, bytes)]
    pairs = [dict(_fields(value)) for number, value in texts if number == HEADER]
    headers = {_text(pair.get(1)): _text(pair.get(2)) for pair in pairs}
    payload = dict(texts).get(PAYLOAD, b"")
    method, service = numbers.get(METHOD, CONTROL), numbers.get(SERVICE, 0)
    return Frame(method, service, headers, payload, tuple(fields))


def _text(value: int | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else ""


def _fields(data: bytes) -> list[Field]:
    found: list[Field] = []
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        number, sort = tag >> 3, tag & 7
        if sort == _VARINT:
            value, at = _number(data, at)
            found.append((number, value))
            continue
        size, at = _number(data, at) if sort == _BYTES else (_WIDTHS.get(sort, len(data)), at)
        if at + size > len(data):
            raise ValueError("a field is cut")
        if sort == _BYTES:
            found.append((number, data[at : at + size]))
        at += size
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A varint of up to 64 bits, and where it ends."""
    for length in range(1, 11):
        if at + length > len(data):
            break
        if data[at + length - 1] < 0x80:
            value = sum((data[at + i] & 0x7F) << 7 * i for i in range(length))
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + length
    raise ValueError("a number is cut")


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*made, value))


def _pack(fields: Iterable[Field]) -> bytes:
    made = bytearray()
    for number, value in fields:
        if isinstance(value, int):
            made += _varint(number << 3 | _VARINT) + _varint(value)
        else:
            made += _varint(number << 3 | _BYTES) + _varint(len(value)) + value
    return bytes(made)
