"""Rosters as .csv and .xlsx: headings, cells, encodings, and what Excel does to numbers."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from msgspec import UNSET
from openpyxl import Workbook

from adapters.roster.headings import COLUMNS, SHEETS, field_of, sheet_of
from adapters.roster.read import read_roster
from domain.errors import InputError
from tests.adapters.roster.files import DEPARTMENTS, MEMBERS, csv_folder, refused, workbook

PEOPLE = ["id", "name", "departments"]


def members_of_csv(tmp_path, *lines, **options):
    return read_roster(csv_folder(tmp_path, members=list(lines), **options)).roster.members


def members_of_xlsx(tmp_path, *lines):
    path = workbook(tmp_path, departments=DEPARTMENTS, members=list(lines))
    return read_roster(path).roster.members


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_encodings_and_delimiters_that_excel_writes(tmp_path, encoding, delimiter):
    lines = [["编号", "姓名", "所属部门"], ["u1", "张伟, 李", "hq|rd"]]
    (zhang,) = members_of_csv(tmp_path, *lines, encoding=encoding, delimiter=delimiter)
    assert (zhang.name, zhang.departments) == ("张伟, 李", ("hq", "rd"))


@pytest.mark.parametrize("cell", ["hq;rd", "hq|rd", "hq、rd", "hq；rd", " hq ; rd ;", "hq;;rd"])
def test_several_ids_in_one_cell(tmp_path, cell):
    assert members_of_csv(tmp_path, PEOPLE, ["u", "U", cell])[0].departments == ("hq", "rd")


def test_an_empty_cell_is_empty_and_an_absent_column_unknown(tmp_path):
    (ann,) = members_of_csv(tmp_path, [*PEOPLE, "email", "manager"], ["u", "U", "", "", " "])
    assert (ann.departments, ann.email, ann.manager) == ((), None, None)
    assert (ann.mobile, ann.title, ann.active, ann.details) == (UNSET, UNSET, UNSET, UNSET)


def test_unknown_columns_are_details(tmp_path):
    (ann,) = members_of_csv(tmp_path, [*PEOPLE, "办公地点", "level"], ["u", "U", "", "杭州", ""])
    assert ann.details == {"办公地点": "杭州", "level": None}


def test_further_keys_have_columns_of_their_own(tmp_path):
    lines = [[*PEOPLE, "keys.unionid"], ["u", "U", "", "x"], ["v", "V", "", ""]]
    ann, bob = members_of_csv(tmp_path, *lines)
    assert (ann.keys, bob.keys) == ({"unionid": "x"}, UNSET)


@pytest.mark.parametrize(
    ("word", "active"),
    [
        ("true", True),
        ("是", True),
        ("在职", True),
        ("1", True),
        ("FALSE", False),
        ("停用", False),
        ("", UNSET),
    ],
)
def test_the_words_for_active(tmp_path, word, active):
    assert members_of_csv(tmp_path, [*PEOPLE, "状态"], ["u", "U", "", word])[0].active is active


def test_an_unknown_word_for_active_is_a_problem(tmp_path):
    (problem,) = refused(csv_folder(tmp_path, members=[[*PEOPLE, "状态"], ["u", "U", "", "离职"]]))
    assert problem.startswith("members.csv row 2, active: a text stands where true or false")
    assert problem.endswith("leave out the row of a person who has left.")


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_heading_means_its_field_however_it_is_written(kind):
    for field, headings in COLUMNS[kind].items():
        for heading in headings:
            assert field_of(kind, heading) == field
            assert field_of(kind, f" * {heading.upper().replace(' ', '_')}：") == field
        assert field_of(kind, field) == field


def test_every_title_of_a_sheet_means_its_kind():
    assert {sheet_of(title) for titles in SHEETS.values() for title in titles} == set(SHEETS)
    assert sheet_of("Sheet1") is None


def test_two_columns_for_one_field_are_a_problem(tmp_path):
    lines = [["id", "name", "departments", "手机", "mobile"], ["u", "U", "", "1", "2"]]
    (problem,) = refused(csv_folder(tmp_path, members=lines))
    assert problem == "members.csv: the columns 4 and 5 are both the mobile. Keep one of them."


def test_a_file_without_headings_does_not_give_its_people_away(tmp_path):
    found = refused(csv_folder(tmp_path, members=[["u1", "张伟", "张伟"], ["u2", "李雷", "hq"]]))
    assert found[0] == "members.csv: the columns 2 and 3 have the same heading. Keep one of them."
    assert "张伟" not in str(found)


def test_a_missing_column_is_told_once(tmp_path):
    lines = [["id", "name"], *(["u", "U"] for _ in range(9))]
    (problem,) = refused(csv_folder(tmp_path, members=lines))
    assert problem.startswith("members.csv: there is no column departments. ")


def test_a_comma_without_quotes_is_noticed(tmp_path):
    path = csv_folder(tmp_path)
    (path / "members.csv").write_text("id,name,departments\nu1,Zhang, San,hq\n")
    found = refused(path)
    assert found[0].startswith("members.csv row 2: there is a value in column 4, which has no head")
    assert not any("Zhang" in problem for problem in found)


def test_a_quote_that_is_never_closed_is_noticed(tmp_path):
    path = csv_folder(tmp_path)
    (path / "members.csv").write_text('id,name,departments\nu1,"Ann,hq\nu2,Bob,hq\n')
    (problem,) = refused(path)
    assert problem.startswith("members.csv line ")


def test_a_row_shorter_than_the_headings_leaves_the_rest_unknown(tmp_path):
    path = csv_folder(tmp_path)
    (path / "members.csv").write_text("id,name,departments,email\nu1,Ann,hq\n\n")
    assert read_roster(path).roster.members[0].email is UNSET


def test_numbers_that_excel_shortened_in_a_csv_are_noticed(tmp_path):
    lines = [[*PEOPLE, "手机", "工号"], ["1E5", "U", "", "1.38001E+10", "1.2E+11"]]
    found = refused(csv_folder(tmp_path, members=lines))
    assert [problem.partition(":")[0] for problem in found] == [
        "members.csv row 2, mobile",
        "members.csv row 2, job_number",
    ]


@pytest.mark.parametrize("empty", ["", "\n"])
def test_an_empty_csv_file_is_no_organization_without_people(tmp_path, empty):
    path = csv_folder(tmp_path)
    (path / "members.csv").write_text(empty)
    assert refused(path)[0].startswith("members.csv: ")


def test_headings_alone_are_an_organization_without_people(tmp_path):
    assert members_of_csv(tmp_path, PEOPLE) == ()


def test_bytes_in_no_encoding_are_noticed(tmp_path):
    path = csv_folder(tmp_path)
    (path / "members.csv").write_bytes(b"id,name,departments\nu,\xff\xff,hq\n")
    assert refused(path)[0].startswith("members.csv: the file is neither in UTF-8 nor in GB 18030")


@pytest.mark.parametrize("name", ["acme.csv", "acme.members.csv", "acme.departments.csv"])
def test_files_beside_each_other_share_a_first_name(tmp_path, name):
    csv_folder(tmp_path, roles=[["id", "name"], ["r", "R"]])
    for kind in ("departments", "members", "roles"):
        (tmp_path / f"{kind}.csv").rename(tmp_path / f"acme.{kind}.csv")
    reading = read_roster(tmp_path / name)
    assert (len(reading.roster.members), len(reading.roster.roles)) == (2, 1)


def test_one_of_the_files_stands_for_the_folder(tmp_path):
    csv_folder(tmp_path)
    assert read_roster(tmp_path / "members.csv").roster == read_roster(tmp_path).roster


def test_the_roles_may_be_absent_and_the_members_may_not(tmp_path):
    csv_folder(tmp_path)
    assert not read_roster(tmp_path).roles
    (tmp_path / "members.csv").unlink()
    with pytest.raises(InputError, match=r"There is no file .*members\.csv"):
        read_roster(tmp_path)


def test_problems_of_all_files_are_told_together(tmp_path):
    csv_folder(tmp_path, [["id", "name"], ["a", "A"]], [["id", "name"], ["u", "U"]])
    assert len(refused(tmp_path)) == 2


def test_numbers_in_cells_are_taken_without_damage(tmp_path):
    heading = ["id", "name", "departments", "mobile", "job_number", "title", "level", "ratio"]
    line = [1001, "U", "hq", 1.3800138e10, "007", 7.5, 3, 0.5]
    (ann,) = members_of_xlsx(tmp_path, heading, line)
    assert (ann.id, ann.mobile, ann.job_number, ann.title) == ("1001", "13800138000", "007", "7.5")
    assert ann.details == {"level": 3, "ratio": 0.5}


def test_a_number_shown_with_leading_zeros_is_what_is_shown(tmp_path):
    book = Workbook()
    for title, lines in (
        ("departments", DEPARTMENTS),
        ("members", [[*PEOPLE, "工号"], ["u", "U"]]),
    ):
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    cell = book["members"]["D2"]
    cell.value, cell.number_format = 7, "000"
    book.save(tmp_path / "roster.xlsx")
    assert read_roster(tmp_path / "roster.xlsx").roster.members[0].job_number == "007"


@pytest.mark.parametrize("number", [110101199003071234, 1.3800138e20])
def test_a_number_with_more_digits_than_excel_keeps_is_noticed(tmp_path, number):
    path = workbook(
        tmp_path, departments=DEPARTMENTS, members=[[*PEOPLE, "job number"], ["u", "U", "", number]]
    )
    (problem,) = refused(path)
    assert problem.startswith("sheet members row 2, job_number: Excel keeps only 15 digits")


def test_dates_in_details_are_texts_that_json_has_too(tmp_path):
    heading = [*PEOPLE, "hired", "seen", "at", "took"]
    moments = [date(2020, 2, 29), datetime(2026, 1, 2, 3, 4, 5), time(9, 30), timedelta(hours=2)]
    (ann,) = members_of_xlsx(tmp_path, heading, ["u", "U", "", *moments])
    assert ann.details["hired"] == "2020-02-29"
    assert ann.details["seen"] == "2026-01-02T03:04:05"
    assert ann.details["at"] == "09:30:00"


def test_true_and_false_in_cells(tmp_path):
    lines = [[*PEOPLE, "active", "remote"], ["u", "U", "", True, False], ["v", "V", "", 0, None]]
    ann, bob = members_of_xlsx(tmp_path, *lines)
    assert (ann.active, ann.details) == (True, {"remote": False})
    assert bob.active is False


def test_empty_cells_at_the_end_of_a_row_are_empty_and_not_unknown(tmp_path):
    lines = [[*PEOPLE, "email", "title"], ["u", "U", "hq"], [], [None, None]]
    (ann,) = members_of_xlsx(tmp_path, *lines)
    assert (ann.email, ann.title) == (None, None)


def test_an_error_of_excel_is_no_value(tmp_path):
    lines = [[*PEOPLE, "email"], ["u", "U", "", "#N/A"]]
    path = workbook(tmp_path, departments=DEPARTMENTS, members=lines)
    assert refused(path) == [
        "sheet members row 2, email: the cell shows an error of Excel. Mend its formula."
    ]


def test_a_formula_that_was_never_calculated_empties_nothing(tmp_path):
    lines = [[*PEOPLE, "email"], ["u", "U", "", '=A2&"@acme.cn"']]
    path = workbook(tmp_path, departments=DEPARTMENTS, members=lines)
    assert refused(path) == [
        "sheet members row 2: a formula in it was never calculated. "
        "Open the file in Excel and save it."
    ]


def test_chinese_sheets_and_others_beside_them(tmp_path):
    path = workbook(
        tmp_path, 说明=[["hello"]], 部门=DEPARTMENTS, 成员=MEMBERS, 角色=[["id", "name"]]
    )
    reading = read_roster(path)
    assert len(reading.roster.members) == 2
    assert reading.roles


def test_missing_and_empty_sheets_are_told_together(tmp_path):
    found = refused(workbook(tmp_path, members=[]))
    assert [problem.partition(". ")[0] for problem in found] == [
        "there is no sheet departments",
        "sheet members: the sheet is empty",
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "it is not a workbook that can be read. "),
        (b"PK\x03\x04 nonsense", "it is not a workbook that can be read. "),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "it is an old .xls file, or protected with a password. "),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, data, problem):
    path = tmp_path / "roster.xlsx"
    path.write_bytes(data)
    assert refused(path)[0].startswith(problem)


def test_a_zip_file_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "roster.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert len(refused(path)) == 1
