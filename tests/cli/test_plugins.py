"""Systems of other distributions: what is wrong with one is a sentence that names it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orgledger import plugins
from tests.cli.conftest import Cli

MODULE = """\
import msgspec
from domain.errors import ConfigError
from orgledger.systems import SystemType

class Settings(msgspec.Struct, kw_only=True):
    color: str = "red"
    def __post_init__(self):
        if self.color == "none":
            raise ConfigError("these settings cannot be used", why="color is none")

def make(settings, name, folder):
    import a_module_that_is_not_there

SYSTEM = SystemType(Settings, source=make)
NONSENSE = "a text"
"""

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lays down a distribution whose module is ``<name>_module``, with these entry points."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def lay(distribution: str, module: str = MODULE, **points: str) -> None:
        (site / f"{distribution}_module.py").write_text(module, encoding="utf-8")
        noted = site / f"{distribution}-2.1.dist-info"
        noted.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.1\n"
        (noted / "METADATA").write_text(metadata, encoding="utf-8")
        listed = "".join(f"{name} = {value}\n" for name, value in points.items())
        text = f"[{plugins.GROUP}]\n{listed}"
        (noted / "entry_points.txt").write_text(text, encoding="utf-8")
        plugins.brought.cache_clear()

    plugins.brought.cache_clear()
    yield lay
    plugins.brought.cache_clear()
    for name in [name for name in sys.modules if name.endswith("_module")]:
        del sys.modules[name]


def configured(cli: Cli, kind: str, more: str = "") -> None:
    path = cli.folder / "orgledger.toml"
    text = path.read_text(encoding="utf-8")
    added = f'[systems.new]\ntype = "{kind}"\norg = "club"\nrole = "source"\n{more}'
    path.write_text(text + added, encoding="utf-8")


def refused(cli: Cli) -> str:
    """The one sentence about the new system."""
    said = cli("runs")
    assert (said.code, said.out) == (2, "")
    (line,) = [line for line in said.err.splitlines() if line.startswith("  - ")]
    assert "Traceback" not in said.err
    return line.removeprefix("  - [systems.new] ")


def test_one_that_cannot_be_imported_is_named(fresh: Cli, install: Install) -> None:
    """With its version, what is wrong, and what to do."""
    install("acme", "import a_module_that_is_not_there", lamp="acme_module:SYSTEM")
    configured(fresh, "lamp")
    assert refused(fresh) == (
        "type: the type 'lamp' of acme 2.1 cannot be used: acme_module:SYSTEM cannot be imported"
        " (ModuleNotFoundError: No module named 'a_module_that_is_not_there')."
        " Update or uninstall that distribution."
    )


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("acme_module:NONSENSE", "acme_module:NONSENSE is no SystemType"),
        ("acme_module:ABSENT", "acme_module:ABSENT cannot be imported (AttributeError: "),
    ],
)
def test_one_that_is_something_else_is_named(
    value: str, why: str, fresh: Cli, install: Install
) -> None:
    """An entry point that leads to no system."""
    install("acme", lamp=value)
    configured(fresh, "lamp")
    assert f"the type 'lamp' of acme 2.1 cannot be used: {why}" in refused(fresh)


def test_one_that_fails_when_it_is_made_is_named(fresh: Cli, install: Install) -> None:
    """What its functions raise unforeseen is a finding of check, and an error of sync."""
    install("acme", lamp="acme_module:SYSTEM")
    configured(fresh, "lamp")
    why = "the type 'lamp' of acme 2.1 cannot be used: it cannot be made (ModuleNotFoundError"
    said = fresh("check", "new")
    assert (said.code, why in said.out) == (1, True)
    said = fresh("sync", "new")
    assert said.code in (1, 2)
    assert "Traceback" not in said.err


def test_our_own_names_cannot_be_taken(fresh: Cli, install: Install) -> None:
    """A configuration that uses the name is refused: nobody can tell which one is meant."""
    install("acme", roster="acme_module:SYSTEM")
    said = fresh("runs")
    assert said.code == 2
    assert (
        "[systems.hr] type: the type 'roster' is orgledger's own: acme 2.1 brings another one of"
        " that name. Uninstall that distribution, or have its entry point renamed."
    ) in said.err


def test_two_of_one_name_are_refused(fresh: Cli, install: Install) -> None:
    """Both are named."""
    install("acme", lamp="acme_module:SYSTEM")
    install("globex", lamp="globex_module:SYSTEM")
    configured(fresh, "lamp")
    assert refused(fresh) == (
        "type: acme 2.1 and globex 2.1 both bring a type 'lamp'. Uninstall one of them."
    )


def test_a_broken_one_concerns_nobody_else(fresh: Cli, install: Install) -> None:
    """Systems of other types work, and its name is among those that a slip may have meant."""
    install("acme", "import a_module_that_is_not_there", lamp="acme_module:SYSTEM")
    assert fresh("sync").code == 0
    configured(fresh, "lampe")
    assert refused(fresh) == "type: there is no 'lampe'; did you mean 'lamp'?"


def test_its_settings_are_checked_as_ours_are(fresh: Cli, install: Install) -> None:
    """A ConfigError of its own, and unknown keys with the nearest known one."""
    install("acme", lamp="acme_module:SYSTEM")
    configured(fresh, "lamp", 'color = "none"\n')
    assert refused(fresh) == "color is none."


def test_looking_at_the_help_looks_for_no_plugin() -> None:
    """Start-up does not pay for what is installed."""
    code = (
        "import sys\nfrom orgledger.cli.app import run\nrun(['--help'])\n"
        "print('importlib.metadata' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr == "False\n"
