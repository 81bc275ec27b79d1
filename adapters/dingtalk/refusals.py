"""What DingTalk refuses when something is written, and what to do about it.

Source of the codes: dingtalk.md, section 4 (API pages create, update, delete; 全局错误码).
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    why: str
    fix: str = ""


INVITED = "40103"
"""The person got an invitation and must accept it; until then there is no account."""

MOBILE_FIXED = Cause(
    "DingTalk does not let an app change the mobile number of an account",
    "Let the person change it in DingTalk (设置 → 账号与安全 → 更换手机号),"
    " or delete the account in DingTalk and let the next sync create it anew.",
)

_NEXT = "The next run reads DingTalk and looks whether it is ours."
_LENGTH = "Shorten the value at its source, or map the field otherwise."

EXISTS: dict[str, Cause] = {
    "34021": Cause("the role group has a role of this name, or there is such a group", _NEXT),
    "40100": Cause("somebody else has this extension number", _NEXT),
    "40101": Cause("somebody else has this mail address", _NEXT),
    "60016": Cause("there is a department with this id", _NEXT),
    "60021": Cause("a department at the same place has this name", _NEXT),
    "60102": Cause("somebody has this userid", _NEXT),
    "60104": Cause("somebody else has this mobile number", _NEXT),
    "60106": Cause("somebody else has this mail address", _NEXT),
    "60107": Cause("the same DingTalk user is in the organization under another userid", _NEXT),
}
"""The id, name, mail or number is taken."""

REFUSED: dict[str, Cause] = {
    "1002": Cause("DingTalk says that the operation failed", "Look at the role in its console."),
    "12012": Cause("too many roles or people in one call"),
    "23004": Cause("it is one of DingTalk's own roles (group 默认)", "Leave it out of the scope."),
    "34018": Cause("the role has no name"),
    "34020": Cause("there is no such role group (any more)"),
    "40010": Cause("DingTalk does not accept the parent department"),
    "40011": Cause("DingTalk does not accept the order; it is a number above 0"),
    "40019": Cause(
        "the number already belongs to five organizations that are not verified",
        "Have the organization verified (企业认证), or let the person leave one of them.",
    ),
    "40020": Cause("the organization is full", "Ask DingTalk for more accounts."),
    "40021": MOBILE_FIXED,
    "40022": MOBILE_FIXED,
    "40023": Cause("the department is full (1000 people)", "Divide the department."),
    "40024": Cause("the organization is full", "Ask DingTalk for more accounts."),
    "40025": Cause("DingTalk does not accept the list of departments (at most 100)"),
    "40031": Cause(
        "somebody in the list is not a member of this department",
        "Leaders must belong to the department that they lead.",
    ),
    "40063": Cause("a value is too long", _LENGTH),
    "40064": Cause("the title is too long", _LENGTH),
    "40065": Cause("the work place, remark or an attribute is too long", _LENGTH),
    "40066": Cause("DingTalk does not accept the list of departments"),
    "40093": Cause("the owner of the group is not a member of the department"),
    "40104": Cause("the mobile number is not valid", "Mend it at its source."),
    "41054": MOBILE_FIXED,
    "60001": Cause("the name of the department is empty or longer than 64 characters"),
    "60002": Cause("the departments are nested too deep for DingTalk"),
    "60004": Cause("there is no such parent department (any more)"),
    "60005": Cause(
        "there are still people in the department or below it",
        "If they are not ours, move them in DingTalk's console first.",
    ),
    "60006": Cause(
        "there are still departments below it", "If they are not ours, move them in the console."
    ),
    "60007": Cause("the organization itself cannot be deleted"),
    "60009": Cause("the name of the department has characters that DingTalk does not take"),
    "60010": Cause("the department would be below itself"),
    "60018": Cause("the organization itself cannot be changed by an app"),
    "60022": Cause("the name has words that DingTalk does not permit"),
    "60103": Cause("the mobile number is not valid", "Mend it at its source."),
    "60105": Cause("the mail address is not valid", "Mend it at its source."),
    "60109": Cause("DingTalk does not accept the list of those who may see it"),
    "60110": Cause("the organization has too many departments"),
    "60112": Cause("DingTalk does not accept the name of the person"),
    "60113": Cause("there is no mobile number and no mail address"),
    "60123": Cause("the job number is too long", _LENGTH),
    "60128": Cause("DingTalk does not accept the direct manager"),
    "600109": Cause("DingTalk does not accept the list of those who may see it"),
    "660000": Cause("the role has no name"),
}
"""Everything else that a write can be refused with for good."""
