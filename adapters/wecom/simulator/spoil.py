"""Answers that look sound and are not: lists that came out empty, pages that got lost."""

from __future__ import annotations

from typing import Any

LISTS = ("department_id", "department", "dept_user", "userlist", "taglist", "partylist")


def spoil(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Empty the lists in ``content``.

    ``drop_page`` leaves the cursor as it was, so that one page's entries are missing;
    ``empty_list`` also says that nothing follows. Other kinds change nothing.
    """
    if kind not in ("empty_list", "drop_page"):
        return content
    emptied = {key: [] if key in LISTS and isinstance(value, list) else value
               for key, value in content.items()}  # fmt: skip
    if kind == "empty_list" and "next_cursor" in emptied:
        emptied["next_cursor"] = ""
    return emptied
