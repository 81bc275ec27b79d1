"""What Casdoor refuses: sorted, explained, and without personal values."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.casdoor import errors
from adapters.casdoor.simulator import errors as simulated
from domain.delivery.operation import Action, Change, Relations
from domain.errors import (
    AbsentFault,
    CredentialFault,
    ExistsFault,
    PermissionFault,
    SystemFault,
    TerminalFault,
    TransientFault,
)
from tests.adapters.casdoor.casdoor_desk import SMALL
from tests.adapters.casdoor.target_desk import GIVEN, VirtualDesk
from tests.adapters.http.retold import Retold

SAID: list[tuple[str, type[SystemFault], str]] = [
    ("Unauthorized operation", CredentialFault, "anonymous"),
    ("Please login first", CredentialFault, "anonymous"),
    ("Please sign in first", CredentialFault, "anonymous"),
    ("Application not found for client ID: Li", CredentialFault, "client"),
    ("Incorrect client secret for application: Li", CredentialFault, "client"),
    ("Access token has expired, expireTime = Li", CredentialFault, "client"),
    (simulated.USERNAME_TAKEN, ExistsFault, "name"),
    (simulated.EMAIL_TAKEN, ExistsFault, "email"),
    (simulated.PHONE_TAKEN, ExistsFault, "phone"),
    ("Error 1062: Duplicate entry 'Li' for key 'group.UQE_group_name'", ExistsFault, "group_name"),
    ("Error 1062 (23000): Duplicate entry 'Li' for key 'role.PRIMARY'", ExistsFault, "duplicate"),
    ('pq: duplicate key value violates unique constraint "Li"', ExistsFault, "duplicate"),
    ("UNIQUE constraint failed: user.owner, user.name", ExistsFault, "duplicate"),
    ("The user: feifan/Li doesn't exist", AbsentFault, "user"),
    ("the user: feifan/Li is not found", AbsentFault, "user"),
    ("The Email is immutable.", TerminalFault, "immutable"),
    (simulated.REGEX_MISMATCH.format("Li", "Title"), TerminalFault, "regex"),
    ("Unknown modify rule Li.", TerminalFault, "rule"),
    (simulated.BAD_PHONE, TerminalFault, "phone_invalid"),
    ("MFA phone is enabled but phone number is empty", TerminalFault, "mfa"),
    (simulated.BAD_USERNAME, TerminalFault, "username"),
    (simulated.BAD_EMAIL_USERNAME, TerminalFault, "username"),
    (simulated.LONG_USERNAME, TerminalFault, "username"),
    (simulated.EMPTY_USERNAME, TerminalFault, "username"),
    (simulated.EMPTY_DISPLAY_NAME, TerminalFault, "displayName"),
    (str(simulated.too_long("title")), TerminalFault, "too_long"),
    ("pq: value too long for type character varying(100)", TerminalFault, "too_long"),
    (simulated.NO_APPLICATION.format("Li"), TerminalFault, "application"),
    (simulated.NO_ORGANIZATION.format("Li"), CredentialFault, "organization"),
    ("group has children group", TerminalFault, "children"),
    ("group has users", TerminalFault, "users"),
    ("group name can't be same as the organization name", TerminalFault, "group_org"),
    ('group name can\'t contain "/"', TerminalFault, "group_bad"),
    ("user quota is exceeded", TerminalFault, "quota"),
    ("Error 1213: Deadlock found when trying to get lock", TransientFault, "database"),
    ("dial tcp 10.0.0.1:3306: connect: connection refused", TransientFault, "database"),
    ("Li", TerminalFault, "unknown"),
]


@pytest.mark.parametrize(("message", "kind", "code"), SAID)
def test_every_sentence_is_sorted(message: str, kind: type[SystemFault], code: str) -> None:
    """Into one kind of fault with a code and a reason; what may be personal is not repeated."""
    fault = errors.of_message("casdoor-main update-user", message, writing=False)
    assert type(fault) is kind and fault.code == code
    assert fault.why and "{" not in fault.why and "Li" not in str(fault).split()
    assert str(fault).startswith("casdoor-main update-user was refused: ")


def test_every_rule_is_met() -> None:
    """The table above has an example of each rule."""
    assert {rule.code for rule in errors.RULES} == {code for *_, code in SAID} - {"unknown"}


def test_columns_and_items_are_named() -> None:
    """What somebody has to look for in the console is in the sentence."""
    for message, named in (
        ("The Is forbidden is immutable.", '"Is forbidden"'),
        (str(simulated.too_long("display_name")), "display_name"),
        (simulated.REGEX_MISMATCH.format("x", "Title"), '"Title"'),
    ):
        assert named in str(errors.of_message("a", message, writing=True))


def update(desk: VirtualDesk, **fields: Any) -> SystemFault:
    """The fault of an update of ann."""
    fault = desk.apply("member", "update", remote="ann", key="u-ann", fields=fields)
    assert isinstance(fault, SystemFault)
    return fault


def test_what_the_organization_lets_nobody_change() -> None:
    """An immutable account item is refused for one person, with the item's name."""
    desk = VirtualDesk(SMALL, account_rules={"Title": "Immutable"})
    fault = update(desk, title="x")
    assert type(fault) is TerminalFault and "for member u-ann" in str(fault)
    assert '"Title"' in fault.why and "account items" in fault.fix


def test_a_number_that_casdoor_takes_for_invalid() -> None:
    """Casdoor decides; nothing else of the update is written."""
    desk = VirtualDesk(SMALL)
    fault = update(desk, phone="+8612", title="x")
    assert fault.code == "phone_invalid" and desk.user("ann")["title"] == "主任"


