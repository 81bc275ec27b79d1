"""Answers that look sound and are not: lists that came out empty, pages that got lost."""

from __future__ import annotations

from typing import Any

LISTS = ("items", "members", "memberlist", "grouplist", "user_list", "user_ids", "department_ids")


def spoil(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Empty the lists in ``data``.

    ``drop_page`` leaves the paging as it was, so that one page's entries are missing;
    ``empty_list`` also says that nothing follows. Other kinds change nothing.
    """
    if kind not in ("empty_list", "drop_page"):
        return data
    emptied = {key: [] if key in LISTS else value for key, value in data.items()}
    if kind == "empty_list" and emptied.pop("page_token", None) is not None:
        emptied["has_more"] = False
    return emptied
