"""Where the roster is."""

from __future__ import annotations

import msgspec

from domain.errors import ConfigError


class RosterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``path``: a .json, .xlsx or .csv file, or a folder with ``departments.csv`` and others.

    A relative path starts at the folder of the configuration file.
    """

    path: str

    def __post_init__(self) -> None:
        if not self.path.strip():
            raise ConfigError(
                "The path of the roster is empty",
                fix='Write where the file is, such as path = "roster.json".',
            )
