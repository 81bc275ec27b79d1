"""What a delta query cannot tell is read in full, in the same sync."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from adapters.entra.cursor import SHAPING
from adapters.entra.settings import EntraSettings
from adapters.entra.simulator.errors import GraphError
from tests.adapters.entra.changing import (
    DAY,
    begun,
)
from tests.adapters.entra.entra_desk import GROUPS, EntraDesk, company


class TestWhenEverythingIsRead:
    """A cursor is only used while it is certain what it stands for."""

    def whole(self, desk: EntraDesk, **settings: Any) -> bool:
        return not desk.changes(**{**GROUPS, **settings}).coverage.changes

    def test_after_a_day_or_what_is_set(self) -> None:
        desk = begun(GROUPS)
        desk.app.provider.clock.advance(23 * 3600)
        assert not self.whole(desk)
        assert self.whole(desk, full_every=22)
        desk.app.provider.clock.advance(2 * 3600)
        assert self.whole(desk)
        assert not self.whole(desk, full_every=26)

    def test_the_last_reading_of_everything_counts_not_the_last_reading(self) -> None:
        desk = begun(GROUPS)
        for _ in range(3):
            desk.app.provider.clock.advance(10 * 3600)
            desk.sync(**GROUPS)
        assert desk.calls["users"] == 1

    def test_when_the_link_is_older_than_a_week(self) -> None:
        desk = begun(GROUPS)
        desk.app.provider.clock.advance(7 * DAY + 1)
        assert self.whole(desk, full_every=10_000)
        assert "groups/delta" in desk.calls
        assert desk.app.stats.errors == {}, "it is not even tried"

    def test_how_old_the_link_is_and_when_it_ends_can_be_told(self) -> None:
        """A reading of changes renews the link, but not the day on which everything was read."""
        desk = begun(GROUPS)
        clock = desk.app.provider.clock
        first = clock.now()
        clock.advance(5 * 3600)
        desk.sync(**GROUPS)
        for hours, due in ((24, first + DAY), (10_000, first + 5 * 3600 + 7 * DAY)):
            told = desk.reached(**GROUPS, full_every=hours)
            assert told is not None
            assert [told.full, told.at, told.due] == pytest.approx(
                [first, first + 5 * 3600, due], abs=3
            )
        assert desk.reached(tree="units") is None, "the link goes with the settings"

    @pytest.mark.parametrize(
        "other",
        [
            {"guests": "read"},
            {"managers": False},
            {"owners": False},
            {"roles_filter": ""},
            {"groups_filter": "securityEnabled eq true"},
            {"tree": "units"},
            {"tree": "attribute", "attributes": ("companyName",)},
        ],
    )
    def test_with_other_settings(self, other: dict[str, Any]) -> None:
        assert self.whole(begun(GROUPS), **other)

    def test_not_with_another_pace(self) -> None:
        assert not self.whole(begun(GROUPS), rate=500, max_rate=400)

    def test_every_setting_that_shapes_a_reading_counts(self) -> None:
        """A new one has to be sorted: into those that do, or into these that do not."""
        beside = {"client_secret", "login_url", "scope", "full_every", "rate", "max_rate"}
        beside |= {"callback_token"}
        names = {field.name for field in msgspec.structs.fields(EntraSettings)}
        assert names - beside == set(SHAPING)

    @pytest.mark.parametrize("text", ["", "{}", "not json", '{"links": {}}', "[1]"])
    def test_when_the_cursor_is_none(self, text: str) -> None:
        desk = begun(GROUPS)
        desk.ledger.cursor = text
        assert self.whole(desk)

    def test_always_where_that_is_set(self) -> None:
        desk = EntraDesk(company(3, 9))
        assert desk.read(full_every=0).cursor == ""
        assert "users/delta" not in desk.calls

    def test_when_the_permission_for_changes_is_gone(self) -> None:
        desk = begun(GROUPS)
        desk.set(permissions=["User.ReadBasic.All", "Group.Read.All"])
        seen = desk.changes(**GROUPS)
        assert "active" in seen.coverage.hidden["member"]
        assert seen.cursor == ""
        assert desk.ledger.learn(seen) == ["SourceScopeChanged"]

    @pytest.mark.parametrize("status", [410, 400, 404])
    @pytest.mark.parametrize("code", ["resyncRequired", "SyncStateNotFound", "RESYNCREQUIRED"])
    def test_in_whatever_words_the_state_is_lost(
        self, status: int, code: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = begun({})

        def gone(*_: Any) -> Any:
            raise GraphError(status, code, "The sync state is gone.")

        monkeypatch.setattr("adapters.entra.simulator.delta._changes", gone)
        assert not desk.changes().coverage.changes

    def test_a_link_of_another_host_is_not_followed(self) -> None:
        desk = begun({})
        desk.ledger.cursor = desk.ledger.cursor.replace("http://sim/", "http://evil.test/")
        assert not desk.changes().coverage.changes

    def test_a_cloud_without_delta_queries_is_read_as_ever(self) -> None:
        desk = EntraDesk(company(3, 9))
        desk.fault("users/delta:http_500")
        seen = desk.read()
        assert seen.cursor == ""
        assert len(seen.members) == 9
        assert not seen.gaps

    def test_a_service_that_is_down_is_no_reason(self) -> None:
        desk = begun({})
        desk.fault("users/delta:busy:times=2")
        assert desk.changes().coverage.changes
