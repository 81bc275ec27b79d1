"""What WeCom refuses when something is written, and what to do about it.

Source of the codes: wecom.md, section 4 (WeCom department, user and tag pages; global error codes
90313, which also tell 81001 from 81002 and what 81014 and 40126 mean).
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """Why something is refused, and what to do next."""

    why: str
    fix: str = ""


MOBILE_FIXED = Cause(
    "the person has activated WeCom, and since then only they can change their mobile number:"
    " WeCom would leave it as it is without a word",
    "Let the person change it in WeCom (我 → 设置 → 账号与安全 → 手机号), or leave the field out of"
    ' the mapping (mobile = "").',
)
NO_CONTACT = Cause(
    "there is neither a mobile number nor a mail address, and WeCom wants one of the two",
    "Enter one at the source; if it is hidden there, grant the source's app the field.",
)

_NEXT = "The next run reads WeCom and looks whether it is ours."
_LENGTH = "Shorten the value at its source, or map the field otherwise."
_MEND = "Mend it at its source."
_BESIDE = "If they are not ours, move them in the admin console (work.weixin.qq.com) first."
_MAILBOX = "Look at the person's 企业邮箱 in the admin console (work.weixin.qq.com)."

EXISTS: dict[str, Cause] = {
    "40071": Cause("another tag has this name, or WeCom does not accept the name", _NEXT),
    "60008": Cause("there is a department with this id, or with this name at this place", _NEXT),
    "60102": Cause("somebody has this userid, whatever its case", _NEXT),
    "60104": Cause("somebody else has this mobile number", _NEXT),
    "60106": Cause("somebody else has this mail address", _NEXT),
}
"""The id, name, mail or number is taken."""

REFUSED: dict[str, Cause] = {
    "40031": Cause("nobody in the list is there"),
    "40032": Cause("the list has too many people, or none"),
    "40066": Cause(
        "WeCom does not accept the list of departments: one of them is not there (any more)",
        "The next run with --verify puts it right.",
    ),
    "40070": Cause("nobody in the list is there"),
    "40072": Cause("the name of the tag is empty or longer than 32 characters", _LENGTH),
    "40126": Cause("WeCom has no room for more tags (3,000)"),
    "41018": Cause("the tag has no name"),
    "41019": Cause("there is no department"),
    "45024": Cause(
        "the corporation is full", "Have it verified (企业认证) or ask WeCom for more accounts."
    ),
    "60001": Cause("the name of the department is empty or too long", _LENGTH),
    "60004": Cause("there is no such parent department (any more)"),
    "60005": Cause("there are still people in the department", _BESIDE),
    "60006": Cause("there are still departments below it", _BESIDE),
    "60007": Cause("the organization itself cannot be deleted"),
    "60009": Cause("the name of the department has characters that WeCom does not take"),
    "60010": Cause("the department would be below itself"),
    "60103": Cause("WeCom does not accept the mobile number", _MEND),
    "60105": Cause("WeCom does not accept the mail address", _MEND),
    "60110": Cause("somebody would be in more than 100 departments"),
    "60112": Cause("WeCom does not accept the name of the person", _MEND),
    "60124": Cause("WeCom does not accept the parent department"),
    "60125": Cause("WeCom does not accept the name of the department", _MEND),
    "60127": Cause("there is no department"),
    "60129": NO_CONTACT,
    "60132": Cause("the lists of departments and of leaderships do not go together"),
    **{code: Cause("WeCom does not accept the mailbox", _MAILBOX)
       for code in ("60141", "60142", "60143", "60144", "60145", "60150")},
    "60257": Cause("WeCom does not accept the direct leader"),
    "60275": Cause("WeCom does not accept the direct leader"),
    "81001": Cause("a department has too many people and departments (30,000)"),
    "81002": Cause("the departments are nested too deep for WeCom (15 levels)"),
    "81003": Cause("the tag has too many people and departments (30,000)"),
    "81011": Cause(
        "the tag belongs to another app, and only its maker may change it",
        "Delete it there, or make it anew in the admin console as an administrator; or leave the"
        " role out of the scope.",
    ),
    "81014": Cause("too many people or departments for a tag at once"),
    "301005": Cause(
        "the person has created the corporation and cannot be deleted",
        "Hand the corporation over in the admin console (我的企业), or keep the person.",
    ),
    "301012": Cause("WeCom does not accept the position", _LENGTH),
    "301013": Cause("WeCom does not accept the telephone number", _MEND),
    "301036": Cause(
        "WeCom changes a userid once, and only one that it has made itself",
        "The account keeps its userid, and everything else of it is synced. Let the mapping give"
        " the person this userid, or change it in the admin console (work.weixin.qq.com): the next"
        " run with --verify finds it there.",
    ),
}  # fmt: skip
"""Everything else that a write can be refused with for good."""
