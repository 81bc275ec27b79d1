"""The roster as a source of the engine."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import msgspec
import pytest

from adapters.roster.read import read_roster
from adapters.roster.settings import RosterSettings
from adapters.roster.source import RosterSource
from domain.decide import decide
from domain.directory import Directory
from domain.errors import ConfigError, InputError
from domain.evolve import evolve
from domain.observe import WHOLE, Coverage, Observation
from domain.ports import Source
from domain.records import MemberRecord
from tests.adapters.roster.files import json_file

HISTORY = Path(__file__).parents[4] / "shared/data/rust-org-history.jsonl.gz"
MEMBERS = [{"id": "ann", "name": "Ann", "departments": []}]


class Nothing:
    """What the ledger knows before the first reading."""

    turn = 0

    def changed(self, record: MemberRecord) -> bool:
        return True


def source(folder: Path, path: str = "roster.json") -> Source:
    return RosterSource("hr", RosterSettings(path=path), folder=folder)


def test_a_reading_is_the_whole_organization(tmp_path):
    json_file(tmp_path, members=MEMBERS, roles=[])
    told = []
    observation = asyncio.run(
        source(tmp_path).read(Nothing(), lambda what, done, total: told.append((what, done, total)))
    )
    assert observation == Observation(
        system="hr",
        coverage=WHOLE,
        members=(MemberRecord(id="ann", name="Ann", departments=()),),
    )
    assert told == [("departments", 0, 0), ("members", 1, 1), ("roles", 0, 0)]


def test_a_file_without_roles_does_not_cover_them(tmp_path):
    json_file(tmp_path, members=MEMBERS)
    observation = asyncio.run(source(tmp_path).read(Nothing(), lambda *_: None))
    assert observation.coverage == Coverage(departments=True, members=True, roles=False)


def test_the_file_is_read_anew_each_time(tmp_path):
    json_file(tmp_path, members=MEMBERS)
    hr = source(tmp_path)
    assert len(asyncio.run(hr.read(Nothing(), lambda *_: None)).members) == 1
    json_file(tmp_path)
    assert asyncio.run(hr.read(Nothing(), lambda *_: None)).members == ()
    asyncio.run(hr.close())


def test_a_relative_path_starts_at_the_folder_of_the_configuration(tmp_path):
    json_file(tmp_path, members=MEMBERS)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    findings = asyncio.run(source(elsewhere, "../roster.json").check())
    assert [finding.level for finding in findings] == ["ok"]


def test_an_absolute_path_and_a_home_are_understood(tmp_path, monkeypatch):
    json_file(tmp_path, members=MEMBERS)
    monkeypatch.setenv("HOME", str(tmp_path))
    for path in (str(tmp_path / "roster.json"), "~/roster.json"):
        assert asyncio.run(source(Path("/nowhere"), path).check())[0].level == "ok"


def test_a_check_counts_and_notes_what_was_put_right(tmp_path):
    json_file(tmp_path, members=MEMBERS * 2)
    counted, noted = asyncio.run(source(tmp_path).check())
    assert counted.text == "0 departments, 1 members, 0 roles"
    assert (noted.level, noted.text) == (
        "warning",
        "1 repeated rows of members were merged into the first of their id",
    )


def test_a_check_of_a_missing_file_is_a_finding_with_the_fix(tmp_path):
    (finding,) = asyncio.run(source(tmp_path).check())
    assert finding.level == "error"
    assert finding.text.startswith("There is no file ")
    assert finding.fix.startswith("Correct the path")


def test_a_check_of_a_bad_file_lists_its_problems(tmp_path):
    json_file(tmp_path, members=[{"id": "ann"}])
    (finding,) = asyncio.run(source(tmp_path).check())
    assert "members[0], name: it is missing" in finding.text
    assert "members[0], departments: it is missing" in finding.text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_with_the_fix(tmp_path):
    json_file(tmp_path).chmod(0)
    with pytest.raises(InputError, match="cannot be read"):
        asyncio.run(source(tmp_path).read(Nothing(), lambda *_: None))


def test_an_empty_path_is_a_mistake_of_the_configuration():
    with pytest.raises(ConfigError, match="The path of the roster is empty"):
        RosterSettings(path=" ")


def test_a_file_gives_everything_that_a_source_can_give(tmp_path):
    capabilities = source(tmp_path).capabilities
    assert all(getattr(capabilities, name) for name in ("leaders", "order", "managers", "roles"))


@pytest.mark.skipif(not HISTORY.exists(), reason="the real history is not on this machine")
def test_eight_years_of_a_real_organization_are_sound_and_fold_without_a_refusal(tmp_path):
    path = tmp_path / "roster.json"
    directory = Directory(org="rust")
    with gzip.open(HISTORY) as lines:
        for line in lines:
            path.write_bytes(line)
            observation = asyncio.run(source(tmp_path).read(Nothing(), lambda *_: None))
            raw = msgspec.json.decode(line)
            assert len(observation.departments) == len(raw["departments"])
            assert observation.departments[0].details == {"kind": raw["departments"][0]["kind"]}
            decided = decide(directory, observation)
            assert decided.refused == ()
            for fact in decided.facts:
                evolve(directory, fact)
            assert decide(directory, observation).facts == ()
            assert len(list(directory.present_members())) == len(raw["members"])


def test_a_hundred_thousand_rows_take_seconds(tmp_path):
    members = [
        {"id": f"u{n}", "name": "张伟", "departments": [f"d{n % 500}"], "email": f"u{n}@acme.cn"}
        for n in range(100_000)
    ]
    chain = [
        {"id": f"d{n}", "name": "D", "parent_id": f"d{n - 1}" if n else None} for n in range(5_000)
    ]
    path = json_file(tmp_path, departments=chain, members=members)
    started = os.times().user
    assert len(read_roster(path).roster.members) == 100_000
    assert os.times().user - started < 10, "far beyond what a linear reading takes"
