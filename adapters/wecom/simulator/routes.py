"""Which method and path is which call, and which secret it takes (wecom.md, sections 2 to 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from adapters.wecom.simulator import (
    agents,
    departments_read,
    departments_write,
    tag_calls,
    users_read,
    users_write,
)
from adapters.wecom.simulator.question import Question
from adapters.wecom.simulator.settings import Caller

Handler = Callable[[Question], dict[str, Any]]

BOTH: frozenset[Caller] = frozenset({"contact", "app"})
CONTACT: frozenset[Caller] = frozenset({"contact"})
APP: frozenset[Caller] = frozenset({"app"})


class Route(NamedTuple):
    """One call. ``api`` is its path below cgi-bin, and its name in statistics and faults.

    ``callers`` may call it, the others get 48002. ``detail`` calls are closed to the contact-sync
    secret at an address listed after 2022-08-15 (48009). ``creates`` exclude each other (45035).
    ``containers`` are lists that a refusal has too.
    """

    api: str
    method: str
    handler: Handler
    callers: frozenset[Caller] = BOTH
    message: str = "ok"
    write: bool = False
    detail: bool = False
    creates: bool = False
    containers: tuple[str, ...] = ()


def _read(api: str, handler: Handler, container: str = "", *, detail: bool = True) -> Route:
    return Route(api, "GET", handler, detail=detail, containers=(container,) if container else ())


def _write(
    api: str, handler: Handler, message: str, method: str = "POST", *, creates: bool = False
) -> Route:
    return Route(api, method, handler, CONTACT, message, write=True, creates=creates)


ROUTES = (
    _read("department/simplelist", departments_read.simplelist, "department_id", detail=False),
    _read("department/list", departments_read.listing, "department"),
    _read("department/get", departments_read.get),
    _write("department/create", departments_write.create, "created", creates=True),
    _write("department/update", departments_write.update, "updated"),
    _write("department/delete", departments_write.delete, "deleted", "GET"),
    Route("user/list_id", "POST", users_read.list_id, CONTACT, containers=("dept_user",)),
    _read("user/simplelist", users_read.simplelist, "userlist"),
    _read("user/list", users_read.listing, "userlist"),
    _read("user/get", users_read.get),
    Route("user/getuserid", "POST", users_read.getuserid),
    Route("user/get_userid_by_email", "POST", users_read.get_userid_by_email),
    _write("user/create", users_write.create, "created", creates=True),
    _write("user/update", users_write.update, "updated"),
    _write("user/delete", users_write.delete, "deleted", "GET"),
    _write("user/batchdelete", users_write.batchdelete, "deleted"),
    _read("tag/list", tag_calls.listing, "taglist", detail=False),
    _read("tag/get", tag_calls.get, "userlist", detail=False),
    _write("tag/create", tag_calls.create, "created"),
    _write("tag/update", tag_calls.update, "updated"),
    _write("tag/delete", tag_calls.delete, "deleted", "GET"),
    _write("tag/addtagusers", tag_calls.add, "ok"),
    _write("tag/deltagusers", tag_calls.remove, "deleted"),
    Route("agent/get", "GET", agents.get, APP),
    _read("getcallbackip", agents.addresses, "ip_list", detail=False),
    _read("get_api_domain_ip", agents.addresses, "ip_list", detail=False),
)
