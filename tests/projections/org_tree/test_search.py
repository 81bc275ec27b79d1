"""Search: by characters, pinyin, initials, ids, numbers and addresses."""

from __future__ import annotations

import pytest

from domain import events as e
from domain.directory import Directory
from projections.org_tree.pinyin import initials, spelled
from projections.org_tree.search import search
from tests.projections.org_tree.histories import FOUNDED, department, directory, member


def found(text: str, where: Directory | None = None) -> list[tuple[str, str]]:
    return [(hit.row["id"], hit.field) for hit in search(where or directory(), text)]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("欧阳", [("a", "name")]),
        ("OUYANGXIAOYUE", [("a", "pinyin")]),
        ("ou yang", [("a", "pinyin")]),
        ("xiaoyue", [("a", "pinyin")]),
        ("oyxy", [("a", "pinyin")]),
        ("oyx", [("a", "pinyin")]),
        ("ouyxy", [("a", "pinyin")]),
        ("shanxiongxin", [("c", "pinyin")]),
        ("danxiongxin", [("c", "pinyin")]),
        ("sxx", [("c", "pinyin")]),
        ("A-1", [("a", "job_number")]),
        ("9001", [("a", "mobile")]),
        ("ben@", [("b", "email")]),
        ("engineer", [("b", "title")]),
        ("m-b", [("b", "uid")]),
        ("auditor", [("9", "name")]),
        ("sousuo", [("3", "pinyin")]),
        ("", []),
        ("  ", []),
        ("nobody", []),
        ("-", [("a", "job_number")]),
    ],
)
def test_what_is_found(text: str, hits: list[tuple[str, str]]) -> None:
    assert found(text) == hits


def test_whole_matches_come_first_then_sounds_then_parts() -> None:
    people = [
        member("1", "Li Ming", "d-1"),
        member("2", "李", "d-1"),
        member("3", "Li", "d-1"),
        member("4", "林一", "d-1"),
    ]
    where = directory([FOUNDED[0], department("1", "D"), *people])
    assert [i for i, _field in found("li", where)] == ["3", "2", "4", "1"]


def test_who_left_is_not_found() -> None:
    assert found("ben", directory([*FOUNDED, e.MemberResigned(uid="m-b")])) == []


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("单雄信", "shan"), ("仇和", "qiu"), ("曾国藩", "zeng"), ("解放", "xie"), ("乐嘉", "yue"),
        ("盖叫天", "ge"), ("尉迟恭", "yuchi"), ("万俟卨", "moqi"), ("查良镛", "zha"),
        ("区伟", "ou"), ("翟天", "zhai"), ("重庆", "chongqing"), ("吕布", "lv"), ("吕布", "lu"),
        ("吕布", "lyu"), ("女娲", "nvwa"), ("飞帆科技 Feifan", "kejifeifan"), ("李3号", "li3hao"),
    ],
)  # fmt: skip
def test_a_character_is_found_by_every_reading(name: str, wanted: str) -> None:
    assert spelled(name, wanted)


@pytest.mark.parametrize(
    ("name", "wanted"), [("李雷", "lei li"), ("李雷", "x"), ("李雷", "lileili"), ("👩‍🚀", "a")]
)
def test_what_it_does_not_sound_like(name: str, wanted: str) -> None:
    assert not spelled(name, wanted)


def test_initials_begin_with_the_name() -> None:
    assert initials("欧阳晓月", "oyxy")
    assert initials("欧阳晓月", "oy")
    assert not initials("欧阳晓月", "xy")
    assert not initials("李", "ll")
