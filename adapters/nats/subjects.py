"""Stored events and NATS subjects, both ways. Pure.

An event of originator ``feifan.directory.member.m-abc`` with topic ``MemberRenamed``
travels as ``<root>.feifan.directory.member.m-abc.MemberRenamed``: the topic is
always the last token, and dots in an originator id stay token separators, so
that a prefix of ids is a subject filter. Whatever NATS does not allow in a token
is percent-encoded (https://docs.nats.io/nats-concepts/subjects: no whitespace,
``*`` and ``>`` are wildcards, no empty tokens).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote
from uuid import UUID

EMPTY = "%"
"""The token that stands for an empty one; a real ``%`` is always ``%25``."""

_PLAIN_TOKEN = re.compile(r"[A-Za-z0-9_:\-~@$+=,;!#&()]+")
_PLAIN_ID = re.compile(rf"{_PLAIN_TOKEN.pattern}(?:\.{_PLAIN_TOKEN.pattern})*")


def token(text: str) -> str:
    """``text`` as one token: dots are encoded too."""
    if _PLAIN_TOKEN.fullmatch(text):
        return text
    return "".join(_legal(character) for character in text) or EMPTY


def untoken(encoded: str) -> str:
    """The inverse of :func:`token`."""
    if "%" not in encoded:
        return encoded
    return "" if encoded == EMPTY else unquote(encoded, errors="surrogatepass")


def tokens(text: str) -> str:
    """``text`` as one token for each of its dot-separated parts."""
    if _PLAIN_ID.fullmatch(text):
        return text
    return ".".join(token(part) for part in text.split("."))


def untokens(encoded: str) -> str:
    """The inverse of :func:`tokens`."""
    if "%" not in encoded:
        return encoded
    return ".".join(untoken(part) for part in encoded.split("."))


def _legal(character: str) -> str:
    if character in " .*>%" or not character.isprintable():
        return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
    return character


_topic_token = lru_cache(maxsize=4096)(token)
_token_topic = lru_cache(maxsize=4096)(untoken)


@dataclass(frozen=True, slots=True)
class Subjects:
    """The subjects of one event sequence. ``root`` is its prefix, ``text_ids`` its id type."""

    root: str
    text_ids: bool = False

    @property
    def everything(self) -> str:
        """The filter for all events of the sequence."""
        return f"{self.root}.>"

    @property
    def snapshots(self) -> Subjects:
        """The sequence beside this one that holds aggregates' snapshots."""
        return Subjects(f"{self.root}-snapshots", self.text_ids)

    @property
    def trackings(self) -> str:
        """The filter for the positions that projections have processed."""
        return f"{self.root}-tracking.*"

    def tracking(self, application: str) -> str:
        """The subject of one upstream application's tracking records."""
        return f"{self.root}-tracking.{token(application)}"

    def event(self, originator_id: UUID | str, topic: str) -> str:
        """The subject of one event."""
        return f"{self.root}.{tokens(str(originator_id))}.{_topic_token(topic)}"

    def originator(self, originator_id: UUID | str) -> str:
        """The filter for the events of one originator, and of no other."""
        return f"{self.root}.{tokens(str(originator_id))}.*"

    def scope(self, prefix: str | None) -> str:
        """The filter for all originators whose id begins with the tokens of ``prefix``."""
        return self.everything if prefix is None else f"{self.root}.{tokens(prefix)}.>"

    def parse(self, subject: str) -> tuple[UUID | str, str]:
        """Originator id and topic of a subject under this root."""
        originator, _, topic = subject[len(self.root) + 1 :].rpartition(".")
        text = untokens(originator)
        return (text if self.text_ids else UUID(text)), _token_topic(topic)

    def holds(self, subject: str) -> bool:
        """Whether ``subject`` belongs to this sequence."""
        return subject.startswith(f"{self.root}.")
