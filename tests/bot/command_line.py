"""The command `tellonce`, called in this process where that is enough, and as a process where one matters."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
import structlog

from bot.cli import main
from bot.logs import Libraries

PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[2]


class Told(msgspec.Struct, frozen=True):
    """What a command left behind."""

    code: int
    out: str
    err: str

    def complains(self) -> str:
        """The sentence it ended with: one line of its own, no trace, no accident."""
        assert self.code in (1, 2), self
        assert "Traceback" not in self.out + self.err, self
        assert "should not have happened" not in self.err, self
        (line,) = [line for line in self.err.splitlines() if line.startswith("tellonce: ")]
        return line.removeprefix("tellonce: ")


def settings(folder: Path) -> dict[str, str]:
    """An environment in which everything is kept in this folder."""
    return {
        "TELLONCE__STORE__URL": f"sqlite:///{folder}/t.db",
        "TELLONCE__KEYS__MASTER_FILE": str(folder / "master.key"),
    }


class Commands:
    """Runs commands in this process, through the very `main` that the program runs."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capture = folder, patch, capture

    def __call__(self, *arguments: str) -> Told:
        """Run one command."""
        self._patch.setattr(sys, "argv", ["tellonce", *arguments])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = self._capture.readouterr()
        return Told(int(ended.value.code or 0), told.out, told.err)

    def good(self, *arguments: str) -> str:
        """Run one command that succeeds; returns what it printed."""
        told = self(*arguments)
        assert told.code == 0, told
        return told.out


@contextmanager
def commands(folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> Iterator[Commands]:
    """Commands on an empty folder. Logs and hooks are put back afterwards."""
    hooks, level = (sys.excepthook, threading.excepthook), logging.getLogger().level
    for name in [name for name in os.environ if name.startswith("TELLONCE")]:
        patch.delenv(name)
    for name, value in settings(folder).items():
        patch.setenv(name, value)
    patch.chdir(folder)
    try:
        yield Commands(folder, patch, capture)
    finally:
        root = logging.getLogger()
        for handler in [one for one in root.handlers if isinstance(one, Libraries)]:
            root.removeHandler(handler)
        root.setLevel(level)
        structlog.reset_defaults()
        sys.excepthook, threading.excepthook = hooks


def start(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start the command as a process with pipes, in a session of its own, so that a Ctrl-C reaches it alone."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TELLONCE")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**environment, **settings(folder), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", **more},
        cwd=folder,
        start_new_session=True,
    )


def run(folder: Path, *arguments: str, given: str = "", **more: str) -> Told:
    """Run the command as a process to its end."""
    with start(folder, *arguments, **more) as process:
        try:
            out, err = process.communicate(given, timeout=PATIENCE)
        finally:
            process.kill()
    return Told(process.returncode, out, err)


def customers_file(folder: Path, lines: Sequence[str]) -> str:
    """A file of customers in this folder."""
    file = folder / "customers.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)
