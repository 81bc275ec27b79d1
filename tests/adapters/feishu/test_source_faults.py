"""Reading when Feishu has a bad day: gaps instead of errors, and partial is not absent."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.feishu.simulator import paging
from domain.errors import CredentialFault, TransientFault
from tests.adapters.feishu.source_desk import SECRET, SourceDesk, by_id, company

PEOPLE, CHILDREN = "users/find_by_department", "departments/children"


def test_pages_that_do_not_get_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that repeats is given up: a gap, and people keep what they had."""
    desk = SourceDesk(company(1, 120))
    real = paging.page

    def stuck(query: Any, rows: Any, about: str, **sizes: Any) -> Any:
        shown, keys = real(query, rows, about, **sizes)
        if about.startswith(PEOPLE) and shown:
            keys = {"has_more": True, "page_token": paging._token(50, about)}
        return shown, keys

    monkeypatch.setattr(paging, "page", stuck)
    seen = desk.read()
    assert not seen.coverage.members
    assert any("do not get on" in gap.why for gap in seen.gaps)
    assert desk.calls[PEOPLE] < 10


def test_duplicates_between_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of a page comes again on the next; it is one person."""
    desk = SourceDesk(company(1, 120))
    real = paging._start
    monkeypatch.setattr(paging, "_start", lambda *a: max(0, real(*a) - 1))
    seen = desk.read()
    assert len(seen.members) == len(by_id(seen.members)) == 120
    assert seen.coverage.members


def test_a_bad_row_harms_nobody_else() -> None:
    """It is a gap; the others of its page come."""
    desk = SourceDesk(company(1, 20))
    users = {u.user_id: u for u in desk.directory.people.users.values()}
    users["u5"].fields["email"] = {"no": "address"}
    seen = desk.read()
    assert len(seen.members) == 19
    assert not seen.coverage.members
    assert [gap.what for gap in seen.gaps] == ["a member of department d0"]


def test_a_later_page_of_departments() -> None:
    """What came before it is kept, and neither listing is complete."""
    desk = SourceDesk(company(120, 20))
    desk.fault(f"{CHILDREN}:http_500:after=1")
    seen = desk.read()
    assert len(seen.departments) >= 50 - 13, "the children of lost ones have no place"
    assert not seen.coverage.departments
    assert not seen.coverage.members


@pytest.mark.parametrize("kind", ["http_500", "reset", "busy", "truncated_json", "html_ban"])
def test_no_root(kind: str) -> None:
    """Nothing at all can be read: that is a fault and no empty organization."""
    desk = SourceDesk(company(2, 2))
    desk.fault(f"{CHILDREN}:{kind}")
    with pytest.raises(TransientFault):
        desk.read()


def test_a_server_that_dies_is_left_alone_soon() -> None:
    """Nobody waits for hundreds of lists that will not come."""
    desk = SourceDesk(company(400, 400, width=40))
    desk.fault(f"{PEOPLE}:http_500:after=20")
    seen = desk.read()
    assert desk.calls[PEOPLE] < 320
    assert len(seen.gaps) == 1
    assert "more" in seen.gaps[0].what


def test_throttling_is_waited_for_as_long_as_feishu_asks() -> None:
    """429 with x-ogw-ratelimit-reset."""
    desk = SourceDesk(company(5, 20))
    desk.fault(f"{PEOPLE}:throttle:times=6")
    seen = desk.read()
    assert seen.gaps == ()
    assert len(seen.members) == 20
    assert desk.seconds >= 1


def test_a_wrong_secret() -> None:
    """One sentence, without the secret."""
    with pytest.raises(CredentialFault) as caught:
        SourceDesk(company(1, 1)).read(app_secret="hush-hush")
    assert "hush" not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("fault", ["*:http_500", f"{PEOPLE}:permission", f"{PEOPLE}:http_500"])
def test_nothing_private_is_told(fault: str) -> None:
    """Neither in gaps nor in errors nor in a check."""
    desk = SourceDesk(company(2, 30))
    desk.fault(fault)
    try:
        told = "\n".join(map(str, desk.read().gaps))
    except TransientFault as error:
        told = f"{error} {error!r}"
    told += "\n".join(f"{f.text} {f.fix}" for f in desk.check())
    assert [x for x in (SECRET, "private.example", "1380000", "人1") if x in told] == []
