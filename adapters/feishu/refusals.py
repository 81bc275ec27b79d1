"""What Feishu refuses for good and why, one table per family of APIs.

A code may mean something else in another family (41071). Source: Feishu contact v3, the error
table of each API page, and the generic error codes (feishu.md, section 9).
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    why: str
    fix: str = ""


CONSOLE = "in the developer console (open.feishu.cn/app)"
_NEXT = "The next run reads Feishu and looks whether it is ours."
_RANGE = f"Set the app's contact range (通讯录权限范围) to all staff {CONSOLE}."
_LENGTH = "Shorten the value at its source, or map the field otherwise."
_SOURCE = "Mend the value at its source."
_SEATS = "Buy more seats, or delete accounts that are not needed."
_ASK = "Ask Feishu's support."
_EXTERNAL = Cause(
    "the data belongs to another source that the tenant has connected",
    "Take it out of that source in Feishu's admin console, or leave it out of the scope.",
)

Causes = dict[str, Cause]

EXISTS: dict[str, Causes] = {
    "departments": {
        "43000": Cause("there is such a department already", _NEXT),
        "43007": Cause("another department has this department_id", _NEXT),
        "43018": Cause("another department has this name in another language", _NEXT),
        "43022": Cause("another department has this name", _NEXT),
    },
    "users": {
        "41001": Cause("somebody else has this mobile number", _NEXT),
        "41002": Cause("somebody else has this mail address", _NEXT),
        "41003": Cause("the mobile number and the mail belong to two different accounts", _NEXT),
        "41011": Cause("somebody else has this user_id", _NEXT),
        "41053": Cause("the person has an account already", _NEXT),
        "44024": Cause("somebody else has this business mail address", _NEXT),
        "44030": Cause("somebody else has the mobile number by now", _NEXT),
        "44031": Cause("somebody else has the mail address by now", _NEXT),
        "44032": Cause("somebody else has the user_id by now", _NEXT),
        "44051": Cause("somebody else has this employee number", _NEXT),
    },
    "functional_roles": {
        "41201": Cause(
            "a role of this name exists, and no call of Feishu tells its id",
            "Delete that role in Feishu's admin console, or enter its id in the setting role_ids.",
        ),
    },
}
"""The id, name, mail or number is taken."""

SHARED: Causes = {
    "9499": Cause("Feishu cannot read the request"),
    "10003": Cause("Feishu does not accept a parameter of this call"),
    "40001": Cause("Feishu does not accept a parameter of this call"),
    "40004": Cause("a department is outside the app's contact range", _RANGE),
    "40008": Cause("the change says nothing"),
    "40011": Cause("Feishu does not accept the page size"),
    "40012": Cause("Feishu does not know its own page token any more", "Try again."),
    "40014": Cause("the parent department is outside the app's contact range", _RANGE),
    "40021": Cause("the same client_token came with other values"),
    "41012": Cause("Feishu does not accept the id of a person"),
    "41050": Cause("the person is outside the app's contact range", _RANGE),
    "42006": Cause("the person has left"),
    "42008": Cause("the app belongs to another tenant", "Check app_id."),
    "99991201": Cause("there is no such interface", "Check base_url: is this Feishu's host?"),
    "99991301": Cause("there is no such interface", "Check base_url: is this Feishu's host?"),
    "99992351": Cause("there is no such person (any more)"),
    "99992352": Cause("an id is unknown, or of another kind"),
    "99992357": Cause("there is no such department (any more)"),
    "99992360": Cause("there is no such person (any more)"),
    "99992361": Cause("the id of a person belongs to another app"),
    "99992363": Cause("there is no such person (any more)"),
    "99992379": Cause("an id is unknown, or of another kind"),
    "99992380": Cause("there is no such department (any more)"),
    "99992402": Cause("Feishu does not accept the form of a value", _SOURCE),
}
"""Refusals of the gateway, and those that mean the same everywhere."""

_DEPARTMENT: Causes = {
    "40002": Cause("the organization itself cannot be changed by an app"),
    "40007": Cause("the app may not change the ids of departments"),
    "40010": Cause("Feishu does not accept the group chat"),
    "40015": Cause("there is no such department (any more)"),
    "40016": Cause("the department has no name", _SOURCE),
    "40017": Cause("the department has no parent"),
    "40018": Cause("Feishu does not accept the place: a department cannot be below itself"),
    "40020": Cause("the department has no group chat"),
    "43001": Cause("the unit is named twice"),
    "43002": Cause("the unit is still in use"),
    "43003": Cause("a department can be in one unit only"),
    "43004": Cause("there is no such unit"),
    "43005": Cause("another department has this order"),
    "43008": Cause("Feishu does not accept the department_id"),
    "43009": Cause("the department_id was changed too often"),
    "43010": Cause("the department is too large to be listed at once"),
    "43011": Cause(
        "there are still people in the department",
        "If they are not ours, move them in Feishu's admin console first.",
    ),
    "43012": Cause(
        "there are still departments below it",
        "If they are not ours, move them in Feishu's admin console first.",
    ),
    "43013": Cause("the parent has too many departments (1,000)", "Put a level in between."),
    "43016": Cause("a leader is named twice"),
    "43017": Cause("the unit has too many departments"),
    "43019": Cause("the departments are nested too deep for Feishu (25 levels)"),
    "43021": Cause("the department has no group chat"),
    "43023": Cause("the app may not change the structure of departments", _RANGE),
    "43025": Cause(
        "a leader has not joined the organization yet",
        "Let them accept the invitation, then retry.",
    ),
    "43026": Cause("there is no such employee type"),
    "43028": Cause("Feishu does not accept the HR partners"),
    "43029": Cause("the name has a slash, which Feishu does not take"),
    "43031": _EXTERNAL,
    "44101": Cause("the department has no parent"),
    "44102": Cause("the department has no id"),
}

_USER: Causes = {
    "41004": Cause("the mobile number is not valid", _SOURCE),
    "41005": Cause("the mail address is not valid", _SOURCE),
    "41006": Cause("the person has no name", _SOURCE),
    "41007": Cause(
        "an organization that is not certified can have 100 people",
        "Have the organization certified (企业认证).",
    ),
    "41008": Cause("the tenant has no seats left", _SEATS),
    "41009": Cause("there is no mobile number and no mail address", _SOURCE),
    "41010": Cause("there is no mobile number, and a new account needs one", _SOURCE),
    "41013": Cause("the user_id was changed too often"),
    "41014": Cause("the name has words that Feishu does not permit", _SOURCE),
    "41016": Cause("the department is full", "Divide the department."),
    "41017": Cause("the person is in no department"),
    "41022": Cause("the person belongs to another tenant"),
    "41025": Cause("the order names a department that the person is not in"),
    "41028": Cause("people in several departments need a newer visibility setting", _ASK),
    "41029": Cause("the tenant does not permit several departments for one person", _ASK),
    "41030": Cause("nobody can be their own leader", _SOURCE),
    "41031": Cause("the tenant has no positions", _ASK),
    "41032": Cause("the tenant does not permit several departments for one person", _ASK),
    "41033": Cause("the person is in more than 50 departments"),
    "41036": Cause("Feishu does not accept the avatar"),
    "41037": Cause("Feishu does not permit the avatar"),
    "41038": Cause("the gender is not 0 to 3", _SOURCE),
    "41040": Cause("the person has no name", _SOURCE),
    "41041": Cause("the person is in no department"),
    "41042": Cause("the day of joining is not valid", _SOURCE),
    "41043": Cause("the user_id is longer than 64 characters"),
    **{str(code): Cause("a custom field is not valid") for code in range(41044, 41049)},
    "41051": Cause("the call names nobody"),
    "41052": Cause(
        "who should get the person's documents cannot",
        "Set acceptor to the user_id of somebody who is there.",
    ),
    "41054": Cause("a notice should go by mail, and there is no address"),
    "41055": Cause("a notice should go by SMS, and there is no mobile number"),
    "41056": Cause(
        "the app may not change one of the fields",
        f"Grant the field permission {CONSOLE}, or drop the field from the mapping.",
    ),
    "41057": Cause("there is no such employee type", "Set employee_type."),
    "41059": Cause("there is no such employee type", "Set employee_type."),
    "41060": Cause("the employee type is switched off", "Set employee_type."),
    "41063": Cause("the job title is too long", _LENGTH),
    "41068": Cause("the mailbox has too many aliases"),
    "41069": Cause(
        "the business mail address is in the recycle bin",
        "Restore or purge it in Feishu's admin console.",
    ),
    "41070": Cause("the name is too long", _LENGTH),
    "41071": Cause("the English name is too long", _LENGTH),
    "41072": Cause("the nickname is too long", _LENGTH),
    "41410": Cause("the main department is not the first one"),
    "44001": Cause(
        "the domain of the business mail is not the tenant's",
        "Add it in Feishu's admin console, or drop enterprise_email from the mapping.",
    ),
    "44002": Cause("an order came without departments"),
    "44004": Cause("the person joined too many tenants lately", "Try again after 24 hours."),
    "44006": Cause("the name is too long", _LENGTH),
    "44007": Cause("the English name is too long", _LENGTH),
    "44008": Cause("the nickname is too long", _LENGTH),
    "44009": Cause("the number or address joined three tenants today", "Try again after 24 hours."),
    "44010": Cause(
        "the person has not accepted the invitation yet, and cannot be changed before",
        "Let them join, then retry.",
    ),
    "44011": Cause(
        "the person left the organization on their own, and cannot be changed",
        "Delete the account in Feishu's admin console, or invite them again.",
    ),
    "44012": Cause("Feishu's risk control stopped it", _ASK),
    "44017": Cause("Feishu's risk control stopped it", _ASK),
    "44018": Cause("Lark takes no mainland numbers", "Use a Feishu tenant, or another number."),
    "44019": Cause(
        "an organization that is not certified takes mainland numbers only",
        "Have the organization certified (企业认证).",
    ),
    "44020": Cause("a number from abroad needs a mail address as well", _SOURCE),
    "44021": Cause("the manager has left"),
    "44022": Cause("Feishu does not accept the manager"),
    "44023": Cause("the tenant has no seats left", _SEATS),
    "44028": Cause("the person left more than 30 days ago"),
    "44029": Cause("the tenant's edition cannot bring people back"),
    "44033": Cause("the person has not left"),
    "44034": Cause(
        "the deletion of the account is still under way",
        "That takes up to 48 hours; the next run tries again.",
    ),
    "44035": Cause("Feishu does not accept a department"),
    "44036": Cause("the founder of the tenant cannot be suspended", "Leave them out of the scope."),
    "44037": Cause(
        "an administrator of the tenant cannot be deleted",
        "Take the administration from them in Feishu's admin console first.",
    ),
    **{
        code: Cause("Feishu does not accept the place where the data is kept (geo)")
        for code in ("44038", "44039", "44040", "44060", "44061")
    },
    "44041": Cause("the person's data was made anonymous and cannot be changed"),
    "44044": Cause("there is no such job level"),
    "44045": Cause("there is no such job family"),
    "44046": Cause("the tenant has several licences, and the person needs a seat of one", _SEATS),
    "44047": Cause("the licence has no seats left", _SEATS),
    "44048": Cause("there is no such seat"),
    "44050": Cause("the app may not hand out seats", f"Grant it {CONSOLE}."),
    "44052": Cause("the tenant's plan has expired", "Renew it."),
    "44053": _EXTERNAL,
    "44062": Cause(
        "only the tenant's member life cycle may delete this account",
        "Delete it there, or keep leavers with leavers = { delete = false }.",
    ),
}

_ROLE: Causes = {
    "41202": Cause("there is no such role (any more)"),
    "41203": Cause("the person does not have the role"),
    "41206": Cause("somebody still has the role"),
    "41208": Cause("the tenant has 500 roles, more are not possible"),
    "41209": Cause("the role has 1,000 people, more are not possible"),
    "41210": Cause("there is no such department"),
    "41211": Cause("a department is outside the app's contact range", _RANGE),
    "41213": Cause("it is one of Feishu's own roles", "Leave it out of the scope."),
}

REFUSED: dict[str, Causes] = {
    "departments": _DEPARTMENT,
    "users": _USER,
    "functional_roles": _ROLE,
}
"""Everything else that is refused for good, by the first part of the API's name."""

_CITY, _TITLE = "the city could not be created", "the job title could not be created"
WRITTEN = {
    "44054": _CITY,
    "44055": _TITLE,
    "44056": f"{_CITY}, and {_TITLE}",
    "44057": _CITY,
    "44058": _TITLE,
    "44059": f"{_CITY}, and {_TITLE}",
}
"""Of users: everything but this was written, although the answer is an error."""

REASONS = {
    2: Cause("there is no such person (any more)"),
    3: Cause("the person is outside the app's contact range", _RANGE),
    6: Cause("the app may not manage this person's range", _RANGE),
}
"""Why somebody did not get a role, or did not lose it (functional_roles, members)."""
