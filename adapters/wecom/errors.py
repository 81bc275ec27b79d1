"""WeCom's errors, sorted: what is worth another try, what is refused for good, and why.

Source of codes: wecom.md, sections 2, 6 and 7 (WeCom global error codes, frequency limits); those
of writes are in ``refusals``. The vendor's own sentences may quote personal data and are not
repeated, except for our own address and the userid of whoever has what is taken.
"""

from __future__ import annotations

import re
from typing import Literal

from adapters.http import AddressRefused, Reply, TokenRefused
from adapters.wecom.refusals import EXISTS, REFUSED, Cause
from adapters.wecom.wire import Envelope
from domain.errors import (
    CredentialFault,
    ExistsFault,
    PermissionFault,
    StrangerFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)

Caller = Literal["contact", "app"]
"""Whose token a call has: the contact-sync secret's, or the self-built app's."""


GETTOKEN = "gettoken"

CONSOLE = "in the admin console (work.weixin.qq.com)"
PLACE: dict[Caller, str] = {
    "contact": f"管理工具 → 通讯录同步 {CONSOLE}",
    "app": f"应用管理 → the app {CONSOLE}",
}
"""Where each of the two secrets and its address list are found."""

RANGE = f"Widen the app's visible range (可见范围), 应用管理 → the app {CONSOLE}."

TOKEN = {"40014", "42001", "41001"}
SECRET = {"40001", "40091", "41004"}
CORP = {"40013", "41002"}
BUSY = {"-1", "6000", "45035"}
LIMITED = {"45009", "45033"}
NOT_FROM_HERE = {"60020"}
NO_DETAILS = "48009"
FORBIDDEN = {"48001", "48002", "48005", "48006", "48008", NO_DETAILS}
DISABLED = {"50003", "60031"}
NO_PRIVILEGE = "60011"
"""Outside an app's visible range; the contact-sync secret sees all, and lacks the right itself."""

OUT_OF_RANGE = {NO_PRIVILEGE, "60021", "50002"}
NO_SUCH_USER = {"60111", "46004", "40003"}
NO_SUCH_DEPARTMENT = {"60003", "60123"}
TOO_LARGE = "45029"

TERMINAL: dict[str, Cause] = {
    "45036": Cause("WeCom finds this access abnormal", "Ask WeCom's support."),
    "48010": Cause("WeCom does not accept this TLS version", "Update the system's OpenSSL."),
    "40056": Cause("the app has another AgentId", "Compare agent_id with the app's AgentId."),
    "40068": Cause("there is no such tag (any more)"),
    TOO_LARGE: Cause("the answer would be too large"),
    **{code: Cause("it is outside the app's visible range", RANGE) for code in OUT_OF_RANGE},
    **{code: Cause("there is no such person (any more)") for code in NO_SUCH_USER},
    **{code: Cause("there is no such department (any more)") for code in NO_SUCH_DEPARTMENT},
    **{code: Cause("WeCom does not know the cursor any more") for code in ("50100", "60268")},
    **{
        code: Cause("WeCom does not accept a parameter of this call")
        for code in ("40033", "40035", "40058", "40063", "41009", "41011", "41017")
    },
}

_IP = re.compile(r"from ip: ([0-9a-fA-F.:]+)")

_HOLDER = re.compile(r"existed:([A-Za-z0-9][A-Za-z0-9_\-@.]{0,63})")
"""Who has a number or an address that is taken: ``mobile existed:lisi`` (60104)."""


