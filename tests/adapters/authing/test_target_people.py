"""People at Authing: made, changed, moved, closed, opened and deleted, alone and in batches."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from domain.delivery.operation import Acknowledged, Change, Relations
from domain.errors import AbsentFault, ExistsFault, TerminalFault, TransientFault
from tests.adapters.authing.authing_desk import SMALL
from tests.adapters.authing.target_desk import VirtualDesk, changed

LI: dict[str, Any] = {
    "externalId": "u-li",
    "username": "J7",
    "name": "李 👩‍🚀",
    "email": "li@example.com",
    "phone": "+8613800000007",
    "customData.job_number": "J7",
    "customData.title": "主任",
}


@pytest.fixture
def desk() -> VirtualDesk:
    return VirtualDesk(SMALL)


def li(desk: VirtualDesk, *departments: str, **more: Any) -> Change:
    """Li, taken into departments."""
    places = tuple(desk.department(key).id for key in departments or ("d-hr",))
    relations = Relations(departments=places, active=True)
    return changed("member", "create", **{"key": "u-li", "fields": LI, "relations": relations,
                                          **more})  # fmt: skip


def newcomer(number: int, **more: Any) -> Change:
    """One of many."""
    key = f"u-{number}"
    fields = {"externalId": key, "username": key, "name": f"N {number}", "email": f"{key}@x.cn"}
    relations = Relations(departments=(), active=True)
    return changed("member", "create", key=key, fields={**fields, **more}, relations=relations)


def done(desk: VirtualDesk, *changes: Change, **settings: Any) -> list[str]:
    """Changes that must succeed."""
    results = desk.apply_all(*changes, **settings)
    assert all(isinstance(r, Acknowledged) for r in results), results
    return [r.remote for r in results if isinstance(r, Acknowledged)]


def test_what_is_written_comes_back_as_it_was_fitted(desk: VirtualDesk) -> None:
    """A new account shows our id as its key, every field, its departments, and that it is open."""

    async def fit(target: Any) -> Any:
        return target.fit("member", LI)

    fitted = desk.work(fit)
    assert (fitted.problems, fitted.fields) == ((), LI)
    manager = desk.user("ann").id
    change = li(desk)
    (remote,) = done(desk, replace(change, relations=change.relations.merged(
        Relations(manager=manager))))  # fmt: skip
    shown = desk.present("member", remote)
    assert shown.key == "u-li"
    assert {name: shown.fields[name] for name in LI} == LI
    assert shown.relations == Relations(
        departments=(desk.department("d-hr").id,), manager=manager, active=True
    )
    row = desk.user("u-li").texts
    assert (row["phone"], row["phoneCountryCode"]) == ("13800000007", "+86")


def test_somebody_new_costs_one_call(desk: VirtualDesk) -> None:
    """One department is the main one by itself; of several the first is marked in one more."""
    done(desk, li(desk))
    assert desk.calls() == {"create-user": 1}
    other = replace(li(desk, "d-rd", "d-hr"), key="u-two", fields=newcomer(2).fields)
    done(desk, other)
    assert desk.calls() == {"create-user": 1}
    desk.answers["create-user"] = {
        "statusCode": 200, "message": "", "data": {"userId": desk.user("bob").id},
    }  # fmt: skip
    done(desk, replace(other, key="u-3", fields={**other.fields, "externalId": "u-3"}))
    assert desk.user("bob").main == desk.department("d-rd").id
    assert desk.calls() == {"set-user-departments": 1}


def test_many_new_people_go_in_one_call(desk: VirtualDesk) -> None:
    """Fifty newcomers, fifty changes and fifty deletions cost one call each."""
    made = done(desk, *(newcomer(n) for n in range(50)))
    assert desk.calls() == {"create-users-batch": 1}
    assert [desk.user(f"u-{n}").id for n in range(50)] == made
    updates = [
        changed("member", "update", remote=remote, fields={"name": f"M {n}"})
        for n, remote in enumerate(made)
    ]
    assert done(desk, *updates) == made
    assert desk.calls() == {"update-user-batch": 1}
    assert [desk.user(f"u-{n}").texts["name"] for n in (0, 49)] == ["M 0", "M 49"]
    done(desk, *(changed("member", "delete", remote=remote) for remote in made))
    assert desk.calls() == {"delete-users-batch": 1}
    assert len(list(desk.world.people)) == 2


def test_one_bad_record_does_not_stop_its_batch(desk: VirtualDesk) -> None:
    """Everybody else is made; the bad one gets its own refusal, which names the field."""
    bad = newcomer(2, email="ann@example.com")
    results = desk.apply_all(newcomer(1), bad, newcomer(3))
    assert [type(r) for r in results] == [Acknowledged, ExistsFault, Acknowledged]
    assert str(results[1]) == (
        "authing-main create-user was refused for member u-2: somebody else has this mail address."
        " The next run reads Authing and looks whether it is ours."
    )
    ann, bob = desk.user("ann").id, desk.user("bob").id
    updates = [
        changed("member", "update", remote=ann, fields={"name": "new"}),
        changed("member", "update", remote=bob, fields={"email": "ann@example.com"}),
        changed("member", "update", remote="gone", fields={"name": "new"}),
    ]
    assert [type(r) for r in desk.apply_all(*updates)] == [Acknowledged, ExistsFault, AbsentFault]
    deletions = [changed("member", "delete", remote=remote) for remote in (ann, "gone")]
    assert [type(r) for r in desk.apply_all(*deletions)] == [Acknowledged, Acknowledged]


def test_somebody_whom_a_batch_leaves_out_is_made_alone(desk: VirtualDesk) -> None:
    """Who is not in the answer is looked after by one more call."""
    desk.answers["create-users-batch"] = {"statusCode": 200, "message": "", "data": []}
    done(desk, newcomer(1), newcomer(2))
    assert desk.calls() == {"create-user": 2}


@pytest.mark.parametrize("kind", ["timeout_after_commit", "reset"])
def test_a_creation_without_an_answer_is_not_repeated_blindly(desk: VirtualDesk, kind: str) -> None:
    """It is left for another try, which looks first and makes nobody twice."""
    desk.fault(f"create-user:{kind}:times=1", f"create-users-batch:{kind}:times=1")
    for group in ([li(desk)], [newcomer(1), newcomer(2)]):
        results = desk.apply_all(*group)
        assert all(isinstance(r, TransientFault) for r in results), results
        found = done(desk, *(replace(change, again=True) for change in group))
        assert found == [desk.user(change.key).id for change in group]
    assert len(list(desk.world.people)) == 5


def test_a_repeated_creation_finishes_what_was_begun(desk: VirtualDesk) -> None:
    """The main department is marked where the first try did not come so far."""
    change = li(desk, "d-hr", "d-rd")
    (remote,) = done(desk, change)
    world = desk.world
    world.place(desk.user("u-li"), list(desk.user("u-li").departments), desk.department("d-rd").id)
    assert done(desk, replace(change, again=True)) == [remote]
    assert desk.user("u-li").main == desk.department("d-hr").id


def test_what_has_our_id_and_is_another_is_not_taken_over(desk: VirtualDesk) -> None:
    """Somebody else's account of that externalId is a refusal, also for a repeated creation."""
    change = replace(li(desk), fields={**LI, "externalId": "ann"}, key="ann")
    for again in (False, True):
        (result,) = desk.apply_all(replace(change, again=again))
        assert isinstance(result, ExistsFault)
        assert result.code == "external_id"
    assert desk.user("ann").texts["name"] == "安"


