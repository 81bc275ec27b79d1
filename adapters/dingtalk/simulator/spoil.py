"""Answers that look sound and are not: lists that came out empty, pages that got lost."""

from __future__ import annotations

from typing import Any

LISTS = ("list", "dept_id_list", "userid_list", "data_list", "records", "userIdList")
MORE = {"has_more": False, "hasMore": False, "nextToken": "0"}


def spoil(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Empty the list in ``content``.

    ``drop_page`` leaves the paging as it was, so that one page's entries are missing;
    ``empty_list`` also says that nothing follows. Other kinds change nothing.
    """
    if kind not in ("empty_list", "drop_page"):
        return content
    result = content.get("result", content)
    if isinstance(result, list):
        return {**content, "result": []}
    emptied = {key: [] if key in LISTS else value for key, value in result.items()}
    if kind == "empty_list":
        emptied |= {key: value for key, value in MORE.items() if key in emptied}
        emptied.pop("next_cursor", None)
    return {**content, "result": emptied} if "result" in content else emptied
