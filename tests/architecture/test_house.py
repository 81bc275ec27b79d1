"""The house: who imports whom, who owns which name, and rooms that can be read in one sitting."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, files, imported, name_of, tree_of

LONGEST = 400


def test_the_import_contracts_are_kept():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_the_name(package):
    assert set(packages_distributions().get(package, [])) <= {"orgledger"}
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin == str(ROOT / package / "__init__.py")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_with_code_is_a_package(package):
    folders = {path.parent for path in files(package)}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_file_is_longer_than_one_sitting():
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(*PACKAGES)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_room_is_called_utils():
    junk = {"utils", "common", "helpers", "misc", "manager", "base"}
    assert [name_of(path) for path in files(*PACKAGES) if path.stem in junk] == []


def test_the_domain_stands_on_the_standard_library_and_two_pure_ones():
    """msgspec is how values are made, jmespath how the user's mappings are written."""
    outside = {
        module.split(".")[0]
        for path in files("domain")
        for module in imported(tree_of(path))
        if module.split(".")[0] not in sys.stdlib_module_names
    }
    assert outside == {"domain", "msgspec", "jmespath"}


def test_the_engine_names_no_adapter():
    adapters = {path.name for path in (ROOT / "adapters").iterdir() if path.is_dir()}
    outside_systems = adapters - {"nats", "http", "simulation", "__pycache__"}
    engine = ROOT / "orgledger" / "engine"
    named = {
        name_of(path): module
        for path in engine.rglob("*.py")
        for module in imported(tree_of(path))
        if module.startswith("adapters.") and module.split(".")[1] in outside_systems
    }
    assert named == {}
