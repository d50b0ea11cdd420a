"""A company's Rasa action server, started as its users start it, with TellOnce's action in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stories import told
from tests.stories.chats import Heard, id_of, joined
from tests.stories.office import ANA, BEN, Customer, Installed, Office, command, free_port, office
from tests.stories.receivers import until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stories")]

SECRET = "a-secret-that-only-rasa-and-we-share"
SIGN = "import sys, actions.tellonce_rasa as t; print(t.signed_sender(*sys.argv[1:]))"


@dataclass
class ActionServer:
    """`python -m rasa_sdk --actions actions` on a free port, and its folder."""

    folder: Path
    url: str
    env: dict[str, str]

    def signed(self, customer: str) -> str:
        """What the company's site gives a signed-in customer as sender."""
        call = [sys.executable, "-W", "ignore", "-c", SIGN, customer, SECRET]
        done = subprocess.run(
            call, cwd=self.folder, env=self.env, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def post(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        """Call the webhook as Rasa does."""
        headers = {"Authorization": f"Bearer {SECRET}"} if headers is None else headers
        return httpx.post(f"{self.url}/webhook", json=body, headers=headers, timeout=30)


def call_of(sender: str, text: str, id: str, slots: dict[str, Any] | None = None, **latest: Any) -> dict[str, Any]:
    """The documented payload of an action call."""
    message = {"intent": {"name": "inform", "confidence": 0.9}, "entities": [], "text": text, "message_id": id} | latest
    return {
        "version": "3.6.0",
        "next_action": "action_tellonce",
        "sender_id": sender,
        "tracker": {
            "sender_id": sender,
            "slots": slots or {},
            "latest_message": message,
            "latest_event_time": time.time(),
            "followup_action": None,
            "paused": False,
            "events": [
                {"event": "action", "name": "action_listen", "timestamp": time.time()},
                {"event": "user", "text": text, "message_id": id, "timestamp": time.time(), "parse_data": message},
            ],
            "latest_input_channel": "rest",
            "active_loop": {},
            "latest_action_name": "action_listen",
        },
        "domain": {
            "config": {"store_entities_as_slots": True},
            "intents": ["inform", {"tellonce": {"use_entities": True}}],
            "entities": ["tellonce_button"],
            "slots": {
                "tellonce_seq": {"type": "any", "influence_conversation": False, "mappings": [{"type": "custom"}]}
            },
            "responses": {},
            "actions": ["action_tellonce"],
        },
    }


@dataclass
class RasaChat:
    """A visitor, and Rasa between them and the action server: it keeps the slots, and sends a tap as its payload."""

    server: ActionServer
    sender: str
    slots: dict[str, Any] = field(default_factory=dict)
    _messages: int = 0
    _heard: list[Heard] = field(default_factory=list)
    _shown: list[Heard] = field(default_factory=list)

    def say(self, text: str) -> None:
        self._send(text)

    def tap(self, label: str) -> None:
        self._send(id_of(self._shown, label))

    def _send(self, text: str) -> None:
        self._messages += 1
        self._heard = []
        self._take(call_of(self.sender, text, f"r{self._messages}", self.slots))

    def _take(self, body: dict[str, Any]) -> None:
        answer = self.server.post(body)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        for event in found["events"]:
            assert event["event"] == "slot"
            self.slots[event["name"]] = event["value"]
        new = [(one["text"], tuple((b["payload"], b["title"]) for b in one["buttons"])) for one in found["responses"]]
        self._heard += new
        self._shown += new

    def hear(self, *signs: str) -> str:
        said = joined(self._heard, signs)
        assert said is not None, f"{signs} in {self._heard}"
        return said


@pytest.fixture(scope="module")
def company(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with office(installed.copy(tmp_path_factory.mktemp("served") / "company")) as running:
        yield running


@pytest.fixture(scope="module")
def server(company: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ActionServer]:
    folder = tmp_path_factory.mktemp("assistant")
    home = company.installed.folder
    words = ("staff", "token", "rasa", "--scope", "messages,links", "--channel", "rasa", "--json")
    token = str(json.loads(command(home, *words))["token"])
    (folder / "actions").mkdir()
    (folder / "actions" / "__init__.py").touch()
    (folder / "actions" / "tellonce_rasa.py").write_text(command(home, "embed", "rasa"), "utf-8")
    (folder / "secret").write_text(SECRET + "\n")
    env = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("TELLONCE", "PYTHON"))},
        "SANIC_HOST": "127.0.0.1",
        "TELLONCE_URL": company.url,
        "TELLONCE_TOKEN": token,
        "TELLONCE_RASA_SECRET": SECRET,
    }
    with serving(folder, env) as running:
        yield running


