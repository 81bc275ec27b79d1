"""Between our values and WeCom's, both ways. Pure.

The rules, in one place:

* A department's name may not have ``\\ : * ? " < > |`` nor ``｜`` (60009): the first seven are
  written full-width, a bar as ``/``. A name that is read is compared in the same form.
* Our places are smaller first, WeCom's orders larger first (``order.py``). Places beyond what WeCom
  can order are all last, or all first: no department is refused for its place.
* Mobile numbers: :mod:`adapters.wecom.mobile`. A number, an alias, a gender and an order that are
  empty are left alone, because WeCom has no way to empty them.
* Texts are trimmed; an empty one is None and empties the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET, UnsetType

from adapters.wecom import mapping, mobile, wire
from adapters.wecom.mapping import GATED, Fields, Spelling
from adapters.wecom.order import LIMIT, order_of
from adapters.wecom.refusals import NO_CONTACT
from domain.delivery.fitting import Fitting, UnfitError, text
from domain.delivery.operation import Fitted, Present, Relations

REPLACED = str.maketrans(
    {
        "\\": "＼",
        ":": "：",
        "*": "＊",
        "?": "？",
        '"': "＂",
        "<": "＜",
        ">": "＞",
        "|": "/",
        "｜": "/",
    }
)
"""Characters that WeCom does not take in a department's name, and what stands for them."""

LONGEST = {
    "department": {"name": 64, "name_en": 64},
    "member": {"name": 64, "position": 128, "alias": 64, "address": 128},
    "role": {"name": 32},
}
"""Longest texts in characters, by kind and field (WeCom department/create, user/create, tag/create)."""  # noqa: E501

NEVER_EMPTIED = frozenset({"mobile", "alias", "gender", "order"})
"""Fields that WeCom has no way to empty."""

SHOWN = ("name", "mobile", "email", "position", "alias", "telephone", "address", "gender")
"""The fields of a person that are read back."""

USERID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-@.]{0,63}")
USERIDS = "1 to 64 of A-Z a-z 0-9 _ - @ . that begin with a letter or a digit"

_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MAIL_BYTES = range(6, 65)
_TELEPHONE = re.compile(r"[0-9+,\-]{1,32}")
_GENDERS = {
    "1": "1",
    "2": "2",
    "male": "1",
    "female": "2",
    "m": "1",
    "f": "2",
    "男": "1",
    "女": "2",
}


def _department_name(value: Any) -> str | None:
    name = text(value, 64)
    return name and name.translate(REPLACED)


def _order(value: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        order = order_of(int(value))
    except (TypeError, ValueError):
        raise UnfitError("must be a whole number") from None
    return min(max(order, 0), LIMIT - 1)


def _userid(value: Any) -> str | None:
    userid = text(value)
    if userid is not None and not USERID.fullmatch(userid):
        raise UnfitError(f"is no userid: {USERIDS}")
    return userid


def _mobile(value: Any) -> str | None:
    said = text(value)
    number = said and mobile.normal(said)
    if said and number is None:
        raise UnfitError("is not a mobile number that WeCom takes (11 digits, or + and a country)")
    return number


def _email(value: Any) -> str | None:
    mail = text(value)
    if mail and not (_MAIL.fullmatch(mail) and len(mail.encode()) in _MAIL_BYTES):
        raise UnfitError("is not a mail address of 6 to 64 bytes")
    return mail


def _telephone(value: Any) -> str | None:
    said = text(value)
    number = said and re.sub(r"[\s()（）]", "", said)
    if number and not _TELEPHONE.fullmatch(number):
        raise UnfitError("is not a number of at most 32 digits, -, + and commas")
    return number


def _gender(value: Any) -> str | None:
    return _GENDERS.get((text(value) or "").casefold())


_SPECIAL: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("department", "name"): _department_name,
    ("department", "name_en"): _department_name,
    ("department", "order"): _order,
    ("member", "userid"): _userid,
    ("member", "mobile"): _mobile,
    ("member", "email"): _email,
    ("member", "telephone"): _telephone,
    ("member", "gender"): _gender,
}

_fit = Fitting(LONGEST, _SPECIAL, NEVER_EMPTIED)


def fit(kind: str, fields: dict[str, Any]) -> Fitted:
    """The fields in WeCom's form; see ``Target.fit``.

    Who has neither a number nor a mail address is refused here; one that is hidden may be there.
    """
    fitted = _fit(kind, fields)
    unreachable = kind == "member" and all(
        name in fields and text(fields[name]) is None for name in ("mobile", "email")
    )
    if not unreachable:
        return fitted
    problem = f"{NO_CONTACT.why} (60129). {NO_CONTACT.fix}"
    return Fitted(fields=fitted.fields, problems=(*fitted.problems, problem))


def department(
    dept_id: int,
    parent: int | None,
    found: wire.Department | None,
    order: int | None,
    leaders: tuple[str, ...] | UnsetType,
) -> Present:
    """A department that is there; ``parent`` None: directly below our root.

    ``found`` None: its name is not shown.
    """
    fields: dict[str, Any] = {}
    if found is not None:
        shown = {name: getattr(found, name) for name in ("name", "name_en")}
        fields = _fit("department", {n: v for n, v in shown.items() if v is not None}).fields
    if order is not None:
        fields["order"] = order
    return Present(
        remote=str(dept_id),
        fields=fields,
        relations=Relations(parent=None if parent is None else str(parent), leaders=leaders),
    )


def unseen(userid: str, departments: Iterable[int], key: str | None) -> Present:
    """A person of whom only the departments are shown; of several, not which is the main one."""
    places = tuple(map(str, departments))
    return Present(
        remote=userid,
        key=key,
        fields={"userid": userid},
        relations=Relations(departments=UNSET if len(places) > 1 else places),
    )


def member(
    user: wire.User,
    fields: Fields,
    departments: Iterable[int],
    spelled: Spelling,
    *,
    whole: bool,
    key: str | None,
) -> Present:
    """A person in ``departments``, of whom the app shows details. ``whole``: it sees everybody."""
    record = mapping.member(user, fields, departments, spelled, whole=whole)
    shown: dict[str, Any] = {}
    for name in SHOWN:
        if name in GATED:
            if fields.permitted(name):
                shown[name] = mapping.value_of(user, name)
        elif getattr(user, name) is not None:
            shown[name] = getattr(user, name)
    main, places = record.main_department, list(map(str, departments))
    if isinstance(main, str) and main in places:
        places.remove(main)
        places.insert(0, main)
    return Present(
        remote=record.id,
        key=key,
        fields={"userid": record.id} | dict.fromkeys(shown) | _fit("member", shown).fields,
        relations=Relations(
            departments=tuple(places), manager=record.manager, active=record.active
        ),
    )


def tag(found: wire.Tag, holders: Iterable[str] | None) -> Present:
    """A tag that is there; ``holders`` None when they could not be read."""
    return Present(
        remote=str(found.tagid),
        fields=_fit("role", {"name": found.tagname}).fields,
        members=None if holders is None else frozenset(holders),
    )
