"""The simulated Graph, driven by plain httpx with the request shapes of Microsoft's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from adapters.entra.simulator import EntraSettings, create_app
from adapters.entra.simulator.directory import guid
from adapters.simulation.server import running
from domain.errors import InputError
from domain.records import DepartmentRecord, MemberRecord, Roster
from tests.adapters.entra.entra_desk import company
from tests.adapters.entra.graph import Graph

DEFAULT = {
    "businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
    "officeLocation", "preferredLanguage", "surname", "userPrincipalName",
}  # fmt: skip
EVENTUAL = {"ConsistencyLevel": "eventual"}


@pytest.fixture
def graph() -> Iterator[Graph]:
    with running(create_app(EntraSettings(), company(6, 250, roles=2))) as served:
        found = Graph(served)
        yield found
        found.client.close()


class TestTokens:
    """Client credentials; refusals have the token service's own form."""

    def test_a_token(self, graph: Graph) -> None:
        told = graph.sign_in().json()
        assert (told["token_type"], told["expires_in"]) == ("Bearer", 3599)

    @pytest.mark.parametrize(
        ("form", "status", "error", "number"),
        [
            ({"client_secret": "x"}, 401, "invalid_client", 7000215),
            ({"client_id": "x"}, 400, "unauthorized_client", 700016),
            ({"scope": "User.Read"}, 400, "invalid_scope", 70011),
            ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ],
    )
    def test_refusals(
        self, graph: Graph, form: dict[str, str], status: int, error: str, number: int
    ) -> None:
        reply = graph.sign_in(**form)
        told = reply.json()
        assert (reply.status_code, told["error"], told["error_codes"]) == (status, error, [number])
        assert told["error_description"].startswith(f"AADSTS{number}: ")

    def test_without_and_after(self, graph: Graph) -> None:
        graph.advance(3600)
        assert graph.refused("users") == (401, "InvalidAuthenticationToken")
        del graph.client.headers["Authorization"]
        assert graph.get("users").headers["www-authenticate"]


