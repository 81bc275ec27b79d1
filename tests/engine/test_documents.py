"""Documents: from bytes to changes, and where they are none."""

from __future__ import annotations

import pytest

from domain.errors import InputError
from orgledger.engine.documents import changes_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[\n  {"event": "MemberResigned", "id": "u1",}\n]', "line 2: JSON is malformed: "),
        ('[{"event": "MemberResigned",\n"id": "u1"},\n{"id": "u2"}', "Input data was truncated"),
        ('{\n  "event": "MemberResigned"\n  "id": "u1"\n}', "line 3: JSON is malformed: "),
    ],
)
def test_a_slip_in_json_of_several_lines_is_told_where_it_is(text: str, said: str) -> None:
    """One slip is one problem, and not one for each of its lines."""
    with pytest.raises(InputError, match="Mend it:") as caught:
        changes_of(text.encode(), "the body")
    (problem,) = caught.value.problems
    assert problem.startswith(said)


def test_a_slip_in_json_lines_is_told_by_its_line() -> None:
    """Every line that has one."""
    with pytest.raises(InputError, match="nor JSON lines") as caught:
        changes_of(b'{"id": 1}\n{"id": 2\n\n{"id": 3}\n}\n', "the body")
    assert [problem[:7] for problem in caught.value.problems] == ["line 2:", "line 5:"]