@contextmanager
def serving(folder: Path, env: dict[str, str]) -> Iterator[ActionServer]:
    port, log = free_port(), folder / "actions.log"
    call = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with log.open("wb") as out:
        running = subprocess.Popen(call, cwd=folder, env=env, stdout=out, stderr=out, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: running.poll() is not None or healthy(url), "the action server to be ready", 90)
        assert running.poll() is None
        yield ActionServer(folder, url, env)
        words = log.read_text("utf-8")
        assert not [typed for typed in ("Oak Street", "Springfield", SECRET) if typed in words]
    except BaseException as error:
        error.add_note(f"its log ends:\n{log.read_text('utf-8')[-3000:]}")
        raise
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait(20)


def healthy(url: str) -> bool:
    """Whether the server answers; its health needs no secret."""
    try:
        return httpx.get(f"{url}/health", timeout=2).json() == {"status": "ok"}
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer guessed"}, {"Authorization": SECRET}, {"Authorization": f"Basic {SECRET}"}],
)
def test_a_call_without_the_secret_is_refused(server: ActionServer, headers: dict[str, str]) -> None:
    answer = server.post(call_of("visitor", "I moved to 12 Oak Street", "x1"), headers)

    assert answer.status_code == 401
    assert "Oak" not in answer.text
    assert httpx.get(f"{server.url}/actions", headers=headers, timeout=10).status_code == 401


def test_a_signed_customer_files_a_change_end_to_end(company: Office, server: ActionServer) -> None:
    chat = RasaChat(server, server.signed(BEN.no))

    chat.say("Hi, I moved to 12 Oak Street, Springfield, IL 62704")
    chat.hear("12 Oak Street", "May I file this?")
    chat.tap("Yes, file it")
    chat.hear("6-digit code")
    chat.say(company.gateway.code(BEN.phone))
    number = told.number_in(chat.hear("Filed as CR-"))

    request = company.request(number)
    assert (request["customer"], request["field"], request["state"]) == (BEN.no, "address", "in_review")
    company.approve("rita", number)
    company.until_state(number, "synced")
    chat.say("Hello?")
    chat.hear("Done: your address", "Is this right?")
    assert chat.slots["tellonce_handled"] is False, "a greeting is the assistant's own, though a question is open"
    chat.tap("Yes, that's right")
    chat.hear("Thank you for checking", number)
    company.until_state(number, "confirmed")
    texts = [text for text, _ in chat._shown]
    assert len(set(texts)) == len(texts), "nothing is uttered twice"


def forged(server: ActionServer, customer: Customer) -> list[str]:
    """Senders that say whose they are without a signature of ours for it."""
    good = server.signed(customer.no)
    return [
        customer.no,
        f"customer:{customer.no}",
        f"customer:{customer.no}:",
        f"customer:{customer.no}:{'0' * 64}",
        good.replace(customer.no, BEN.no),
        good[:-1],
        good.upper(),
    ]


def test_a_sender_without_our_signature_is_nobodys_chat(company: Office, server: ActionServer) -> None:
    for sender in forged(server, ANA):
        chat = RasaChat(server, sender)
        chat.say("I moved to 12 Oak Street, Springfield, IL 62704")
        chat.hear("customer number")

        assert chat.slots["tellonce_stage"] == "linking"


def test_the_same_message_again_is_one_message(server: ActionServer) -> None:
    body = call_of("visitor-2", "I have a new phone number", "same")

    first, again = server.post(body), server.post(body)

    assert first.json() == again.json()
    assert first.json()["responses"]


def test_what_does_not_concern_us_is_left_to_the_assistant(server: ActionServer) -> None:
    answer = server.post(call_of("visitor-3", "Where is my parcel?", "p1"))

    slots = {event["name"]: event["value"] for event in answer.json()["events"]}
    assert answer.json()["responses"] == []
    assert slots == {"tellonce_handled": False, "tellonce_stage": None}


def test_without_its_settings_the_server_does_not_start(server: ActionServer) -> None:
    env = {key: value for key, value in server.env.items() if key != "TELLONCE_RASA_SECRET"}
    call = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(free_port())]

    done = subprocess.run(call, cwd=server.folder, env=env, capture_output=True, text=True, timeout=90, check=False)

    assert done.returncode == 1
    assert "tellonce: set TELLONCE_RASA_SECRET" in done.stderr