class TestListings:
    """$select, $top, $filter, $expand, $count and links."""

    def test_what_comes_without_select(self, graph: Graph) -> None:
        assert set(graph.get("users").json()["value"][0]) == DEFAULT

    def test_pages(self, graph: Graph) -> None:
        page = graph.get("users?$select=id,department&$top=120").json()
        seen = [row["id"] for row in page["value"]]
        assert set(page["value"][0]) == {"id", "department"}
        while "@odata.nextLink" in page:
            page = graph.get(page["@odata.nextLink"]).json()
            seen += [row["id"] for row in page["value"]]
        assert len(seen) == len(set(seen)) == 250

    def test_expand_keeps_pages_at_a_hundred(self, graph: Graph) -> None:
        page = graph.get("users?$select=id&$expand=manager($select=id)&$top=999").json()
        assert len(page["value"]) == 100
        assert "manager" not in page["value"][0], "who has none has no such key"
        assert page["value"][25]["manager"]["id"] == guid("user", "u2")

    @pytest.mark.parametrize(
        ("path", "refusal"),
        [
            ("users?$top=1000", (400, "Request_UnsupportedQuery")),
            ("users?$top=0", (400, "Request_UnsupportedQuery")),
            ("users?$skip=10", (400, "Request_BadRequest")),
            ("users?$select=salary", (400, "Request_BadRequest")),
            ("users?$select=aboutMe", (501, "NotImplemented")),
            ("users?$orderby=displayName", (400, "Request_UnsupportedQuery")),
            ("users?$count=true", (400, "Request_BadRequest")),
            ("users/$count", (400, "Request_BadRequest")),
            ("users?$filter=department ne 'x'", (400, "Request_UnsupportedQuery")),
            ("users?$filter=mail eq null", (400, "Request_UnsupportedQuery")),
            ("users?$filter=salary eq 'x'", (400, "Request_BadRequest")),
            ("users?$filter=bogus", (400, "Request_BadRequest")),
            ("users?$expand=manager,memberOf", (400, "Request_BadRequest")),
            ("users?$expand=manager($levels=max)", (400, "Request_UnsupportedQuery")),
            ("users?$skiptoken=x", (400, "Request_BadRequest")),
            ("users/nobody", (404, "Request_ResourceNotFound")),
            (f"users/{guid('user', 'u0')}/manager", (404, "Request_ResourceNotFound")),
            ("groups/nothing/members", (404, "Request_ResourceNotFound")),
            ("nonsense", (400, "BadRequest")),
        ],
    )
    def test_refusals(self, graph: Graph, path: str, refusal: tuple[int, str]) -> None:
        assert graph.refused(path) == refusal

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("accountEnabled eq true", 250),
            ("userType eq 'Guest'", 0),
            ("displayName eq '人7'", 1),
            ("startswith(userPrincipalName,'u24')", 11),
            ("employeeId in ('E1','e2')", 2),
            ("displayName eq '人7' or displayName eq '人8'", 2),
            ("accountEnabled eq true and startswith(mail,'u1@')", 1),
        ],
    )
    def test_filters(self, graph: Graph, condition: str, found: int) -> None:
        page = graph.get(f"users?$filter={condition}&$top=999").json()
        assert len(page["value"]) == found

    def test_advanced_queries_need_their_header_on_each_page(self, graph: Graph) -> None:
        path = "users?$filter=department ne 'x'&$count=true&$top=200"
        page = graph.get(path, EVENTUAL).json()
        assert page["@odata.count"] == 250
        link = page["@odata.nextLink"]
        assert graph.refused(link) == (400, "Request_UnsupportedQuery")
        assert "@odata.count" not in graph.get(link, EVENTUAL).json()
        assert graph.get("users/$count", EVENTUAL).text == "250"

    def test_links_expire(self, graph: Graph) -> None:
        graph.set(page_lifetime=60)
        link = graph.get("users").json()["@odata.nextLink"]
        graph.advance(61)
        assert graph.refused(link) == (400, "Directory_ExpiredPageToken")

    def test_members_say_what_they_are(self, graph: Graph) -> None:
        path = f"groups/{guid('group', 'd0')}/members"
        rows = graph.get(f"{path}?$select=id&$top=999").json()["value"]
        kinds = {row["@odata.type"] for row in rows}
        assert kinds == {"#microsoft.graph.user", "#microsoft.graph.group"}
        cast = graph.get(f"{path}/microsoft.graph.group").json()["value"]
        assert [row["displayName"] for row in cast] == ["部门4", "部门5"] or len(cast) == 1

    def test_members_of_a_kind_without_permission_are_bare(self, graph: Graph) -> None:
        graph.set(permissions=["GroupMember.Read.All"])
        assert graph.refused("users") == (403, "Authorization_RequestDenied")
        rows = graph.get(f"groups/{guid('group', 'd1')}/members").json()["value"]
        person = next(row for row in rows if row["@odata.type"].endswith("user"))
        assert {name for name, value in person.items() if value} == {"@odata.type", "id"}

    def test_people_by_name_with_manager_and_reports(self, graph: Graph) -> None:
        person = graph.get("users/U25@simulated.example?$select=id").json()
        assert person["id"] == guid("user", "u25")
        manager = graph.get(f"users/{person['id']}/manager?$select=id").json()
        assert manager["id"] == guid("user", "u2")
        reports = graph.get(f"users/{manager['id']}/directReports?$select=id").json()["value"]
        assert len(reports) == 10


class TestBatches:
    """Up to twenty requests, each with a status of its own."""

    def send(self, graph: Graph, urls: list[str]) -> httpx.Response:
        requests = [{"id": f"{n}", "method": "GET", "url": url} for n, url in enumerate(urls)]
        return graph.client.post("/v1.0/$batch", json={"requests": requests})

    def test_answers_by_id(self, graph: Graph) -> None:
        reply = self.send(graph, ["/users?$top=3&$select=id", "/users/nobody", "users/$count"])
        found = {part["id"]: part for part in reply.json()["responses"]}
        assert len(found["0"]["body"]["value"]) == 3
        assert (found["1"]["status"], found["2"]["status"]) == (404, 400)
        assert found["1"]["body"]["error"]["code"] == "Request_ResourceNotFound"

    def test_twenty_at_most(self, graph: Graph) -> None:
        assert self.send(graph, ["/users"] * 20).status_code == 200
        reply = self.send(graph, ["/users"] * 21)
        assert reply.status_code == 400
        assert "maximum value of 20" in reply.text

    def test_each_is_throttled_on_its_own(self, graph: Graph) -> None:
        graph.set(throttled_parts=1)
        parts = self.send(graph, ["/users", "/groups"]).json()["responses"]
        assert sorted(part["status"] for part in parts) == [200, 429]
        (refused,) = [part for part in parts if part["status"] == 429]
        assert refused["headers"]["retry-after"] == "1"


