"""The change_contact events that WeCom would call back, in the order in which they happened.

What the contact-sync assistant itself changes through the API is not called back (wecom.md,
section 5): then the journal is ``muted``.
"""

from __future__ import annotations

from typing import Any

from adapters.simulation.clock import Clock
from adapters.simulation.outbox import Outbox

MOVED = ("Department", "IsLeaderInDept", "DirectLeader")
"""Changes of a person that a callback address set after 2022-08-15 is still told of."""

Picture = dict[str, str]
"""What an event says of a department or a person, by the names of its XML elements."""


class Journal:
    """Puts what is called back into the ``outbox``."""

    def __init__(self, clock: Clock, corp_id: str) -> None:
        self._clock, self._corp_id = clock, corp_id
        self.outbox = Outbox()
        self.muted, self.new_style = False, True
        self.newcomer_events = 1

    def user(self, before: Picture | None, after: Picture | None) -> None:
        """Somebody came (no before), changed or left (no after).

        Before somebody new is told of, changes of them may be, within the same second: of three
        events the last one had the data (Senparc/NeuChar#123).
        """
        if before is None and after is not None:
            for _ in range(self.newcomer_events - 1):
                early = {"UserID": after["UserID"], "Department": after["Department"]}
                self._record("update_user", early)
            keys = ("UserID", "Department") if self.new_style else tuple(after)
            self._record("create_user", {key: after[key] for key in keys if after[key]})
        elif after is None and before is not None:
            self._record("delete_user", {"UserID": before["UserID"]})
        elif before is not None and after is not None:
            self._updated_user(before, after)

    def _updated_user(self, before: Picture, after: Picture) -> None:
        changed = {key: value for key, value in after.items() if before[key] != value}
        told: Picture = {"UserID": before["UserID"]}
        if changed.pop("UserID", None) is not None:
            told["NewUserID"] = after["UserID"]
        if self.new_style:
            if len(told) == 1 and not any(key in changed for key in MOVED):
                return
            changed = {"Department": after["Department"]}
        if len(told) > 1 or changed:
            self._record("update_user", told | changed)

    def department(self, before: Picture | None, after: Picture | None) -> None:
        """A department came (no before), changed or went (no after)."""
        if before is None and after is not None:
            keys = ("Id", "ParentId") if self.new_style else tuple(after)
            self._record("create_party", {key: after[key] for key in keys})
        elif after is None and before is not None:
            self._record("delete_party", {"Id": before["Id"]})
        elif before is not None and after is not None:
            keys = ("ParentId",) if self.new_style else ("Name", "ParentId")
            changed = {key: after[key] for key in keys if before[key] != after[key]}
            if changed:
                self._record("update_party", {"Id": after["Id"], **changed})

    def tag(self, tag_id: int, before: tuple[set[str], set[int]], after: Any) -> None:
        """People and departments (``before``, ``after``) that got or lost a tag.

        Creating, renaming and deleting tags has no event.
        """
        (users, parties), (held, placed) = before, after
        told = {
            "AddUserItems": ",".join(sorted(held - users)),
            "DelUserItems": ",".join(sorted(users - held)),
            "AddPartyItems": ",".join(map(str, sorted(placed - parties))),
            "DelPartyItems": ",".join(map(str, sorted(parties - placed))),
        }
        items = {key: value for key, value in told.items() if value}
        if items:
            self._record("update_tag", {"TagId": str(tag_id), **items})

    def _record(self, change: str, fields: Picture) -> None:
        if self.muted:
            return
        self.outbox.put(
            {
                "ToUserName": self._corp_id,
                "FromUserName": "sys",
                "CreateTime": int(self._clock.now()),
                "MsgType": "event",
                "Event": "change_contact",
                "ChangeType": change,
                **fields,
            }
        )