def test_a_login_is_needed(desk: VirtualDesk) -> None:
    """Without username, mail and number nothing is sent, and the sentence says what to do."""
    (result,) = desk.apply_all(replace(li(desk), fields={"externalId": "u-li", "name": "Li"}))
    assert isinstance(result, TerminalFault)
    assert "username, email, phone" in str(result)
    assert desk.calls() == {}


def test_an_update_names_only_what_changed(desk: VirtualDesk) -> None:
    """Other fields and custom data stay; logins are emptied with null, texts with nothing."""
    ann = desk.user("ann").id
    fields = {"email": None, "phone": None, "customData.title": None, "company": None}
    done(desk, changed("member", "update", remote=ann, fields=fields))
    assert desk.bodies("update-user") == [
        {"userId": ann, "email": None, "phone": None, "phoneCountryCode": None, "company": "",
         "customData": {"title": ""}}
    ]  # fmt: skip
    shown = desk.present("member", ann)
    assert {name: shown.fields[name] for name in fields} == fields
    assert shown.fields["customData.job_number"] == "1"


def test_a_number_from_abroad_is_split(desk: VirtualDesk) -> None:
    """The country code has a field of its own."""
    ann = desk.user("ann").id
    done(desk, changed("member", "update", remote=ann, fields={"phone": "+85251234567"}))
    texts = desk.user("ann").texts
    assert (texts["phoneCountryCode"], texts["phone"]) == ("+852", "51234567")
    assert desk.present("member", ann).fields["phone"] == "+85251234567"


