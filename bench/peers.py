"""Peers of understanding, each in a process of its own, in environments that `make bench` keeps apart from ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "nlu" / "corpus"
PEERS = HERE.parent / ".venv-peers"
RASA = HERE.parent / ".venv-rasa"
SECONDS = 300
RASA_SECONDS = 3_600

PYTHON_PEERS = (
    "keyword list",
    "phonenumbers' matcher",
    "cpca",
    "usaddress",
    "char n-grams, scikit-learn",
    "JioNLP, with address",
    "Presidio, patterns",
    "Presidio, small model",
)


class Peer(msgspec.Struct, frozen=True):
    """Milliseconds of CPU a message, seconds of CPU until the first answer, megabytes; or why there are none."""

    name: str
    median: float = 0.0
    p99: float = 0.0
    ready: float = 0.0
    megabytes: float = 0.0
    absent: str | None = None


def measured(messages: Sequence[tuple[str, str]], *, rasa: bool) -> Iterator[Peer]:
    """Every peer on the same messages (text, language); Rasa only when asked for, since it takes long to learn."""
    lines = "".join(json.dumps({"text": text, "lang": language}) + "\n" for text, language in messages)
    installed = _environment(PEERS, sys.executable, ["-r", str(HERE / "peers.txt")])
    for name in PYTHON_PEERS:
        yield _run(PEERS, name, lines, SECONDS) if installed else Peer(name, absent="could not be installed")
    if rasa:
        python = _python310()
        ready = python is not None and _environment(RASA, python, ["rasa==3.6.21", "setuptools<81", "jieba"])
        yield (
            _run(RASA, "Rasa 3.6 DIET", lines, RASA_SECONDS)
            if ready
            else Peer("Rasa 3.6 DIET", absent="no Python 3.10")
        )


def _environment(folder: Path, python: str, wanted: list[str]) -> bool:
    """Make an environment once; False when it cannot be."""
    uv = shutil.which("uv") or str(HERE.parent / ".tools" / "bin" / "uv")
    if (folder / "ready").exists():
        return True
    made = subprocess.run([uv, "venv", "--quiet", "--clear", "--python", python, str(folder)])  # noqa: S603
    if made.returncode == 0:
        made = subprocess.run([uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *wanted])  # noqa: S603
    if made.returncode == 0:
        (folder / "ready").touch()
    return made.returncode == 0


def _python310() -> str | None:
    """A Python 3.10 that runs, also one that pyenv keeps."""
    kept = sorted(Path.home().glob(".pyenv/versions/3.10.*/bin/python"))
    for one in (shutil.which("python3.10"), *map(str, kept)):
        if one is not None and subprocess.run([one, "-c", ""], capture_output=True).returncode == 0:  # noqa: S603
            return one
    return None


def _run(folder: Path, name: str, lines: str, seconds: int) -> Peer:
    command = [str(folder / "bin" / "python"), str(HERE / "peer.py"), name, str(CORPUS)]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    try:
        done = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=seconds, env=quiet)  # noqa: S603
        figures = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return Peer(name, absent=f"not done after {seconds} s")
    except (ValueError, IndexError):
        return Peer(
            name, absent=f"failed ({done.stderr.strip().splitlines()[-1][:60] if done.stderr.strip() else '?'})"
        )
    return Peer(name, figures["median"], figures["p99"], figures["ready"], figures["mb"])
