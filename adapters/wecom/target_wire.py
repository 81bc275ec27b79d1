"""WeCom's answers to writes (wecom.md, section 4), decoded as leniently as ``wire``."""

from __future__ import annotations

import msgspec

from adapters.wecom.wire import Envelope


class MadeDepartment(msgspec.Struct, gc=False):
    """A department that WeCom made because somebody was put into one that was not there."""

    id: int


class MadeDepartments(msgspec.Struct, gc=False):
    department_info: list[MadeDepartment] = []


class NewUser(Envelope, gc=False, kw_only=True):
    """Reply of ``user/create``."""

    created_department_list: MadeDepartments | None = None


class Tagged(Envelope, gc=False, kw_only=True):
    """Reply of ``tag/addtagusers`` and ``deltagusers``: ``invalidlist`` are ``u1|u2``."""

    invalidlist: str | None = None

    @property
    def invalid(self) -> set[str]:
        """Those who were not taken, without their case."""
        return {userid.casefold() for userid in (self.invalidlist or "").split("|") if userid}


class UserOfMobile(Envelope, gc=False, kw_only=True):
    """Reply of ``user/getuserid``."""

    userid: str
