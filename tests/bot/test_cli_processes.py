"""The command as a process: pipes, Ctrl-C, the terminal chat, one worker at a time, a server that starts and stops."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import httpx
import pytest

from bot.serving import CannotStartError, listening
from tests.bot.command_line import PATIENCE, ROOT, Told, customers_file, run, settings, start

LINE = '{"id": %d, "text": "I moved to 12 Oak Street"}\n'


class Talk:
    """A process that is written to and read from line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.heard, self._lines = process, "", Queue[str]()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, pattern: str) -> re.Match[str]:
        """Read on until this is heard, forgetting what was heard before."""
        end = time.monotonic() + PATIENCE
        while (found := re.search(pattern, self.heard)) is None:
            try:
                self.heard += self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except Empty:
                pytest.fail(f"waited for {pattern!r}, heard {self.heard!r}")
        self.heard = self.heard[found.end() :]
        return found

    def ended(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> Told:
    """Send a signal and wait for the end."""
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return Told(process.returncode, out, err)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def closed(process: subprocess.Popen[str]) -> None:
    process.kill()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()


@pytest.fixture(scope="module")
def first_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and two customers."""
    folder = tmp_path_factory.mktemp("home")
    assert run(folder, "db", "upgrade").code == 0
    file = customers_file(
        folder,
        [
            "customer,name,phone,address,locale",
            'C1,Ada,+12025550147,"4 Elm Street, Springfield, IL 62701",en',
            "C2,王小明,13800001111,上海市徐汇区漕溪北路398号2号楼1201室,zh",
        ],
    )
    assert run(folder, "customers", "import", file).code == 0
    return folder


@pytest.fixture
def home(first_home: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for name in ("t.db", "master.key"):
        shutil.copy(first_home / name, tmp_path)
    return tmp_path


# --- parse ------------------------------------------------------------------------------------------------------------


def test_parse_answers_each_line_while_more_may_come(tmp_path: Path) -> None:
    process = start(tmp_path, "parse")
    try:
        talk = Talk(process)
        for number in range(3):
            talk.write(LINE.strip() % number)
            assert json.loads(talk.until(r".*\n")[0])["id"] == number
        assert talk.ended() == 0
    finally:
        closed(process)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\xff\xfe{}\n", "parse: line 2: not UTF-8 (byte 1)"),
        (b"[" * 100_000 + b"\n", "parse: line 2: not JSON"),
        (b'{"text": "x", "now": "when"}\n', 'parse: line 2: "now" must be an ISO 8601 time'),
    ],
)
def test_parse_stops_at_a_malformed_line_and_keeps_what_came_before(tmp_path: Path, line: bytes, says: str) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_bytes((LINE % 1).encode() + line + (LINE % 3).encode())

    told = run(tmp_path, "parse", str(file))

    assert told.complains().startswith(says)
    assert told.code == 2
    assert [json.loads(answer)["id"] for answer in told.out.splitlines()] == [1]


def test_parse_survives_half_a_character(tmp_path: Path) -> None:
    told = run(tmp_path, "parse", given='{"id": 1, "text": "I moved \\ud83d"}\n\ufeff\n')

    assert "Traceback" not in told.err
    assert json.loads(told.out.splitlines()[0])["starts"] == ["address"]


def test_a_reader_that_has_read_enough_is_no_accident(tmp_path: Path) -> None:
    with start(tmp_path, "parse") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(LINE % 1)
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(LINE % 2)
        process.stdin.close()

        assert process.wait(PATIENCE) == 1
        assert process.stderr.read() == ""


def test_ctrl_c_leaves_no_trace(tmp_path: Path) -> None:
    with start(tmp_path, "parse") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(LINE % 1)
        process.stdin.flush()
        process.stdout.readline()

        told = stopped(process, signal.SIGINT)

    assert (told.code, told.err) == (130, "")


# --- chat -------------------------------------------------------------------------------------------------------------


def test_a_chat_through_a_pipe(home: Path) -> None:
    told = run(
        home, "chat", "--customer", "C1", given="Hi, I moved to 12 Oak Street last week\n\x00\n[9]\n" + "x" * 5000
    )

    assert told.code == 0
    assert all('"no url for phone"' in line for line in told.err.splitlines())  # the customer is told of the link
    assert "found your record" in told.out
    assert "postcode" in told.out or "city" in told.out
    assert "longer than 4096 characters and was not sent" in told.out
    assert "> " not in told.out


def test_a_chat_in_chinese_as_a_chinese_customer(home: Path) -> None:
    told = run(home, "chat", "--customer", "C2", given="我搬家了\n")

    assert told.code == 0
    assert "地址" in told.out


def test_a_chat_as_nobody_is_refused(home: Path) -> None:
    assert run(home, "chat", "--customer", "C9").complains() == "there is no customer C9"


def test_only_one_process_works_on_a_store(home: Path) -> None:
    process = start(home, "chat")
    try:
        talk = Talk(process)
        talk.write("hello")
        talk.until("assistant")

        chat, serve = run(home, "chat"), run(home, "serve", TELLONCE__WEB__PORT=str(free_port()))

        assert "another process works on" in chat.complains()
        assert "another process already works on" in serve.complains()
        assert run(home, "customers", "list").code == 0  # looking is always possible
        assert talk.ended() == 0
        assert run(home, "chat", given="hello\n").code == 0  # and now the next may work
    finally:
        closed(process)


def test_the_whole_road_in_the_terminal_with_the_demo_phone(tmp_path: Path) -> None:
    """From the first message to the filed request; the buttons are tapped by their numbers."""
    process = start(tmp_path, "chat", "--demo", str(tmp_path / "demo"), "--customer", demo_customer(tmp_path))
    try:
        talk = Talk(process)
        talk.until("found your record")
        talk.write("Hi, I moved to 12 Oak Street, Springfield, IL 62704")
        talk.until(r"\[1\] ")
        talk.write("[1]")
        code = talk.until(r"\(\+\d+: [^\n]*?(\d{6}) is your code")[1]
        talk.write(code)
        talk.until(r"CR-\d{4}-\d{6}")
        assert talk.ended() == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    finally:
        closed(process)


def demo_customer(folder: Path) -> str:
    """The number of the first invented customer."""
    assert run(folder, "chat", "--demo", str(folder / "demo")).code == 0
    store = {
        "TELLONCE__STORE__URL": f"sqlite:///{folder}/t.db",  # given already, so the demo keeps to it
    }
    told = run(folder, "customers", "list", "--limit", "1", **store)
    return told.out.split()[0]


def test_ctrl_c_at_the_prompt_ends_at_once(home: Path) -> None:
    """In a real terminal, while the program waits for a line."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - becomes the command
        os.chdir(home)
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # whoever runs the tests in the background had it ignored
        environment = {**os.environ, **settings(home), "PYTHONPATH": str(ROOT)}
        os.execve(sys.executable, [sys.executable, "-m", "bot", "chat", "--customer", "C1"], environment)  # noqa: S606 - no shell
    try:
        assert "> " in heard(terminal, "> ")
        os.write(terminal, b"\x03")
        rest = heard(terminal, None)
        _, status = os.waitpid(child, 0)
    finally:
        os.close(terminal)

    assert os.waitstatus_to_exitcode(status) == 0
    assert "Traceback" not in rest


def heard(terminal: int, what: str | None) -> str:
    """What the terminal shows until this is there; None: until the program ends."""
    text, end = "", time.monotonic() + PATIENCE
    while time.monotonic() < end and (what is None or what not in text):
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                text += os.read(terminal, 4096).decode(errors="replace")
            except OSError:  # how Linux says that nobody is at the other end
                break
    return text


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def served(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server and its address."""
    port = free_port()
    process = start(home, "serve", TELLONCE__WEB__PORT=str(port))
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and process.poll() is None:
            try:
                if httpx.get(f"{url}/healthz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield process, url
    finally:
        closed(process)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_answers_and_stops_in_good_order(
    home: Path, served: tuple[subprocess.Popen[str], str], number: signal.Signals
) -> None:
    process, url = served
    token = json.loads(run(home, "staff", "token", "site", "--scope", "messages", "--json").out)["token"]

    answered = httpx.post(
        f"{url}/api/v1/messages",
        json={"channel": "api", "chat": "c1", "id": "m1", "text": "Hi, I moved to 12 Oak Street last week"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    ready = httpx.get(f"{url}/readyz", timeout=30)
    metrics = httpx.get(f"{url}/metrics", timeout=30)
    told = stopped(process, number)

    assert answered.status_code == 200
    assert answered.json()["conversation"]["stage"] == "linking"
    assert (ready.json(), metrics.status_code) == ({"status": "ready"}, 200)
    assert (told.code, told.out) == (0, "")
    lines = [json.loads(line) for line in told.err.splitlines()]
    assert [line["event"] for line in lines if line["level"] == "info"] == ["serving"]
    assert "no code can be sent" in told.err
    assert {line["level"] for line in lines} <= {"info", "warning"}
    assert "Oak" not in told.err
    assert run(home, "chat", given="hello\n").code == 0  # it let go of the store


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        told = run(home, "serve", TELLONCE__WEB__PORT=port)

    assert told.complains() == f"cannot listen on 127.0.0.1 port {port}: Address already in use"
    telegram = {"TELLONCE__CHANNELS__TELEGRAM__ENABLED": "true", "TELLONCE__CHANNELS__TELEGRAM__TOKEN": "no token"}
    told = run(home, "serve", TELLONCE__WEB__PORT=str(free_port()), **telegram)
    assert told.complains() == "channels.telegram: the token is not one of a Telegram bot"


async def test_an_open_door_is_closed_again() -> None:
    with listening("127.0.0.1", 0) as door:
        port = door.getsockname()[1]
        assert door.proto == socket.IPPROTO_TCP  # or asyncio would leave Nagle's delay on
        server = await asyncio.start_server(lambda reader, writer: writer.close(), sock=door)
        with pytest.raises(CannotStartError, match="Address already in use"), listening("127.0.0.1", port):
            pass
        server.close()
        await server.wait_closed()


def test_the_demo_says_where_everything_is(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path, "demo", "--folder", "play", TELLONCE__WEB__PORT=str(port))
    try:
        talk = Talk(process)
        talk.until(rf"start here +http://127\.0\.0\.1:{port}/demo\n")
        link = talk.until(r"mei \(reviewer\) +(http\S+)")[1]
        talk.until("omar")

        second = run(tmp_path, "demo", "--folder", "play", TELLONCE__WEB__PORT=str(free_port()))
        page = httpx.get(f"http://127.0.0.1:{port}/demo", timeout=30)
        sign_in = httpx.get(link, timeout=30)

        assert second.complains() == "the demo in play is running already"
        assert page.status_code == 200
        assert sign_in.status_code in (200, 303)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    finally:
        closed(process)


def test_the_demo_refuses_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "play").write_text("a file")

    assert run(tmp_path, "demo", "--folder", "play").complains() == "cannot use play: File exists"


def test_a_password_may_come_through_a_pipe(home: Path) -> None:
    run(home, "staff", "add", "mei", "--role", "reviewer")

    short, good = (
        run(home, "staff", "password", "mei", given="short\n"),
        run(home, "staff", "password", "mei", given="four words make one\n"),
    )

    assert short.complains() == "a password has at least 12 characters"
    assert (good.code, good.out, good.err) == (0, "mei has a new password\n", "")
