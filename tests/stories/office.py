"""A company that runs TellOnce: installed by the documented commands, served by a real process."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyotp

from tests.stories.receivers import SECRET, Gateway, System, listening, until

ROOT = Path(__file__).parents[2]
CUSTOMERS = """\
customer,name,phone,email,address,tier,locale
CUST202601010001,Ana Brook,+1 202 555 0147,ana@example.com,"47 Maple Avenue, Springfield, IL 62701",standard,en
CUST202601010002,Ben Field,+1 202 555 0182,ben@example.com,"9 Hill Road, Denver, CO 80202",vip,en
CUST202601010003,王小明,13800001111,wang@example.com,上海市徐汇区漕溪北路398号2号楼1201室,vip,zh
CUST202601010004,李秀英,13900002222,li@example.com,北京市朝阳区建国路88号5号楼2单元603室,standard,zh
"""
TYPED = (
    "Oak Street",
    "IL 62704",
    "Springfield",
    "13912345678",
    "Benjamin",
    "Rivers",
    "世纪大道",
    "城南小区",
    "Maple",
    "Brook",
    "ana@ex",
    "王小明",
)
STAFF = {
    "rita": ("reviewer", "requests,decide"),
    "sam": ("supervisor", "requests,decide"),
    "alex": ("agent", "conversations"),
}
STARTS, STOPS, COMMAND = 120, 30, 120  # seconds, on a busy machine


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The process's environment: only documented keys, nothing of the caller's own."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("TELLONCE", "PYTHON"))}
    return {
        **mine,
        "TELLONCE__STORE__URL": f"sqlite:///{folder}/tellonce.db",
        "TELLONCE__KEYS__MASTER_FILE": str(folder / "master.key"),
        **more,
    }


def command(folder: Path, *words: str) -> str:
    """Run `tellonce …` to its end; returns what it printed."""
    call = [sys.executable, "-m", "bot", *words]
    done = subprocess.run(
        call, cwd=ROOT, env=environment(folder), capture_output=True, text=True, timeout=COMMAND, check=False
    )
    assert done.returncode == 0, f"tellonce {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


@dataclass(frozen=True)
class Customer:
    """A customer who tells a story: the number on their letters, and where their codes arrive."""

    no: str
    phone: str
    email: str


ANA = Customer("CUST202601010001", "+12025550147", "ana@example.com")
BEN = Customer("CUST202601010002", "+12025550182", "ben@example.com")
WANG = Customer("CUST202601010003", "+8613800001111", "wang@example.com")
LI = Customer("CUST202601010004", "+8613900002222", "li@example.com")


@dataclass(frozen=True)
class Installed:
    """A folder with a database and a key; who may call the API by which token."""

    folder: Path
    tokens: Mapping[str, str]

    def copy(self, folder: Path) -> Installed:
        """The same company once more, to be served on its own."""
        shutil.copytree(self.folder, folder)
        return Installed(folder, self.tokens)


def install(folder: Path) -> Installed:
    """As the README says: key, database, customers, staff, tokens."""
    folder.mkdir()
    command(folder, "keys", "create")
    command(folder, "db", "upgrade")
    people = folder / "customers.csv"
    people.write_text(CUSTOMERS, "utf-8")
    took = json.loads(command(folder, "customers", "import", str(people), "--json"))
    assert (took["imported"], took["rejected"]) == (4, [])
    people.unlink()
    tokens = {"site": _token(folder, "site", "messages,links")}
    for name, (role, scopes) in STAFF.items():
        added = json.loads(command(folder, "staff", "add", name, "--role", role, "--json"))
        assert (added["name"], added["role"]) == (name, role)
        tokens[name] = _token(folder, name, scopes, added["totp_uri"])
    return Installed(folder, tokens)


def _token(folder: Path, name: str, scopes: str, totp_uri: str = "") -> str:
    """A token; one that may decide is activated with its person's TOTP, each in their own way."""
    words = ["staff", "token", name, "--scope", scopes, "--json"]
    if "decide" in scopes:
        words += ["--totp", pyotp.parse_uri(totp_uri).now()]
    made = json.loads(command(folder, *words))
    assert made.get("active", True)
    return str(made["token"])


