"""Answers that look sound and are not: lists that came out empty, pages that got lost."""

from __future__ import annotations

from typing import Any


def spoil(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Empty the list in ``content``.

    ``drop_page`` leaves the link as it was, so that one page's rows are missing; ``empty_list``
    also says that nothing follows. Other kinds change nothing.
    """
    if kind not in ("empty_list", "drop_page") or "value" not in content:
        return content
    emptied = {**content, "value": []}
    if kind == "empty_list":
        emptied.pop("@odata.nextLink", None)
    return emptied
