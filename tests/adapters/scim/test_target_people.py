"""People at a SCIM service: what is written is what is read, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.scim.target import ScimTarget
from domain.delivery.operation import Acknowledged, Action, Fitted, Relations
from domain.errors import AbsentFault, ExistsFault, SystemFault
from tests.adapters.scim.scim_bench import Bench, person
from tests.adapters.scim.target_desk import TROUBLE

ALL = {
    "userName": "li.lei@example.com",
    "displayName": "李雷 🦊",
    "name.formatted": "李雷 🦊",
    "name.familyName": "李",
    "title": 'Engineer "R&D" \\ <1>',
    "emails.work": "li.lei@example.com",
    "phoneNumbers.mobile": "+86-13800000001",
    "enterprise.employeeNumber": "007",
    "enterprise.department": "研发部",
}


def test_what_was_written_is_read_back_in_the_form_of_fit(scim: Bench) -> None:
    """Every field comes back under its name with an equal value, so that nothing drifts."""

    async def fitted(target: ScimTarget) -> Fitted:
        return target.fit("member", {**ALL, "displayName": " 李雷 🦊 ", "nickName": ""})

    fields = scim.run(fitted).fields
    assert fields == {**ALL, "nickName": None}
    (remote,) = scim.done(person("u1", fields=fields))
    (found,) = scim.read().present["member"]
    assert (found.remote, found.key) == (remote, "u1")
    assert {name: found.fields[name] for name in fields} == fields
    assert found.relations == Relations(active=True, manager=None)


def test_an_update_changes_and_clears_only_what_is_ours(scim: Bench) -> None:
    """A private mail, a foreign attribute and a part of the name that we don't write survive."""
    (remote,) = scim.done(person("u1", fields=ALL))
    path = f"/Users/{remote}"
    scim.hands.patch(
        path,
        {"op": "add", "path": "emails", "value": [{"value": "home@x.org", "type": "home"}]},
        {"op": "add", "path": "name.givenName", "value": "雷"},
        {"op": "add", "path": "nickName", "value": "foreign"},
    )
    change = {"emails.work": "lei@example.com", "title": None, "phoneNumbers.mobile": None}
    change |= {"enterprise.department": None, "name.familyName": "黎"}
    scim.done(person("u1", Action.UPDATE, remote=remote, fields=change, known=ALL))
    user = scim.hands.ask("GET", path)
    assert sorted((m["type"], m["value"]) for m in user["emails"]) == [
        ("home", "home@x.org"),
        ("work", "lei@example.com"),
    ]
    assert user["name"] == {"formatted": "李雷 🦊", "familyName": "黎", "givenName": "雷"}
    assert user["nickName"] == "foreign"
    assert "title" not in user and not user.get("phoneNumbers")


def test_a_mail_is_added_where_there_was_none(scim: Bench) -> None:
    """A first work mail is added beside the private one, and is the primary one."""
    (remote,) = scim.done(person("u1"))
    home = {"value": "home@x.org", "type": "home", "primary": True}
    scim.hands.patch(f"/Users/{remote}", {"op": "add", "path": "emails", "value": [home]})
    scim.done(
        person("u1", Action.UPDATE, remote=remote, fields={"emails.work": "a@x.org"},
               known={"emails.work": None})
    )  # fmt: skip
    emails = scim.hands.user("u1")["emails"]
    assert {(m["type"], m["primary"]) for m in emails} == {("work", True), ("home", False)}


def test_what_we_believe_of_a_mail_may_be_wrong(scim: Bench) -> None:
    """A mail that somebody removed is written again, one of which nothing is known only once."""
    (remote,) = scim.done(person("u1", fields=ALL))
    scim.hands.patch(f"/Users/{remote}", {"op": "remove", "path": "emails"})
    new = {"emails.work": "new@example.com"}
    scim.done(person("u1", Action.UPDATE, remote=remote, fields=new, known=ALL))
    assert [m["value"] for m in scim.hands.user("u1")["emails"]] == ["new@example.com"]
    other = {"emails.work": "other@example.com"}
    scim.done(person("u1", Action.UPDATE, remote=remote, fields=other, known={}))
    assert [m["value"] for m in scim.hands.user("u1")["emails"]] == ["other@example.com"]


