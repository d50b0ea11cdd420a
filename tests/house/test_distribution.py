"""The one distribution, its four packages, its changelog, and what `make` offers."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = {"bot", "dialogs", "nlu", "store"}


def top_level(distribution: Distribution) -> set[str]:
    """The packages and modules that a distribution puts beside ours."""
    files = {Path(file) for file in distribution.files or ()}
    return {file.parts[0].removesuffix(".py") for file in files if file.suffix in (".py", ".so", ".pyi")}


def test_nobody_else_brings_a_package_with_the_name_of_one_of_ours() -> None:
    others = {
        one.metadata["Name"]: claimed
        for one in distributions()
        if one.metadata["Name"] != "tellonce" and (claimed := top_level(one) & PACKAGES)
    }

    assert others == {}


def test_the_four_packages_are_what_the_wheel_holds() -> None:
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]

    assert set(wheel["targets"]["wheel"]["packages"]) == PACKAGES
    assert PROJECT["name"] == "tellonce"
    assert PROJECT["scripts"] == {"tellonce": "bot.cli:main"}


def test_nobody_uploads_it_by_mistake() -> None:
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_the_changelog_tells_of_this_version() -> None:
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]

    assert newest.startswith(PROJECT["version"])
    assert re.search(r"^- \w", newest, re.MULTILINE)


TARGETS = ("demo", "test", "test-long", "lint", "bench", "help")


@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_the_target(target: str) -> None:
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr


def test_make_help_lists_every_target_with_what_it_does() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout

    listed = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", told, re.MULTILINE))
    assert set(TARGETS) <= set(listed)
    assert subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, timeout=60).stdout == told