def fault_of(api: str, envelope: Envelope, caller: Caller) -> SystemFault:
    """The fault that the refusal of ``api`` means, called with the token of ``caller``."""
    what, code = f"WeCom {api} ({caller}_secret)", str(envelope.errcode)
    if code in TOKEN or (code in SECRET and api != GETTOKEN):
        return TokenRefused(f"{what} was refused", why="the access token is not valid", code=code)
    if code in BUSY:
        return TransientFault(f"{what} was refused", why="WeCom is busy", code=code)
    if code in LIMITED:
        return _throttled(what, code, creates=api == "user/create")
    if code in NOT_FROM_HERE:
        return _not_from_here(what, envelope.errmsg or "", caller, code)
    refusal = _credential(code, caller)
    if refusal is not None:
        return CredentialFault(f"{what} was refused", why=refusal.why, fix=refusal.fix, code=code)
    if code in FORBIDDEN or (code == NO_PRIVILEGE and caller == "contact"):
        return _forbidden(what, caller, code)
    if code in EXISTS:
        taken = EXISTS[code]
        holder = _HOLDER.search(envelope.errmsg or "")
        why = f"{taken.why} (userid {holder[1]})" if holder else taken.why
        return ExistsFault(f"{what} was refused", why=why, fix=taken.fix, code=code)
    cause = (
        TERMINAL.get(code)
        or REFUSED.get(code)
        or Cause(
            f"WeCom gave code {code}, which is not in our table",
            f"Look it up at https://open.work.weixin.qq.com/devtool/query?e={code}.",
        )
    )
    return TerminalFault(f"{what} was refused", why=cause.why, fix=cause.fix, code=code)


def _credential(code: str, caller: Caller) -> Cause | None:
    if code in SECRET:
        fix = f"Compare it with the Secret under {PLACE[caller]}."
        return Cause(f"{caller}_secret is wrong", fix)
    if code in CORP:
        return Cause("corp_id is wrong", f"Compare it with 我的企业 → 企业ID {CONSOLE}.")
    if code in DISABLED:
        return Cause("the app is disabled", f"Enable it under {PLACE[caller]}.")
    return None


def _throttled(what: str, code: str, *, creates: bool = False) -> TransientFault:
    """The wait is not told: a minute's block ends with the minute, an hour's with the hour."""
    fix = "Lower the setting rate, or run the sync at another hour."
    if creates:
        fix += " In a month no more accounts can be made than three times the corporation's cap."
    return TransientFault(
        f"{what} was refused",
        why="too many calls",
        fix=fix,
        code=code,
        throttled=True,
    )


def _not_from_here(what: str, text: str, caller: Caller, code: str) -> CredentialFault:
    found = _IP.search(text)
    address = f" {found[1]}" if found else ""
    fix = f"Add{address or ' it'} to 企业可信IP under {PLACE[caller]}; it takes about a minute."
    why = f"the address{address} is not on the list of trusted ones"
    return AddressRefused(f"{what} was refused", why=why, fix=fix, code=code)


def _forbidden(what: str, caller: Caller, code: str) -> PermissionFault:
    if code == NO_DETAILS:
        return PermissionFault(
            f"{what} was refused",
            permission="details with contact_secret",
            why="since 2022-08-15 WeCom lets the contact-sync secret read ids only",
            fix="Set app_secret and agent_id of a self-built app; it reads the details.",
            code=code,
        )
    if caller == "app":
        fix = f"Set contact_secret: the Secret under {PLACE['contact']}."
    else:
        fix = f"Switch the API on under {PLACE['contact']}, to write with 编辑通讯录, and compare"
        fix += " contact_secret."
    return PermissionFault(
        f"{what} was refused",
        permission=f"what {caller}_secret may do",
        why=f"{caller}_secret has no right to this call",
        fix=fix,
        code=code,
    )


def is_out_of_range(fault: TerminalFault) -> bool:
    """Whether it says that an app does not see somebody or something, which may well be there."""
    return fault.code in OUT_OF_RANGE and not isinstance(fault, PermissionFault)


def page_fault(what: str, reply: Reply) -> SystemFault | None:
    """The fault of an answer that is no API answer at all; None if it may be one."""
    if reply.status >= 500:
        return TransientFault(
            f"{what} failed", why=f"HTTP {reply.status}", code=f"http_{reply.status}"
        )
    if reply.status == 429:
        return _throttled(what, "429")
    if reply.is_html or reply.status != 200:
        return StrangerFault(
            f"{what} was answered by something else than WeCom",
            why=f"HTTP {reply.status} and no API answer",
            fix="Check base_url and the proxy.",
            code=f"http_{reply.status}",
        )
    return None
