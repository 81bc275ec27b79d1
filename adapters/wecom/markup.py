"""WeCom's flat XML: the elements directly below ``<xml>`` and their text. Pure.

What is deeper (``ExtAttr``) is passed over. A document type, and with it every entity that expat
would expand, is refused before it is read (wecom.md, 5.1 and 5.2 have the forms).
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

DEEPEST = 16


class MarkupError(ValueError):
    """It is not WeCom's XML; the text says nothing of it."""


def read(data: bytes) -> dict[str, str]:
    """Elements by name; the first of a name counts. Raises MarkupError."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise MarkupError("not well-formed") from None
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._path: list[str] = []
        self._parts: list[str] = []

    def refuse(self, *_: object) -> None:
        raise MarkupError("a document type")

    def start(self, name: str, _: dict[str, str]) -> None:
        if len(self._path) == DEEPEST:
            raise MarkupError("too deep")
        if not self._path and name != "xml":
            raise MarkupError("another root")
        self._path.append(name)
        if len(self._path) == 2:
            self._parts = []

    def end(self, name: str) -> None:
        if len(self._path) == 2:
            self.found.setdefault(name, "".join(self._parts).strip())
        self._path.pop()

    def text(self, data: str) -> None:
        if len(self._path) == 2:
            self._parts.append(data)


def write(fields: Mapping[str, str | int]) -> bytes:
    """An ``<xml>`` of ``fields`` in their order: numbers bare, texts as CDATA, as WeCom does."""
    inner = "".join(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _written(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"
