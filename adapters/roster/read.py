"""Read a roster from a path, whichever of the three forms it has."""

from __future__ import annotations

from pathlib import Path

from adapters.roster.problems import Problems
from adapters.roster.read_csv import csv_files, read_csv
from adapters.roster.read_json import read_json
from adapters.roster.read_xlsx import read_xlsx
from adapters.roster.rows import Reading
from adapters.roster.validate import validate
from domain.errors import InputError


def read_roster(path: Path) -> Reading:
    """The sound roster at ``path``.

    Raises InputError for a file that is missing, unreadable or not a sound roster;
    ``problems`` then lists everything that is wrong with it, row by row.
    """
    suffix = path.suffix.lower()
    problems = Problems(path.name)
    if suffix == ".csv" or path.is_dir():
        files = csv_files(path)
        data = {
            kind: _bytes(file) for kind, file in files.items() if kind != "roles" or file.exists()
        }
        names = {kind: file.name for kind, file in files.items()}
        return validate(read_csv(data, names, problems), problems)
    if suffix == ".json":
        return validate(read_json(_bytes(path), problems), problems)
    if suffix in (".xlsx", ".xlsm"):
        return validate(read_xlsx(_bytes(path), problems), problems)
    if not path.exists():
        _bytes(path)
    raise InputError(
        f"{path} is not a roster that can be read",
        fix="Give a .json or .xlsx file, or .csv files (docs/reference/roster.md).",
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"There is no file {path}",
            fix="Correct the path; a relative one starts at the folder of the configuration file.",
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(
            f"{path} cannot be read ({reason})",
            fix="Let the user that runs orgledger read it, and close it in other programs.",
        ) from None
