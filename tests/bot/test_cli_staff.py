"""`tellonce staff`: tokens that decide, lost phones, waiting, sessions."""

from __future__ import annotations

import json

import pyotp
import pytest

from tests.bot.command_line import Commands


def added(upgraded: Commands, name: str = "mei", role: str = "reviewer") -> pyotp.TOTP:
    """A new member of staff, and the app of a program that makes their codes."""
    told = json.loads(upgraded.good("staff", "add", name, "--role", role, "--json"))
    return pyotp.parse_uri(told["totp_uri"])  # type: ignore[return-value]


def test_a_token_that_decides_is_inactive_and_comes_with_the_secret_that_activates_it(upgraded: Commands) -> None:
    upgraded.good("staff", "add", "mei", "--role", "reviewer")

    made = json.loads(upgraded.good("staff", "token", "mei", "--scope", "requests,decide", "--json"))
    again = json.loads(upgraded.good("staff", "token", "mei", "--scope", "decide", "--json"))
    listed = [json.loads(line) for line in upgraded.good("staff", "tokens", "mei", "--json").splitlines()]

    assert made.keys() == {"token", "totp_uri", "active"}
    assert made["active"] is False
    assert again["totp_uri"] == made["totp_uri"], "the same secret, until its first code"
    assert [(one["staff"], one["state"]) for one in listed] == [("mei", "inactive")] * 2


def test_with_a_code_the_token_is_active_at_once_and_the_secret_is_never_shown_again(upgraded: Commands) -> None:
    app = added(upgraded)

    made = json.loads(upgraded.good("staff", "token", "mei", "--scope", "decide", "--totp", app.now(), "--json"))
    later = json.loads(upgraded.good("staff", "token", "mei", "--scope", "decide", "--json"))

    assert made.keys() == {"token", "active"}
    assert made["active"] is True
    assert later.keys() == {"token", "active"}
    assert later["active"] is False


def test_a_wrong_or_used_code_makes_no_token(upgraded: Commands) -> None:
    app = added(upgraded)
    code = app.now()
    upgraded.good("staff", "token", "mei", "--scope", "decide", "--totp", code)

    used = upgraded("staff", "token", "mei", "--scope", "decide", "--totp", code)
    wrong = [upgraded("staff", "token", "mei", "--scope", "decide", "--totp", "0").complains() for _ in range(5)]

    assert (used.code, used.complains()) == (1, "the code is wrong, too old, or was used before; no token was made")
    assert wrong[-1].startswith("too many wrong codes; try again in ")
    assert len(upgraded.good("staff", "tokens", "mei").splitlines()) == 1


def test_other_tokens_are_printed_as_ever(upgraded: Commands) -> None:
    made = json.loads(upgraded.good("staff", "token", "site", "--scope", "messages,links", "--json"))

    assert made.keys() == {"token"}


def test_a_token_is_revoked_by_its_id_once(upgraded: Commands) -> None:
    upgraded.good("staff", "token", "site", "--scope", "messages")
    id = json.loads(upgraded.good("staff", "tokens", "--json"))["id"]

    first = json.loads(upgraded.good("staff", "revoke", id, "--json"))
    second = upgraded("staff", "revoke", id)

    assert first == {"id": id, "state": "revoked"}
    assert "there is no such token" in second.complains()


def test_a_lost_phone_waiting_and_sessions(upgraded: Commands) -> None:
    added(upgraded)

    reset = json.loads(upgraded.good("staff", "reset-totp", "mei", "--json"))
    unlocked = json.loads(upgraded.good("staff", "unlock", "mei", "--json"))
    ended = json.loads(upgraded.good("staff", "sessions", "mei", "--end", "--json"))

    assert "/console/sign-in/" in reset["sign_in"]
    assert unlocked == {"name": "mei", "waiting": 0}
    assert ended == {"name": "mei", "ended": 0}
    assert upgraded.good("staff", "sessions", "mei") == ""


def test_disabled_and_enabled_again(upgraded: Commands) -> None:
    added(upgraded)

    assert json.loads(upgraded.good("staff", "disable", "mei", "--json")) == {"name": "mei", "state": "disabled"}
    assert json.loads(upgraded.good("staff", "enable", "mei", "--json")) == {"name": "mei", "state": "active"}


@pytest.mark.parametrize("words", [("enable",), ("reset-totp",), ("unlock",), ("sessions",), ("sessions", "--end")])
def test_nobody_is_said_to_be_nobody(upgraded: Commands, words: tuple[str, ...]) -> None:
    told = upgraded("staff", words[0], "ghost", *words[1:])

    assert (told.code, told.complains()) == (2, "there is nobody called ghost")
