"""docs/http.md is true: every call on it, in its order, against a running server; every answer has the form shown."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest

from tests.bot.command_line import run, start
from tests.stories.receivers import Gateway, listening, until

PAGE = (Path(__file__).resolve().parents[2] / "docs/http.md").read_text(encoding="utf-8")
ANY = "…"
PHONE = "+12025550147"


def steps() -> list[tuple[str, Any]]:
    """Each call with the answer that is shown under it, None where none is."""
    blocks = re.findall(r"^```(sh|json)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    calls = []
    for (kind, text), (next_kind, next_text) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh" and text.startswith("curl"):
            calls.append((text, json.loads(next_text) if next_kind == "json" else None))
    return calls


def call(text: str, known: dict[str, str]) -> httpx.Response:
    """What curl would do."""
    for name in re.findall(r"\$([A-Z]+)", text):
        text = text.replace(f"${name}", known[name])
    words = iter(shlex.split(text.replace("\\\n", " ")))
    assert next(words) == "curl"
    headers, body, url = {}, None, ""
    for word in words:
        match word:
            case "-s":
                pass
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                body = next(words)
            case _:
                url = word
    return httpx.request("GET" if body is None else "POST", url, headers=headers, content=body, timeout=60)


def items(text: str, known: dict[str, str]) -> list[Any]:
    """The items of a list that is asked for."""
    found: list[Any] = call(text, known).json()["items"]
    return found


def fits(answer: Any, shown: Any) -> bool:
    """Whether an answer has the form that the page shows; "…" stands for anything, also at the end of a text."""
    match shown:
        case str() if shown.endswith(ANY):
            return shown == ANY or str(answer).startswith(shown.removesuffix(ANY))
        case dict():
            return (
                isinstance(answer, dict)
                and answer.keys() == shown.keys()
                and all(fits(answer[key], shown[key]) for key in shown)
            )
        case list():
            return isinstance(answer, list) and len(answer) == len(shown) and all(map(fits, answer, shown))
        case _:
            return bool(answer == shown)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[tuple[dict[str, str], Gateway]]:
    """A server as docs/running.md starts it, with the tokens that the page asks for, and a phone."""
    gateway = Gateway()
    with listening(gateway):
        notify = json.dumps([f"json://127.0.0.1:{gateway.port}/"])
        more = {"TELLONCE__WEB__PORT": "0", "TELLONCE__NOTIFY__PHONE": notify}
        assert run(tmp_path, "db", "upgrade").code == 0
        made = re.findall(r"^    tellonce (staff [^#\n]*)", PAGE, re.MULTILINE)
        told = [run(tmp_path, *shlex.split(command)) for command in made]
        assert [one.code for one in told] == [0, 0, 0]
        site, mei = (json.loads(told[index].out) for index in (0, 2))
        with start(tmp_path, "serve", **more) as process:
            try:
                assert process.stderr is not None
                lines = iter(process.stderr.readline, "")
                port = next(line["port"] for line in map(json.loads, lines) if line["event"] == "serving")
                yield (
                    {
                        "URL": f"http://127.0.0.1:{port}",
                        "TOKEN": site["token"],
                        "MEI": mei["token"],
                        "URI": mei["totp_uri"],
                    },
                    gateway,
                )
            finally:
                process.kill()


def test_every_call_on_the_page_does_what_it_says(company: tuple[dict[str, str], Gateway]) -> None:
    known, gateway = company
    calls = steps()
    assert httpx.get(f"{known['URL']}/api/v1/openapi.json", timeout=60).json()["openapi"].startswith("3.")

    for text, shown in calls:
        if "$CODE" in text:
            known["CODE"] = gateway.code(PHONE)
        if "$TOTP" in text:
            known["TOTP"] = pyotp.parse_uri(known["URI"]).now()
        if "?after=$SEQ" in text:
            until(partial(items, text, known), "the receipt")
        answer = call(text, known)
        found = answer.json()
        assert shown is None or fits(found, shown), f"{text}\n{answer.status_code} {answer.text}"
        assert answer.is_success == ("problem" not in str(shown)), f"{text}\n{answer.status_code} {answer.text}"
        if "replies" in found:
            known["SEQ"] = str(found["replies"][-1]["seq"])
        if "/change-requests?" in text:
            known |= {"NUMBER": found["items"][0]["number"], "DIGEST": found["items"][0]["digest"]}

    assert len(calls) == 12