class TestDelta:
    """Rounds with tokens, removals, ties, repeats and an age limit."""

    @pytest.mark.parametrize(
        "path", ["users/delta", "users/delta()", "users/microsoft.graph.delta()"]
    )
    def test_a_first_round_has_everybody(self, graph: Graph, path: str) -> None:
        assert len(graph.get(f"{path}?$select=id").json()["value"]) == 200
        entries, _ = graph.round(f"{path}?$select=id,displayName,manager")
        assert len(entries) == 250
        assert entries[25]["manager@delta"][0]["id"] == guid("user", "u2")

    def test_changes_of_people(self, graph: Graph) -> None:
        _, link = graph.round("users/delta?$select=displayName,manager")
        assert graph.round(link)[0] == []
        graph.change("update_member", id="u7", name="新名")
        graph.change("update_member", id="u8", manager="u9")
        graph.change("delete_member", id="u99")
        entries = {e["id"]: e for e in graph.round(link)[0]}
        assert entries[guid("user", "u7")]["displayName"] == "新名"
        ties = entries[guid("user", "u8")]["manager@delta"]
        assert [("@removed" in tie, tie["id"]) for tie in ties] == [
            (True, guid("user", "u0")),
            (False, guid("user", "u9")),
        ]
        assert entries[guid("user", "u99")]["@removed"] == {"reason": "changed"}
        assert len(entries) == 3

    def test_a_manager_that_is_not_tracked_is_not_told(self, graph: Graph) -> None:
        _, link = graph.round("users/delta?$select=displayName")
        graph.change("update_member", id="u8", manager="u9")
        assert graph.round(link)[0] == []

    def test_minimal_answers(self, graph: Graph) -> None:
        _, link = graph.round("users/delta?$select=displayName,mail,jobTitle")
        graph.change("update_member", id="u7", title=None)
        (full,) = graph.round(link)[0]
        (small,) = graph.round(link, {"Prefer": "return=minimal"})[0]
        assert set(full) == {"id", "displayName", "mail", "jobTitle"}
        assert small == {"id": guid("user", "u7"), "jobTitle": None}

    def test_members_of_groups_over_several_entries(self, graph: Graph) -> None:
        graph.set(member_page=10)
        entries, link = graph.round("groups/delta?$select=displayName,members")
        mine = [e for e in entries if e["id"] == guid("group", "d0")]
        assert len(mine) > 3
        graph.change("update_member", id="u1", departments=["d5"])
        changed = {e["id"]: e["members@delta"] for e in graph.round(link)[0]}
        assert changed[guid("group", "d1")][0]["@removed"] == {"reason": "deleted"}
        assert "@removed" not in changed[guid("group", "d5")][0]

    def test_a_deleted_person_is_not_taken_out_of_groups(self, graph: Graph) -> None:
        _, link = graph.round("groups/delta?$select=displayName,members")
        graph.change("delete_member", id="u249")
        assert graph.round(link)[0] == []

    def test_deleted_restored_and_purged(self, graph: Graph) -> None:
        roster = graph.served.app.provider._world.roster
        _, link = graph.round("users/delta?$select=displayName")
        graph.change("delete_member", id="u5")
        items = graph.get("directory/deletedItems/microsoft.graph.user").json()["value"]
        assert [item["id"] for item in items] == [guid("user", "u5")]
        graph.advance(31 * 24 * 3600)
        graph.sign_in()
        graph.set(delta_lifetime=1e9)
        (entry,) = graph.round(link)[0]
        assert entry["@removed"] == {"reason": "deleted"}
        reply = graph.client.put("/_sim/roster", content=msgspec.json.encode(roster))
        assert reply.is_success
        (back,) = [e for e in graph.round(link)[0] if e["id"] == guid("user", "u5")]
        assert "@removed" not in back

    def test_from_now_on(self, graph: Graph) -> None:
        page = graph.get("users/delta?$select=displayName&$deltaToken=latest").json()
        assert page["value"] == []
        graph.change("update_member", id="u7", name="新名")
        assert len(graph.round(page["@odata.deltaLink"])[0]) == 1

    def test_a_token_of_a_week_ago_is_gone(self, graph: Graph) -> None:
        _, link = graph.round("users/delta")
        graph.advance(7 * 24 * 3600 + 1)
        graph.sign_in()
        reply = graph.get(link)
        assert (reply.status_code, reply.json()["error"]["code"]) == (410, "syncStateNotFound")
        fresh, _ = graph.round("users/delta")
        assert reply.headers["location"].endswith("$deltatoken=")
        assert len(fresh) == 250

    def test_entries_may_come_twice(self, graph: Graph) -> None:
        graph.set(repeats=True)
        entries, _ = graph.round("users/delta?$select=id")
        assert len(entries) == 251
        assert len({e["id"] for e in entries}) == 250

    def test_options_that_delta_refuses(self, graph: Graph) -> None:
        assert graph.refused("users/delta?$top=5") == (400, "Request_BadRequest")
        assert graph.refused("users/delta?$deltatoken=bogus") == (400, "Request_BadRequest")

    def test_units(self, graph: Graph) -> None:
        entries, _ = graph.round("directory/administrativeUnits/delta?$select=displayName,members")
        assert len({e["id"] for e in entries}) == 6


