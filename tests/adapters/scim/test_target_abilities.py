"""The target adapts to what a service says it can, and to what it does all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.delivery.operation import Acknowledged, Action, Relations
from domain.errors import ExistsFault, SystemFault, TerminalFault
from tests.adapters.scim.front import Seen, error
from tests.adapters.scim.scim_bench import Bench, bench, department, person
from tests.adapters.scim.scim_server import ScimServer, lacking
from tests.adapters.scim.target_desk import TROUBLE

FIELDS = {"userName": "u1", "displayName": "Li", "emails.work": "a@x.org", "title": "T"}


@pytest.fixture(scope="module")
def bare_server() -> Iterator[ScimServer]:
    with lacking("patch", "bulk", "filter") as server:
        yield server


@pytest.fixture
def bare(bare_server: ScimServer) -> Iterator[Bench]:
    """A service that can PUT, and little else."""
    with bench(bare_server) as made:
        yield made


def test_people_without_patch(bare: Bench) -> None:
    """Whole records are read, changed and written with their etag; what is not ours survives."""
    (remote,) = bare.done(person("u1", fields=FIELDS))
    user = bare.hands.user("u1")
    home = {"value": "h@x.org", "type": "home"}
    foreign = {**user, "nickName": "foreign", "emails": [*user["emails"], home]}
    bare.hands.ask("PUT", f"/Users/{remote}", foreign)
    new = {"emails.work": "b@x.org", "title": None, "enterprise.department": "R&D"}
    bare.done(person("u1", Action.UPDATE, remote=remote, fields=new, known=FIELDS))
    user = bare.hands.user("u1")
    assert {(m["type"], m["value"]) for m in user["emails"]} == {
        ("work", "b@x.org"),
        ("home", "h@x.org"),
    }
    assert user["nickName"] == "foreign" and "title" not in user
    (found,) = bare.read().present["member"]
    assert found.fields["enterprise.department"] == "R&D"
    last = bare.front.writes()[-1]
    assert (last.method, last.headers["if-match"]) == ("PUT", 'W/"2"')


def test_groups_without_patch(bare: Bench) -> None:
    """Members and children are kept by writing whole groups, one at a time."""
    top, old = bare.done(department("1"), department("0"))
    children = [department(f"c{i}", relations=Relations(parent=top)) for i in range(5)]
    ids = bare.done(*children)
    people = bare.done(*(person(f"u{i}") for i in range(3)))
    step: dict[str, Any] = {"remote": top, "relations": Relations()}
    bare.done(*(department("1", Action.ADD, members=(p,), **step) for p in people))
    bare.done(department("1", Action.ADD, members=tuple(people), again=True, **step))
    bare.done(department("1", Action.REMOVE, members=(people[0],), **step))
    move = Relations(parent=old)
    had = Relations(parent=top)
    bare.done(department("c0", Action.MOVE, remote=ids[0], relations=move, had=had))
    found = {p.key: p for p in bare.read().present["department"]}
    assert found["1"].members == frozenset(people[1:])
    assert {k: p.relations.parent for k, p in found.items()} == {
        "0": None,
        "1": None,
        "c0": old,
        **{f"c{i}": top for i in range(1, 5)},
    }


def test_a_put_that_somebody_overtakes_is_done_again(bare: Bench) -> None:
    """The record is read again after a 412, once."""
    (remote,) = bare.done(person("u1", fields=FIELDS))
    bare.front.only = "PUT"
    bare.front.canned.append(error(412))
    bare.done(person("u1", Action.UPDATE, remote=remote, fields={"title": "X"}))
    assert bare.hands.user("u1")["title"] == "X"
    bare.front.canned.extend([error(412), error(412)])
    fault = bare.fault(person("u1", Action.UPDATE, remote=remote, fields={"title": "Y"}))
    assert "somebody else changed it" in str(fault)


def test_lookup_without_filters(bare: Bench) -> None:
    """A service without filters is looked through page by page; a login in the way is foreign."""
    people = [person(f"u{i}") for i in range(7)]
    ids = bare.done(*people)
    bare.done(*(person(f"u{i}", again=True) for i in range(7)))
    assert len(bare.hands.all("/Users")) == 7
    assert not any("filter" in seen.query for seen in bare.front.seen)
    assert bare.done(person("u3", fields={"userName": "u3"})) == [ids[3]]
    bare.hands.put_user(userName="zhang")
    assert isinstance(bare.fault(person("zhang")), ExistsFault)


def test_filters_that_are_ignored(scim: Bench) -> None:
    """A service that answers every filter with everybody (Casdoor's) misleads nobody."""
    scim.front.asked = lambda query: {k: v for k, v in query.items() if k != "filter"}
    scim.done(*(person(f"u{i}") for i in range(3)))
    (remote,) = scim.done(person("u9", again=True))
    assert scim.hands.user("u9")["id"] == remote
    assert scim.done(person("u9", again=True)) == [remote]
    assert len(scim.hands.all("/Users")) == 4


def test_keys_are_quoted_in_filters(scim: Bench) -> None:
    """An id with quotes, backslashes and han is found as it is, and no other with it."""
    keys = ['a"b', "a\\", '" or userName pr or "', "李 é"]
    ids = scim.done(*(person(k, fields={"userName": f"n{i}"}) for i, k in enumerate(keys)))
    assert scim.done(*(person(k, again=True) for k in keys)) == ids


def test_changes_travel_together(scim: Bench) -> None:
    """Fifty creations are one bulk request, and their places in a parent a second one."""
    (top,) = scim.done(department("1"))
    scim.front.seen.clear()
    below = Relations(parent=top)
    scim.done(*(department(f"d{i}", relations=below) for i in range(50)))
    assert scim.front.paths("POST") == ["/Bulk", "/Bulk"]
    assert len(scim.hands.group("1")["members"]) == 50


def test_one_bad_change_of_a_bulk_is_alone(scim: Bench) -> None:
    """What the service refuses in a bulk is that change's fault, the others are done."""
    scim.hands.put_user(userName="taken")
    changes = [person("a"), person("x", fields={"userName": "taken"}), person("b")]
    good, bad, other = scim.apply(*changes)
    assert isinstance(good, Acknowledged) and isinstance(other, Acknowledged)
    assert isinstance(bad, ExistsFault)


def test_a_bulk_that_is_refused_as_a_whole(scim: Bench) -> None:
    """A request that one malformed change spoils for all is sent again one by one."""
    people = [person(f"u{i}") for i in range(4)]
    scim.front.canned.append(error(400, "invalidSyntax"))
    scim.done(*people)
    assert scim.front.paths("POST") == ["/Bulk", *["/Users"] * 4]


def test_a_bulk_that_is_too_large_is_halved(scim: Bench) -> None:
    """After a 413 the halves are sent, and later bulks are no larger."""

    scim.front.canned.append(error(413))

    async def work(target: Any) -> list[Any]:
        first = await target.apply([person(f"u{i}") for i in range(8)])
        return [*first, *await target.apply([person(f"v{i}") for i in range(8)])]

    assert all(isinstance(r, Acknowledged) for r in scim.run(work))
    sizes = [len(seen.body["Operations"]) for seen in scim.front.writes()]
    assert sizes == [8, 4, 4, 4, 4]


def test_a_bulk_keeps_to_the_announced_limits() -> None:
    """No request has more operations, or more bytes, than the service says it takes."""
    with (
        lacking(bulk={"maxOperations": 3, "maxPayloadSize": 1500}) as server,
        bench(server) as scim,
    ):
        long = {"displayName": "长" * 200}
        scim.done(*(person(f"u{i}") for i in range(7)))
        scim.done(*(person(f"v{i}", fields={"userName": f"v{i}", **long}) for i in range(3)))
        sizes = [len(seen.body.get("Operations", "x")) for seen in scim.front.writes()]
        assert max(sizes) == 3
        assert all(int(s.headers["content-length"]) <= 1500 for s in scim.front.writes())


def test_a_bulk_that_is_announced_and_not_there(scim: Bench) -> None:
    """A service without the endpoint gets single calls from then on."""
    scim.front.canned.append(error(501))
    scim.done(person("a"), person("b"))
    assert scim.front.paths("POST") == ["/Bulk", "/Users", "/Users"]


def test_bulk_can_be_turned_off(scim: Bench) -> None:
    """``bulk = false`` sends single calls."""
    scim.done(person("a"), person("b"), bulk=False)
    assert scim.front.paths("POST") == ["/Users", "/Users"]


def test_a_lost_bulk_is_not_repeated_blindly(scim: Bench) -> None:
    """All its changes fail for now; tried again, none is made twice, groups neither."""
    changes = [person("a"), person("b"), department("d")]
    scim.front.canned.append(TROUBLE["lost_reply"])
    assert all(isinstance(r, SystemFault) for r in scim.apply(*changes))
    assert len(scim.front.writes()) == 1
    scim.done(person("a", again=True), person("b", again=True), department("d", again=True))
    assert (len(scim.hands.all("/Users")), len(scim.hands.all("/Groups"))) == (2, 1)


def test_a_list_that_does_not_come_out_even_is_not_complete(scim: Bench) -> None:
    """A service that counts more than it lists misses nobody: the kind is not complete."""
    scim.done(person("a"), department("d"))

    def more(seen: Seen, answer: Any) -> Any:
        return {**answer, "totalResults": 5} if seen.path.endswith("/Users") else answer

    scim.front.spoil = more
    found = scim.read()
    assert found.complete == {"department", "role"}
    assert found.gaps == ("members: the service counts 5 and listed 1",)


def test_pages_and_rows_that_come_twice(scim: Bench) -> None:
    """Everybody is read once, in pages as small as the service likes."""
    scim.done(*(person(f"u{i}") for i in range(7)))
    scim.front.asked = lambda query: {**query, "count": "2"} if "count" in query else query
    found = scim.read()
    assert len(found.present["member"]) == 7 and "member" in found.complete
    starts = [s.query["startIndex"] for s in scim.front.seen if s.path.endswith("/Users")]
    assert [s for s in starts if s != "1"] == ["3", "5", "7"]


def test_members_that_the_list_does_not_show(scim: Bench) -> None:
    """Where groups are listed without members, ours are read one by one."""
    (group,) = scim.done(department("d"))
    (remote,) = scim.done(person("u1"))
    step: dict[str, Any] = {"remote": group, "relations": Relations()}
    scim.done(department("d", Action.ADD, members=(remote,), **step))

    def hidden(seen: Seen, answer: Any) -> Any:
        for row in answer.get("Resources", ()) if seen.path.endswith("/Groups") else ():
            row.pop("members", None)
        return answer

    scim.front.spoil = hidden
    (found,) = scim.read({"department": [group]}).present["department"]
    assert found.members == frozenset({remote})


def without(*names: str) -> Any:
    """Spoils discovery: attributes and resource types of these names are not there."""

    def spoil(seen: Seen, answer: Any) -> Any:
        if seen.path.endswith("/Schemas"):
            for schema in answer["Resources"]:
                schema["attributes"] = [a for a in schema["attributes"] if a["name"] not in names]
        if seen.path.endswith("/ResourceTypes"):
            kept = [t for t in answer["Resources"] if t["name"] not in names]
            for kind in kept:
                if "enterprise" in names:
                    kind.pop("schemaExtensions", None)
            return {**answer, "Resources": kept}
        return answer

    return spoil


def test_fields_without_a_place_are_left_out_and_said(scim: Bench) -> None:
    """What the schemas don't have is not sent, the change warns, and reading calls it unknown."""
    scim.front.spoil = without("title", "enterprise")
    fields = {**FIELDS, "enterprise.department": "R&D"}
    (result,) = scim.apply(person("u1", fields=fields))
    assert isinstance(result, Acknowledged)
    assert "enterprise.department, title" in result.warning
    user = scim.hands.user("u1")
    assert "title" not in user and len(user["schemas"]) == 1
    (found,) = scim.read().present["member"]
    assert "title" not in found.fields and "emails.work" in found.fields
    assert found.relations == Relations(active=True)


def test_fields_that_the_service_keeps_to_itself(scim: Bench) -> None:
    """An attribute that is read-only there is not sent either."""

    def spoil(seen: Seen, answer: Any) -> Any:
        for schema in answer["Resources"] if seen.path.endswith("/Schemas") else ():
            for attribute in schema["attributes"]:
                if attribute["name"] == "title":
                    attribute["mutability"] = "readOnly"
        return answer

    scim.front.spoil = spoil
    (result,) = scim.apply(person("u1", fields=FIELDS))
    assert isinstance(result, Acknowledged) and "title" in result.warning


def test_a_service_without_groups(scim: Bench) -> None:
    """Departments are refused with the settings to change, people are read all the same."""
    scim.front.spoil = without("Group")
    fault = scim.fault(department("d"))
    assert isinstance(fault, TerminalFault) and "departments = false" in fault.fix
    found = scim.read()
    assert found.complete == {"member"} and len(found.gaps) == 1
    assert scim.read(departments=False, roles=False).gaps == ()


@pytest.mark.parametrize("status", [404, 403, 501])
def test_discovery_that_is_not_there(scim: Bench, status: int) -> None:
    """A service without discovery endpoints is taken for a usual one, without bulk."""
    scim.front.missing_as = status
    asked = {"/ServiceProviderConfig", "/Schemas", "/ResourceTypes"}
    scim.front.missing = asked
    scim.done(person("u1", fields=FIELDS), department("d"))
    assert sorted(scim.front.paths("POST")) == ["/Groups", "/Users"]


def test_a_row_that_is_no_resource_is_passed_over(scim: Bench) -> None:
    """By a lookup as by a reading: the one behind it is found."""
    (remote,) = scim.done(person("a"))

    def odd(seen: Seen, answer: Any) -> Any:
        if not seen.path.endswith("/Users"):
            return answer
        return {**answer, "Resources": [None, {"externalId": "a"}, *answer["Resources"]]}

    scim.front.spoil = odd
    assert scim.done(person("a", again=True)) == [remote]
    assert [found.remote for found in scim.read().present["member"]] == [remote]


def test_nulls_in_what_a_service_says_of_itself(scim: Bench) -> None:
    """A limit, an ability or a trait that is null is one that it does not name."""

    def nulls(seen: Seen, answer: Any) -> Any:
        if seen.path.endswith("/ServiceProviderConfig"):
            return {**answer, "filter": None, "bulk": {"supported": True, "maxOperations": None}}
        for schema in answer["Resources"] if seen.path.endswith("/Schemas") else ():
            for attribute in schema["attributes"]:
                attribute |= {"required": None, "mutability": None}
        return answer

    scim.front.spoil = nulls
    assert len(scim.done(person("a", fields=FIELDS), person("b"))) == 2
    assert scim.front.paths("POST") == ["/Bulk"]


def test_extensions_of_the_services_own(scim: Bench) -> None:
    """A mapping may name them in full; a slip in an ordinary name is refused before it is sent."""
    name = "urn:example:params:scim:schemas:extension:badge:2.0:User:colour"

    async def fitted(target: Any) -> Any:
        return target.fit("member", {name: "red", "dispayName": "x", "title": ["a", "b"]})

    result = scim.run(fitted)
    assert result.fields == {name: "red"}
    assert [p.split()[0] for p in result.problems] == ["dispayName", "title"]