def test_departments_that_are_not_ours_stay(desk: VirtualDesk) -> None:
    """What others gave survives a move, with leadership; our first department is the main one."""
    ann = desk.user("ann")
    rd, fifty, hr = (desk.department(key).id for key in ("d-rd", "d-50", "d-hr"))
    change = changed(
        "member", "move", remote=ann.id,
        relations=Relations(departments=(hr,)), had=Relations(departments=(fifty,)),
    )  # fmt: skip
    done(desk, change)
    assert (set(desk.user("ann").departments), desk.user("ann").main) == ({rd, hr}, hr)
    assert desk.department("d-rd").leaders == [ann.id]
    assert ann.id not in desk.department("d-50").leaders
    assert desk.calls() == {"get-user-departments": 1, "set-user-departments": 1}
    done(desk, change)
    assert desk.calls() == {"get-user-departments": 1}


def test_who_stays_in_a_department_leads_it_still(desk: VirtualDesk) -> None:
    """A move elsewhere says again that somebody leads what they do not leave."""
    ann = desk.user("ann")
    rd, fifty, hr = (desk.department(key).id for key in ("d-rd", "d-50", "d-hr"))
    done(desk, changed("member", "move", remote=ann.id,
                       relations=Relations(departments=(hr, rd)),
                       had=Relations(departments=(fifty, rd))))  # fmt: skip
    assert desk.department("d-rd").leaders == [ann.id]
    assert desk.department("d-hr").leaders == []


def test_the_last_department_is_left(desk: VirtualDesk) -> None:
    """Somebody with no department left is taken out by a call of its own."""
    bob = desk.user("bob").id
    place = (desk.department("d-50").id,)
    done(desk, changed("member", "deactivate", remote=bob,
                       relations=Relations(departments=(), active=False),
                       had=Relations(departments=place)))  # fmt: skip
    assert desk.user("bob").departments == []
    assert "set-user-departments" not in desk.calls()


def test_an_account_is_closed_and_opened_again(desk: VirtualDesk) -> None:
    """Closed is Suspended, open is Activated."""
    ann = desk.user("ann").id
    for what, active, status in (("deactivate", False, "Suspended"),
                                 ("reactivate", True, "Activated")):  # fmt: skip
        done(desk, changed("member", what, remote=ann, relations=Relations(active=active)))
        assert desk.user("ann").status == status
        assert desk.present("member", ann).relations.active is active


def test_the_manager_is_custom_data(desk: VirtualDesk) -> None:
    """It holds the user id, can be emptied, and has the key that the settings say."""
    ann, bob = desk.user("ann").id, desk.user("bob").id
    for manager in (bob, None):
        relations = Relations(manager=manager)
        done(desk, changed("member", "relate", remote=ann, relations=relations))
        assert (desk.user("ann").custom.get("manager") or None) == manager
        assert desk.present("member", ann).relations.manager == manager
    other = VirtualDesk(SMALL, custom_fields=("job_number", "title", "boss"))
    ann = other.user("ann").id
    done(other, changed("member", "relate", remote=ann, relations=Relations(manager=ann)),
         manager_field="boss")  # fmt: skip
    assert other.user("ann").custom["boss"] == ann


def test_the_gone_are_gone(desk: VirtualDesk) -> None:
    """A deletion of who is not there is done; a change of them says so."""
    assert done(desk, changed("member", "delete", remote="gone")) == ["gone"]
    result = desk.apply("member", "update", remote="gone", fields={"name": "x"})
    assert isinstance(result, AbsentFault)
    assert str(result) == (
        "authing-main found nobody for member gone: there is no such user (any more)."
    )


def test_a_department_that_is_gone_is_not_the_person(desk: VirtualDesk) -> None:
    """Then the person is there, and what is missing is named."""
    ann = desk.user("ann").id
    relations = Relations(departments=("nowhere",))
    result = desk.apply("member", "move", remote=ann, relations=relations)
    assert isinstance(result, TerminalFault) and not isinstance(result, AbsentFault)
    assert result.code == "department"


def test_people_can_resign_instead(desk: VirtualDesk) -> None:
    """With that setting the account stays, is no longer read, and cannot be opened again."""
    ann = desk.user("ann").id
    done(desk, changed("member", "delete", remote=ann), resign=True)
    assert desk.user("ann").status == "Resigned"
    assert ann not in {p.remote for p in desk.read().present["member"]}
    back = replace(li(desk), key="ann", fields={**LI, "externalId": "ann"})
    (result,) = desk.apply_all(back)
    assert isinstance(result, ExistsFault)
    assert "resigned" in str(result) and "Delete that account" in str(result)


def test_without_departments_nobody_is_placed(desk: VirtualDesk) -> None:
    """With departments = false not even a look is spent on them."""
    bare = VirtualDesk(departments=False)
    bare.given = {"departments": False, "organization_code": ""}
    (remote,) = done(bare, newcomer(1))
    done(bare, changed("member", "deactivate", remote=remote,
                       relations=Relations(departments=(), active=False)))  # fmt: skip
    assert bare.calls() == {"create-user": 1, "update-user": 1}
    assert set(bare.read().present) == {"member", "role"}
