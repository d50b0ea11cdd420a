"""What is in the repository: nothing of the machine it was written on, and lock files that name public places only."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"uv.lock", "bot/static/package-lock.json"}
PUBLIC = {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}
MACHINE = re.compile(
    r"(?<![\w.}~-])/(?:work|root|Users|home/[a-z])\w*/"  # somebody's folders
    r"|\b(?:PIP_INDEX_URL|UV_DEFAULT_INDEX|UV_INDEX_URL|npm_config_registry)\b"  # where a machine gets its packages
    r"|\b(?:extra-)?index-url\b|^\s*registry\s*=",
    re.MULTILINE | re.IGNORECASE,
)


def tracked() -> list[str]:
    """Every file that git knows, as far as it is there."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = []
    for name in tracked():
        raw = (ROOT / name).read_bytes()
        if b"\0" not in raw and name not in LOCKS and name != "tests/house/test_files.py":
            found += [f"{name}: {match[0].strip()}" for match in MACHINE.finditer(raw.decode())]

    assert found == []


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_a_lock_file_names_public_places_only(name: str) -> None:
    hosts = set(re.findall(r"https?://(?:[^/@\s\"]*@)?([^/:\s\"]+)", (ROOT / name).read_text(encoding="utf-8")))

    assert hosts <= PUBLIC


def test_what_is_made_or_fetched_is_not_tracked() -> None:
    names = tracked()

    assert not [name for name in names if name.startswith(("bot/static/vendor/", "demo/", "run/", ".venv/", "dist/"))]
    assert not [name for name in names if name.endswith((".db", ".key", ".pyc", ".log"))]
