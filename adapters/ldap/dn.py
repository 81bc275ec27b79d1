"""Distinguished names: written escaped, compared parsed and normalised (RFC 4514, RFC 4518).

A server may write the same name in another way than we did (``\\2C`` for ``\\,``, other case), so
names are never compared as strings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_SPECIAL = re.compile(r'[,+"\\<>;=]')
_PAIR = re.compile(rb"\\([0-9A-Fa-f]{2}|.)", re.DOTALL)
_FILTER = re.compile(r"[*()\\\x00]")
_BREAK, _AND = "\x1f", "\x1e"
"""Between steps and their parts in normalised names: ``same`` leaves none of these in a value."""


def escape(value: str) -> str:
    """A value as it is written in a DN (RFC 4514, section 2.4)."""
    text = _SPECIAL.sub(lambda found: f"\\{ord(found[0]):02X}", value).replace("\0", "\\00")
    if text[:1] in (" ", "#"):
        text = f"\\{ord(text[0]):02X}{text[1:]}"
    if text[-1:] == " ":
        text = text[:-1] + "\\20"
    return text


def escape_filter(value: str) -> str:
    """A value as it is written in a search filter (RFC 4515, section 3)."""
    return _FILTER.sub(lambda found: f"\\{ord(found[0]):02x}", value)


def rdn(attribute: str, value: str) -> str:
    """One step of a DN."""
    return f"{attribute}={escape(value)}"


def split(dn: str, at: str = ",") -> Iterator[str]:
    """The steps of a DN, the lowest first, still escaped; or with ``+`` the parts of one step."""
    start = position = 0
    quoted = False
    while position < len(dn):
        character = dn[position]
        if character == "\\":
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character == at and not quoted:
            yield dn[start:position]
            start = position + 1
        position += 1
    yield dn[start:]


def first(dn: str) -> tuple[str, str]:
    """The lowest step of a DN: its attribute's name and its value, unescaped."""
    attribute, _, value = next(split(next(split(dn)), "+")).partition("=")
    return attribute.strip(), unescape(value)


def above(dn: str) -> str:
    """The DN of the entry above."""
    return dn[len(next(split(dn))) + 1 :]


def unescape(value: str) -> str:
    """A value as it was before it was escaped."""
    value = value.lstrip(" ")
    if value[:1] == '"' and value.rstrip(" ")[-1:] == '"':
        value = value.rstrip(" ")[1:-1]
    elif value[-1:] == " ":
        bare = value.rstrip(" ")
        value = bare + " " if bare[-1:] == "\\" else bare
    if "\\" not in value:
        return value
    raw = _PAIR.sub(lambda m: bytes.fromhex(m[1].decode()) if len(m[1]) == 2 else m[1],
                    value.encode())  # fmt: skip
    return raw.decode(errors="replace")


def same(text: str) -> str:
    """What counts of a value where case and spacing do not (RFC 4518, caseIgnoreMatch)."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(text.lower().split())


def normal(dn: str) -> str:
    """What counts of a DN: equal for two spellings of one name, and only then."""
    if "\\" not in dn and '"' not in dn and "+" not in dn:
        return _BREAK.join(_part(step) for step in dn.split(","))
    return _BREAK.join(_AND.join(sorted(map(_part, split(step, "+")))) for step in split(dn))


def is_below(low: str, high: str) -> bool:
    """Whether one normalised DN is somewhere below the other."""
    return low.endswith(_BREAK + high)


def _part(text: str) -> str:
    attribute, _, value = text.partition("=")
    return f"{attribute.strip().lower()}={same(unescape(value))}"
