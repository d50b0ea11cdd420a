"""`tellonce …` as processes that are born warm: a mother has imported the program once, and each is a fork of her.

An interpreter that starts anew spends more than a second on imports, and the suite starts a hundred. A process born
here has its own pid, session, pipes, environment and signals as any other, and ends as any other; in the gate, and
where there is no such thing as a subreaper (only Linux has it), each is started anew.
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import json
import os
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PR_SET_CHILD_SUBREAPER = 36
AT_ITS_START = {"PYTHONIOENCODING", "PYTHONUTF8"}  # what only a new interpreter heeds
LARGEST = 2**17  # bytes of one order: words and environment


def tellonce(words: Sequence[str], **how: Any) -> subprocess.Popen[Any]:
    """Start `python -m bot …`; `how` is what Popen takes."""
    anew = os.environ.get("CI") or sys.platform != "linux" or AT_ITS_START & set(how.get("env") or os.environ)
    return (subprocess.Popen if anew else Born)([sys.executable, "-m", "bot", *words], **how)


class Mother:
    """The process that bears the others, for as long as this one lives."""

    def __init__(self) -> None:
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "no subreaper")  # else whom she bears would be nobody's we can wait for
        self._turn = threading.Lock()
        self._line, hers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with hers:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(hers.fileno())],
                cwd=ROOT,
                env={key: value for key, value in os.environ.items() if not key.startswith(("TELLONCE", "PYTHON"))},
                stdin=subprocess.PIPE,  # pipes, since she learns of a file that one can seek in it
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[hers.fileno()],
                start_new_session=True,
            )
        atexit.register(self.close)

    def bear(self, order: Mapping[str, Any], streams: Sequence[int]) -> int:
        """A new process with these streams; returns its pid. By then it is a child of ours."""
        with self._turn:
            socket.send_fds(self._line, [json.dumps(order).encode()], streams)
            if not (pid := self._line.recv(LARGEST)):
                raise RuntimeError(f"the mother of processes ended: {self._process.communicate()[0]!r}")
        return int(pid)

    def close(self) -> None:
        """She ends when nobody is at the line."""
        self._line.close()
        self._process.communicate()


mother = cache(Mother)


class Born(subprocess.Popen[Any]):
    """A process as Popen shows it; only its start is another."""

    def _execute_child(  # type: ignore[no-untyped-def]  # the one place where Popen starts what it then looks after
        self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, restore_signals, gid, gids, uid, umask,
        start_new_session, *rest,
    ) -> None:  # fmt: skip
        order = {
            "words": args[3:],
            "cwd": str(cwd or Path.cwd()),
            "environment": dict(os.environ if env is None else env),
            "session": start_new_session,
        }
        streams = [own if given == -1 else given for own, given in enumerate((p2cread, c2pwrite, errwrite))]
        try:
            self.pid = mother().bear(order, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]


def be_mother(line: socket.socket) -> dict[str, Any] | None:
    """Bear processes until nobody is at the line: then None. In a process that was born: what it is ordered to be."""
    while True:
        order, streams, _, _ = socket.recv_fds(line, LARGEST, 3)
        if not order:
            return None
        told, tell = os.pipe()
        between = os.fork()  # it ends at once, and whom it bore falls to the subreaper
        if between == 0:
            if (born := os.fork()) != 0:
                os.write(tell, str(born).encode())
                os._exit(0)
            for number, stream in enumerate(streams):
                os.dup2(stream, number)
            for own in (*streams, told, tell, line.detach()):
                os.close(own)
            return dict(json.loads(order))
        os.waitpid(between, 0)
        line.send(os.read(told, 20))
        for own in (*streams, told, tell):
            os.close(own)


def become(order: Mapping[str, Any]) -> None:
    """Take on what Popen gives a process that is started anew."""
    if order["session"]:
        os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if os.environ.get("PYTHONWARNINGS") == "default":
        warnings.simplefilter("default")
    if os.environ.get("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a TextIOWrapper
    sys.argv = ["tellonce", *order["words"]]


def warm() -> None:
    """Import and read what commands do."""
    import uvicorn  # noqa: F401

    from bot import app, server, serving  # noqa: F401
    from bot.catalogues import load_catalogues
    from bot.model_file import shipped_weights

    load_catalogues()
    shipped_weights()
    assert threading.active_count() == 1, "a fork would lose the others"
    gc.freeze()


if __name__ == "__main__":
    from bot.cli import main

    warm()
    if (ordered := be_mother(socket.socket(fileno=int(sys.argv[1])))) is not None:
        become(ordered)
        main()