@dataclass
class Office:
    """The running company: its address, what stands around it, and its staff."""

    url: str
    installed: Installed
    gateway: Gateway = field(default_factory=Gateway)
    system: System = field(default_factory=System)

    def call(self, who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One call of the API by somebody's token; anything but success is a failure."""
        headers = {"Authorization": f"Bearer {self.installed.tokens[who]}"}
        answer = httpx.request(method, f"{self.url}/api/v1{path}", json=body, headers=headers, timeout=20)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def request(self, number: str) -> dict[str, Any]:
        """A change request as the reviewer sees it."""
        found: dict[str, Any] = self.call("rita", "GET", f"/change-requests/{number}")
        return found

    def approve(self, who: str, number: str) -> str:
        """Approve the very change that was looked at; returns the state."""
        body = {"decision": "approve", "digest": self.request(number)["digest"]}
        return str(self.call(who, "POST", f"/change-requests/{number}/decisions", body)["state"])

    def until_state(self, number: str, state: str) -> None:
        """Wait until the request has come so far."""
        until(lambda: self.request(number)["state"] == state, f"{number} to be {state}")

    def flagged(self, customer: str) -> str:
        """The conversation of this customer that waits for a person."""

        def look() -> str | None:
            waiting = self.call("alex", "GET", "/conversations?flagged=true")["items"]
            return next((line["id"] for line in waiting if line["customer"] == customer), None)

        return until(look, f"a flag on the chat of {customer}")

    def take_over(self, conversation: str) -> None:
        """Alex speaks from now on."""
        assert self.call("alex", "POST", f"/conversations/{conversation}/takeover")["owner"] == "alex"

    def writes(self, conversation: str, text: str) -> None:
        """Alex writes to the customer."""
        self.call("alex", "POST", f"/conversations/{conversation}/messages", {"text": text})

    def hand_back(self, conversation: str) -> str:
        """The bot goes on; returns the stage."""
        back = self.call("alex", "POST", f"/conversations/{conversation}/handback")
        assert back["owner"] is None
        return str(back["stage"])


@contextmanager
def office(installed: Installed, port: int | None = None, **more: str) -> Iterator[Office]:
    """`tellonce serve` on this folder, with the servers it talks to, stopped afterwards as a service manager would."""
    port = free_port() if port is None else port
    running = Office(f"http://127.0.0.1:{port}", installed)
    notify = json.dumps([f"json://127.0.0.1:{running.gateway.port}/"])
    target = {
        "name": "CRM",
        "url": f"http://127.0.0.1:{running.system.port}/events",
        "secret": SECRET,
        "fields": ["address", "phone", "email", "name"],
    }
    env = environment(
        installed.folder,
        TELLONCE__WEB__PORT=str(port),
        TELLONCE__WEB__PUBLIC_URL=running.url,
        TELLONCE__NOTIFY__PHONE=notify,
        TELLONCE__NOTIFY__EMAIL=notify,
        TELLONCE__TARGETS=json.dumps([target]),
        **{"TELLONCE__RISKS__YOUNG_LINK__ADD_PROOF": "false"} | more,  # a story has no day to let a link grow old
    )
    with ExitStack() as stack:
        stack.enter_context(listening(running.gateway))
        stack.enter_context(listening(running.system))
        stack.enter_context(process(["serve"], env, running.url, installed.folder / "serve.log"))
        yield running
    nothing_in_the_clear(installed.folder)


def nothing_in_the_clear(folder: Path) -> None:
    """What people typed in the stories, or had on record, stands in no file: database, log, lock or key."""
    for file in folder.iterdir():
        content = file.read_bytes()
        assert not [typed for typed in TYPED if typed.encode() in content], file.name


@contextmanager
def process(words: list[str], env: Mapping[str, str], url: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`tellonce …` until the `with` ends; ready when it enters. It must stop by itself when told to."""
    with log.open("wb") as out:
        running = subprocess.Popen([sys.executable, "-m", "bot", *words], cwd=ROOT, env=env, stdout=out, stderr=out)
    try:
        until(lambda: running.poll() is not None or is_ready(url), f"tellonce {words[0]} to be ready", STARTS)
        assert running.poll() is None, f"tellonce {words[0]} ended:\n{log.read_text('utf-8')}"
        yield running
        running.send_signal(signal.SIGTERM)
        assert running.wait(STOPS) in (0, -signal.SIGTERM, -signal.SIGKILL)  # only a test kills
    except BaseException as error:
        error.add_note(f"its log ends:\n{log.read_text('utf-8')[-3000:]}")
        raise
    finally:
        running.kill()
        running.wait(STOPS)


def is_ready(url: str) -> bool:
    """Whether the process answers and its database does."""
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