def test_an_organization_without_an_application_takes_nobody() -> None:
    """The sentence says what to make in the console."""
    desk = VirtualDesk(SMALL, has_application=False)
    fields = {"id": "u", "name": "u", "displayName": "u"}
    fault = desk.apply("member", "create", key="u", fields=fields)
    assert isinstance(fault, TerminalFault) and "Make an application" in fault.fix


@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_credentials_are_one_sentence(wrong: str) -> None:
    """A wrong pair, which Casdoor ignores, stops reading and writing and is not repeated."""
    desk = VirtualDesk(SMALL)
    desk.given[wrong] = "not-this-one"
    change = Change(kind="role", action=Action.DELETE, uid="r1", key="r1", remote="r1")
    for work in (lambda t: t.read({}, lambda *_: None), lambda t: t.apply([change])):
        with pytest.raises(CredentialFault) as caught:
            desk.work(work)
        said = str(caught.value)
        assert said.startswith("casdoor-main get-organization was refused: client_id or client_")
        assert "not-this-one" not in said and GIVEN["client_secret"] not in said
    assert desk.app.stats.writes == 0 and desk.role("r1")


def test_wrong_credentials_in_another_language() -> None:
    """What the first question is refused with, whatever it says, is no fault of one record."""
    said = b"Unauthorized operation"
    for first in (True, False):
        desk = VirtualDesk(SMALL)
        if first:
            desk.given["client_secret"] = "not-this-one"
        app: Any = Retold(desk.app, lambda body: body.replace(said, "未授权的操作".encode()))
        desk.app = app
        change = Change(kind="role", action=Action.DELETE, uid="r1", key="r1", remote="r1")

        async def work(target: Any, change: Change = change) -> Any:
            await target.read({}, lambda *_: None)
            target._client._writing = target._client._headers = ()
            return await target.apply([change])

        with pytest.raises(CredentialFault, match=r"get-organization was refused.*not let in"):
            desk.work(work)
        assert desk.role("r1")


def test_a_sentence_in_place_of_null_for_what_is_not_there() -> None:
    """Versions of Casdoor differ: what is gone is gone, and what is looked for is created."""
    desk = VirtualDesk(SMALL)
    gone = "The user: feifan/x doesn't exist"

    def told(body: bytes) -> bytes:
        said = msgspec.json.decode(body)
        nothing = said.get("status") == "ok" and said.get("data") is None
        return msgspec.json.encode({"status": "error", "msg": gone}) if nothing else body

    app: Any = Retold(desk.app, told)
    desk.app = app
    assert desk.done("member", "delete", remote="nobody")
    fault = desk.apply("member", "update", remote="nobody", fields={"title": "x"})
    assert type(fault) is AbsentFault
    fields = {"id": "u9", "name": "u9", "displayName": "九"}
    assert desk.done("member", "create", key="u9", fields=fields, again=True) == "u9"


def test_an_organization_that_is_not_there() -> None:
    """Nothing else is asked, and the setting is named."""
    desk = VirtualDesk(SMALL)
    with pytest.raises(CredentialFault, match=r"no organization 'nowhere'.*setting organization"):
        desk.read(organization="nowhere")


@pytest.mark.parametrize("kind", ["permission", "html_ban"])
def test_a_write_that_is_not_allowed_concerns_itself_alone(kind: str) -> None:
    """Refused while we are still let in, it is one record's; otherwise the run ends."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"update-user:{kind}")
    fault = update(desk, title="x")
    assert isinstance(fault, PermissionFault) and fault.permission == "update-user"
    desk.fault(f"update-user:{kind}", f"get-organization:{kind}:after=1")
    with pytest.raises(CredentialFault):
        update(desk, title="x")


@pytest.mark.parametrize("kind", ["throttle", "http_500", "reset", "busy", "truncated_json"])
def test_an_update_is_tried_again(kind: str) -> None:
    """What passes is waited for; an update may be sent twice."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"update-user:{kind}:times=2")
    desk.done("member", "update", remote="ann", fields={"title": "新"})
    assert desk.user("ann")["title"] == "新"


@pytest.mark.parametrize("kind", ["http_500", "reset", "timeout_after_commit", "busy"])
def test_a_creation_is_not_sent_twice(kind: str) -> None:
    """It may have been carried out: the fault says so, and the next try looks first."""
    desk = VirtualDesk(SMALL)
    desk.fault(f"add-user:{kind}:times=1")
    fields = {"id": "u", "name": "u", "displayName": "u"}
    change: dict[str, Any] = {"key": "u", "fields": fields, "relations": Relations(active=True)}
    assert isinstance(desk.apply("member", "create", **change), TransientFault)
    assert desk.calls("add-user") == 1
    assert desk.done("member", "create", again=True, **change) == "u"
    assert len(desk.read().present["member"]) == 4


def test_something_that_is_not_casdoor() -> None:
    """A wrong address is one sentence that names the setting."""
    desk = VirtualDesk(SMALL)
    with pytest.raises(TerminalFault, match=r"something else than Casdoor's API.*Check base_url"):
        desk.read(base_url="http://sim/elsewhere")


def test_every_call_asks_for_english_and_hides_the_secret() -> None:
    """The table above is English; addresses, which are logged, carry no credentials."""
    desk = VirtualDesk(SMALL)
    desk.read()
    desk.done("member", "update", remote="ann", fields={"title": "x"})
    assert len(desk.asked) == 6
    for request in desk.asked:
        assert request.headers["accept-language"] == "en"
        assert not request.query.keys() & {"clientId", "clientSecret"}
        assert GIVEN["client_secret"] not in request.headers["authorization"]