class TestMoods:
    """Dials: limits, forms of refusals, faults."""

    def test_resource_units_end(self, graph: Graph) -> None:
        graph.set(real_limits=True)
        graph.world.meter._spent, graph.world.meter._began = 4999, graph.world.clock.now()
        assert graph.get("users?$select=id").status_code == 200
        reply = graph.get("users?$select=id")
        assert reply.status_code == 429
        assert 1 <= int(reply.headers["retry-after"]) <= 10

    @pytest.mark.parametrize("envelope", ["graph", "text", "empty"])
    def test_forms_of_refusals(self, graph: Graph, envelope: str) -> None:
        graph.set(envelope=envelope)
        reply = graph.get("users/nobody")
        assert reply.status_code == 404
        if envelope == "empty":
            assert reply.content == b""
        else:
            error = reply.json()["error"]
            assert error == "Request_ResourceNotFound" or error["innerError"]["request-id"]

    def test_notifications_have_no_content(self, graph: Graph) -> None:
        graph.change("create_member", id="new", name="New")
        graph.change("delete_member", id="new")
        events = graph.client.get("/_sim/events").json()
        assert {event["changeType"] for event in events} == {"updated"}
        assert {event["resource"] for event in events} == {f"Users/{guid('user', 'new')}"}

    def test_the_secret_is_not_shown(self, graph: Graph) -> None:
        assert "simulated-secret" not in graph.client.get("/_sim/settings").text


class TestConsole:
    """Changes and rosters."""

    def test_departments_and_roles(self, graph: Graph) -> None:
        graph.change("create_department", id="x", name="X", parent_id="d0", leaders=["u1"])
        graph.change("update_department", id="x", name="Y")
        graph.change("move_department", id="x", parent_id="d1")
        graph.change("create_role", id="q", name="Q", members=["u1"])
        graph.change("rename_role", id="q", name="QQ")
        graph.change("grant_role", id="q", members=["u2"])
        graph.change("revoke_role", id="q", members=["u1"])
        roster = graph.client.get("/_sim/roster?ids=own").json()
        (found,) = [d for d in roster["departments"] if d["id"] == "x"]
        assert (found["name"], found["parent_id"], found["leaders"]) == ("Y", "d1", ["u1"])
        (role,) = [r for r in roster["roles"] if r["id"] == "q"]
        assert (role["name"], role["members"]) == ("QQ", ["u2"])
        graph.change("delete_department", id="x")
        graph.change("delete_role", id="q")
        assert len(graph.client.get("/_sim/roster").json()["departments"]) == 6

    @pytest.mark.parametrize(
        "change",
        [
            {"op": "delete_department", "id": "d0"},
            {"op": "update_member", "id": "nobody"},
            {"op": "create_member", "id": "u1", "name": "again"},
            {"op": "create_member", "id": "z", "name": "z", "details": {"salary": 1}},
            {"op": "update_member", "id": "u1", "job_number": "more than sixteen characters"},
        ],
    )
    def test_nonsense_is_refused(self, graph: Graph, change: dict[str, Any]) -> None:
        before = graph.client.get("/_sim/roster").json()
        assert graph.client.post("/_sim/change", json=change).status_code == 400
        assert graph.client.get("/_sim/roster").json() == before

    def test_a_roster_that_cannot_be(self) -> None:
        bad = Roster(
            departments=(DepartmentRecord(id="a", name="A", parent_id="b"),),
            members=(MemberRecord(id="u", name="U", departments=("c",)),),
        )
        with pytest.raises(InputError) as caught:
            create_app(roster=bad)
        assert len(caught.value.problems) == 2

    def test_it_says_again_what_it_was_told(self, graph: Graph) -> None:
        once = graph.client.get("/_sim/roster").content
        again = create_app(roster=msgspec.json.decode(once, type=Roster))
        assert again.provider.roster(own_ids=False, system_roles=False) == replace(
            msgspec.json.decode(once, type=Roster)
        )