def test_managers_come_and_go(scim: Bench) -> None:
    """A manager is set by the id there, read back, and cleared."""
    boss, remote = scim.done(person("u0"), person("u1"))
    relate = {"remote": remote, "fields": {}}
    scim.done(person("u1", Action.RELATE, relations=Relations(manager=boss), **relate))
    found = {p.key: p.relations.manager for p in scim.read().present["member"]}
    assert found == {"u0": None, "u1": boss}
    scim.done(person("u1", Action.RELATE, relations=Relations(manager=None), **relate))
    assert {p.relations.manager for p in scim.read().present["member"]} == {None}


def test_leavers_are_closed_opened_and_deleted(scim: Bench) -> None:
    """Deactivation keeps the account, a deletion of what is gone is a success."""
    (remote,) = scim.done(person("u1"))
    closing = person("u1", Action.DEACTIVATE, remote=remote, fields={},
                     relations=Relations(active=False))  # fmt: skip
    scim.done(closing)
    assert scim.hands.user("u1")["active"] is False
    assert scim.read().present["member"][0].relations.active is False
    scim.done(
        person("u1", Action.REACTIVATE, remote=remote, fields={"title": "Back"},
               relations=Relations(active=True))
    )  # fmt: skip
    assert scim.hands.user("u1")["active"] is True and scim.hands.user("u1")["title"] == "Back"
    deletion = person("u1", Action.DELETE, remote=remote, fields={})
    scim.done(deletion)
    scim.done(deletion)
    assert isinstance(scim.fault(closing), AbsentFault)


def test_a_creation_tried_again_makes_no_second_account(scim: Bench) -> None:
    """With ``again`` the account is found by our id and brought to what is wanted."""
    first = scim.done(person("u1"))
    later = {"userName": "u1", "displayName": "Li Lei"}
    assert scim.done(person("u1", fields=later, again=True)) == first
    assert [u["displayName"] for u in scim.hands.all("/Users")] == ["Li Lei"]


def test_a_lost_answer_makes_no_second_account(scim: Bench) -> None:
    """A creation whose answer is lost is not repeated blindly; the next try finds it."""
    scim.front.canned.append(TROUBLE["lost_reply"])
    fault = scim.fault(person("u1"))
    assert "did not answer" in str(fault)
    assert len(scim.front.writes()) == 1
    scim.done(person("u1", again=True))
    assert len(scim.hands.all("/Users")) == 1


def test_ours_in_the_way_is_acknowledged(scim: Bench) -> None:
    """A login that is taken by the very account we made is no conflict."""
    first = scim.done(person("u1"))
    assert scim.done(person("u1")) == first


def test_foreign_in_the_way_is_left_alone(scim: Bench) -> None:
    """A login that somebody else has is refused with a way out, whatever its case."""
    foreign = scim.hands.put_user(userName="U1", displayName="Somebody")
    fault = scim.fault(person("u1"))
    assert isinstance(fault, ExistsFault)
    assert "adopt" in fault.fix
    assert scim.hands.ask("GET", f"/Users/{foreign}")["displayName"] == "Somebody"


def test_an_adopted_account_gets_our_id(scim: Bench) -> None:
    """The first change of an account without an externalId gives it ours; others keep theirs."""
    mine = scim.hands.put_user(userName="a")
    theirs = scim.hands.put_user(userName="b", externalId="okta-1")

    async def work(target: ScimTarget) -> Sequence[Acknowledged | SystemFault]:
        await target.read({}, lambda *_: None)
        return await target.apply(
            [
                person("u1", Action.UPDATE, remote=mine, fields={"title": "x"}),
                person("u2", Action.UPDATE, remote=theirs, fields={"title": "x"}),
            ]
        )

    assert all(isinstance(r, Acknowledged) for r in scim.run(work))
    assert {u.get("externalId") for u in scim.hands.all("/Users")} == {"u1", "okta-1"}


def test_a_change_meanwhile_is_seen_by_its_etag(scim: Bench) -> None:
    """A write with an outdated etag is refused there (412), read again, and done once more."""
    (remote,) = scim.done(person("u1", fields=ALL))

    async def work(target: ScimTarget) -> Sequence[Acknowledged | SystemFault]:
        await target.read({}, lambda *_: None)
        scim.hands.patch(f"/Users/{remote}", {"op": "remove", "path": "emails"})
        fields = {"emails.work": "new@example.com"}
        change = person("u1", Action.UPDATE, remote=remote, fields=fields, known=ALL)
        return await target.apply([change])

    assert scim.run(work) == [Acknowledged(remote=remote)]
    assert [w.headers.get("if-match") for w in scim.front.writes()[1:]] == ['W/"1"', 'W/"2"']
    assert [m["value"] for m in scim.hands.user("u1")["emails"]] == ["new@example.com"]
