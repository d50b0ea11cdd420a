"""The WhatsApp channel on a whole application, over HTTP against the local Cloud API."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.hooks import WHATSAPP_PATH
from bot.channels.whatsapp_inbound import read
from bot.channels.whatsapp_message import messages
from dialogs.buttons import Verb, button
from dialogs.replies import ReplyId
from dialogs.types import ActorKind, Attachment, Reply, Term
from nlu.types import Language
from store.said import Said
from tests.bot.company import Company, company
from tests.bot.opened import until
from tests.fakes import FakeClock
from tests.whatsapp_server import WhatsAppServer, whatsapp_server

ANA = "12025550147"
VERIFY = "a-word-of-ours"
CHECK_IN = Reply(
    ReplyId.CHECK_IN,
    {"field": Term("field-phone"), "masked": "••• ••• 4417"},
    tuple(
        button(verb, "c1") for verb in (Verb.CHECKIN_STILL, Verb.CHECKIN_CHANGED, Verb.CHECKIN_LATER, Verb.CHECKIN_STOP)
    ),
)
THANKS = Reply(ReplyId.CHECK_IN_LATER)
TEMPLATE = {"name": "details_check", "text": True, "buttons": True}


class Meta:
    """The platform's side of one company."""

    def __init__(self, here: Company, server: WhatsAppServer) -> None:
        self.here, self.server = here, server

    async def post(self, body: bytes, **headers: str) -> int:
        signed = {"X-Hub-Signature-256": self.server.signature(body), **headers}
        return (await self.here.http.post(WHATSAPP_PATH, content=body, headers=signed)).status_code

    async def say(self, text: str, chat: str = ANA) -> None:
        assert await self.post(self.server.delivery(self.server.text(chat, text))) == 200

    async def hear(self, count: int = 1, chat: str = ANA) -> list[str]:
        """What came, once so many messages have, and nothing more is on its way."""
        await self.server.until_sent(count, chat)
        await until(lambda: self.here.waiting() == len(self.here.parked()))
        return [one.text for one in self.server.to(chat)]

    @property
    def chat(self) -> Any:
        return self.here.chat("whatsapp", ANA)


@asynccontextmanager
async def opened(folder: Path, **section: Any) -> AsyncIterator[Meta]:
    """A company on WhatsApp."""
    clock: list[FakeClock] = []
    async with whatsapp_server(clock=lambda: clock[0]().timestamp()) as server:
        whatsapp = {
            "enabled": True,
            "phone_number_id": server.phone_number_id,
            "token": server.token,
            "app_secret": server.app_secret,
            "verify_token": VERIFY,
            "api_base": server.url,
            **section,
        }
        async with company(folder, {"whatsapp": whatsapp}) as here:
            clock.append(here.clock)
            yield Meta(here, server)


@pytest.fixture
async def meta(tmp_path: Path) -> AsyncIterator[Meta]:
    async with opened(tmp_path) as made:
        yield made


# --- in ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "word", "status", "text"),
    [("subscribe", VERIFY, 200, "1158201444"), ("subscribe", "guessed", 403, ""), ("other", VERIFY, 403, "")],
)
async def test_the_address_is_verified_by_the_word(meta: Meta, mode: str, word: str, status: int, text: str) -> None:
    query = {"hub.mode": mode, "hub.verify_token": word, "hub.challenge": "1158201444"}

    answer = await meta.here.http.get(WHATSAPP_PATH, params=query)

    assert (answer.status_code, answer.text) == (status, text)
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_message_is_answered(meta: Meta) -> None:
    await meta.say("I moved to 12 Oak Street")

    assert await meta.hear()
    assert meta.chat.last_inbound_at == meta.here.clock()


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "é"])
async def test_a_forged_delivery_is_refused_and_changes_nothing(meta: Meta, signature: str) -> None:
    body = meta.server.delivery(meta.server.text(ANA, "I moved"))

    answer = await meta.here.http.post(
        WHATSAPP_PATH, content=body, headers={"X-Hub-Signature-256": signature.encode("latin-1")}
    )

    assert answer.status_code == 401
    assert meta.here.app.database.read(lambda uow: uow.conversations.find("whatsapp", ANA)) is None


async def test_the_signature_is_over_the_very_bytes(meta: Meta) -> None:
    body = meta.server.delivery(meta.server.text(ANA, "I moved"))
    signature = meta.server.signature(body)

    assert await meta.post(body + b" ", **{"X-Hub-Signature-256": signature}) == 401


async def test_a_message_delivered_twice_is_answered_once(meta: Meta) -> None:
    body = meta.server.delivery(meta.server.text(ANA, "hello"))

    for _ in range(3):
        assert await meta.post(body) == 200
    heard = await meta.hear()
    await meta.here.forward(1)

    assert [one.text for one in meta.server.to(ANA)] == heard


async def test_a_tap_is_a_button(meta: Meta) -> None:
    await meta.say("I moved to 12 Oak Street, Springfield 62704")
    await meta.hear()

    body = meta.server.delivery(
        meta.server.message(
            ANA, type="interactive", interactive={"type": "list_reply", "list_reply": {"id": "cancel", "title": "x"}}
        )
    )
    assert await meta.post(body) == 200

    said = meta.here.app.database.read(lambda uow: uow.conversations.messages(meta.chat.id))
    assert "[cancel]" in [one.text for one in said]


@pytest.mark.parametrize(
    ("parts", "attachment"),
    [
        ({"type": "audio", "audio": {"id": "1", "voice": True}}, Attachment.VOICE),
        ({"type": "image", "image": {"id": "1", "caption": "my flat"}}, Attachment.PHOTO),
        ({"type": "location", "location": {"latitude": 1.0, "longitude": 2.0}}, Attachment.LOCATION),
        ({"type": "contacts", "contacts": [{"phones": [{"wa_id": "15550001111"}]}]}, Attachment.CONTACT),
        ({"type": "document", "document": {"id": "1"}}, Attachment.OTHER),
        ({"type": "unsupported", "errors": [{"code": 131051}]}, Attachment.OTHER),
    ],
)
def test_what_is_no_text_is_an_attachment(parts: dict[str, Any], attachment: Attachment) -> None:
    server = WhatsAppServer()

    (inbound,) = read(json.loads(server.delivery(server.message(ANA, **parts))), server.phone_number_id).messages

    assert (inbound.attachment, inbound.text) == (attachment, None)


def test_the_senders_own_card_is_a_phone() -> None:
    server = WhatsAppServer()
    card = server.message(ANA, type="contacts", contacts=[{"phones": [{"phone": "+1 202 555 0147", "wa_id": ANA}]}])

    (inbound,) = read(json.loads(server.delivery(card)), server.phone_number_id).messages

    assert inbound.text == "+12025550147"


def test_reactions_other_numbers_and_good_news_are_no_messages() -> None:
    server = WhatsAppServer()
    reaction = server.message(ANA, type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"})
    read_by = {"id": "wamid.1", "status": "read", "timestamp": "1", "recipient_id": ANA}
    body = json.loads(server.delivery(reaction, statuses=(read_by,)))

    assert read(body, server.phone_number_id) == read(body, "999")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"object":"page"}', b"[" * 9999, b"\xff"])
async def test_a_signed_body_that_is_no_delivery_is_a_bad_request(meta: Meta, body: bytes) -> None:
    assert await meta.post(body) == 400


@pytest.mark.parametrize(
    "parts", [{"type": "text", "text": {}}, {"type": "text", "text": {"body": 7}}, {"from": None}, {"timestamp": "x"}]
)
def test_a_message_that_lacks_something_holds_up_no_other(parts: dict[str, Any]) -> None:
    server = WhatsAppServer()
    wrong, right = server.text(ANA, "hello") | parts, server.text(ANA, "hello")

    found = read(json.loads(server.delivery(wrong, right)), server.phone_number_id)

    assert ([one.text for one in found.messages], found.unread) == (["hello"], 1)


def test_what_a_form_of_whatsapp_answers_is_no_button() -> None:
    server = WhatsAppServer()
    form = server.message(ANA, type="interactive", interactive={"type": "nfm_reply", "nfm_reply": {"body": "Sent"}})

    (inbound,) = read(json.loads(server.delivery(form)), server.phone_number_id).messages

    assert inbound.attachment is Attachment.OTHER


async def test_half_a_character_and_a_very_long_text_are_read(meta: Meta) -> None:
    body = meta.server.delivery(meta.server.text(ANA, "hello \ud83d" + "x" * 60_000))

    assert await meta.post(body) == 200
    assert await meta.hear()


async def test_a_body_that_is_too_large_is_refused_unread(meta: Meta) -> None:
    assert await meta.post(b"x" * (3 * 1024 * 1024 + 1)) == 413
    assert await meta.post(b" " * 100_000) == 400  # larger than others may send, and read


async def test_a_deep_link_carries_its_token(meta: Meta) -> None:
    token = meta.here.link_token(meta.here.customer())

    await meta.say(f"/start {token}")
    await meta.hear()

    assert meta.chat.customer is not None


async def test_a_turn_that_fails_makes_meta_come_again(meta: Meta, monkeypatch: pytest.MonkeyPatch) -> None:
    body = meta.server.delivery(meta.server.text(ANA, "hello"))

    async def broken(inbound: Any) -> Any:
        raise RuntimeError("the database is gone")

    channel = meta.here.app.hooks["whatsapp"]
    with monkeypatch.context() as patch:
        patch.setattr(channel, "_receive", broken)
        assert await meta.post(body) == 500
    assert await meta.post(body) == 200

    assert await meta.hear()


# --- out --------------------------------------------------------------------------------------------------------------


def said(text: str, *buttons: tuple[str, str], id: str = "x") -> Said:
    return Said(1, ActorKind.BOT, "bot", id, text, buttons, FakeClock()())


def choices(count: int, length: int = 5) -> tuple[tuple[str, str], ...]:
    return tuple((f"id{n}", f"{n}".rjust(length, "x")) for n in range(count))


@pytest.mark.parametrize(
    ("buttons", "kinds"),
    [
        (choices(0), ["text"]),
        (choices(3, 20), ["interactive:button"]),
        (choices(3, 21), ["interactive:list"]),
        (choices(4), ["interactive:list"]),
        (choices(10, 72), ["interactive:list"]),
        (choices(10, 73), ["text"]),
        (choices(11), ["text"]),
        ((("a" * 256, "Yes"),), ["interactive:button"]),
        ((("a" * 257, "Yes"),), ["text"]),
        ((("a", "Yes"), ("b", "Yes")), ["text"]),
    ],
)
def test_buttons_become_what_whatsapp_takes(buttons: tuple[tuple[str, str], ...], kinds: list[str]) -> None:
    made = messages(said("May I?", *buttons), Language.EN)

    assert [":".join(filter(None, (one["type"], one.get("interactive", {}).get("type")))) for one in made] == kinds
    if buttons and kinds == ["text"]:
        assert f"1 for “{buttons[0][1]}”" in made[0]["text"]["body"]


def test_a_long_text_goes_in_parts_with_the_buttons_last() -> None:
    made = messages(said("word " * 2000, *choices(2)), Language.EN)

    *before, last = made
    assert all(len(one["text"]["body"]) <= 4096 for one in before)
    assert len(last["interactive"]["body"]["text"]) <= 1024
    whole = " ".join([*(one["text"]["body"] for one in before), last["interactive"]["body"]["text"]])
    assert whole.split() == ["word"] * 2000


async def test_a_closed_window_keeps_the_message_until_the_customer_writes(meta: Meta) -> None:
    await meta.say("hello")
    before = len(await meta.hear())
    await meta.here.forward(24 * 3600 + 1)
    meta.here.tell(meta.chat, CHECK_IN)
    meta.here.tell(meta.chat, THANKS)
    await meta.here.until_parked("waits:window_closed", "waits:window_closed")
    assert len(meta.server.to(ANA)) == before
    assert meta.server.refusals == []

    await meta.say("hello again")
    heard = await meta.hear(before + 3)

    assert "4417" in heard[before]  # what waited comes first, in its order, then the answer
    assert meta.server.to(ANA)[before].kind == "list"
    assert len(heard) == before + 3
    assert meta.here.parked() == []


async def test_outside_the_window_a_template_says_the_message_itself(tmp_path: Path) -> None:
    async with opened(tmp_path, templates={"check_in": TEMPLATE}) as meta:
        meta.server.templates["details_check", "en"] = (1, 4)
        await meta.say("hello")
        before = len(await meta.hear())
        await meta.here.forward(25 * 3600)

        meta.here.tell(meta.chat, CHECK_IN)
        await meta.hear(before + 1)

        sent = meta.server.to(ANA)[before]
        assert (sent.kind, sent.template) == ("template", "details_check")
        assert "4417" in sent.text
        assert sent.buttons[0][0] == "checkin.still:c1"
        assert meta.here.waiting() == 0

        tapped = meta.server.delivery(meta.server.tap(ANA, "checkin.stop:c1"))
        assert await meta.post(tapped) == 200
        messages = meta.here.app.database.read(lambda uow: uow.conversations.messages(meta.chat.id))
        assert "[checkin.stop:c1]" in [one.text for one in messages]


async def test_a_template_that_only_gives_notice_goes_once_and_the_messages_follow(tmp_path: Path) -> None:
    async with opened(tmp_path, templates={"check_in": {"name": "news"}, "other": {"name": "news"}}) as meta:
        meta.server.templates["news", "en"] = (0, 0)
        await meta.say("hello")
        before = len(await meta.hear())
        await meta.here.forward(25 * 3600)

        meta.here.tell(meta.chat, CHECK_IN)
        meta.here.tell(meta.chat, THANKS)
        await meta.here.until_parked("waits:notified", "waits:notified")
        assert [one.kind for one in meta.server.to(ANA)[before:]] == ["template"]
        await meta.say("yes?")

        heard = await meta.hear(before + 4)
        assert "4417" in heard[before + 1]


async def test_a_template_that_is_refused_leaves_the_message_waiting(tmp_path: Path) -> None:
    async with opened(tmp_path, templates={"check_in": TEMPLATE}) as meta:
        await meta.say("hello")
        await meta.hear()
        await meta.here.forward(25 * 3600)

        meta.here.tell(meta.chat, CHECK_IN)

        await meta.here.until_parked("waits:window_closed")
        assert meta.server.refusals == [132001]


async def test_a_window_that_meta_counts_otherwise_is_believed(meta: Meta) -> None:
    await meta.say("hello")
    before = len(await meta.hear())
    meta.server.fail(400, 131047)

    meta.here.tell(meta.chat, CHECK_IN)
    await meta.here.until_parked("waits:window_closed")
    await meta.say("hello again")

    assert "4417" in (await meta.hear(before + 2))[before]


@pytest.mark.parametrize(("code", "seconds"), [(130429, 5), (131056, 4)])
async def test_a_limit_is_waited_out(meta: Meta, code: int, seconds: int) -> None:
    await meta.say("hello")
    before = len(await meta.hear())
    meta.server.fail(429 if code == 130429 else 400, code)

    meta.here.tell(meta.chat, THANKS)
    await meta.here.until_put_off(code)
    await meta.here.forward(seconds - 1)
    assert len(meta.server.to(ANA)) == before
    meta.here.app.hooks["whatsapp"]._pace._next_in.clear()  # type: ignore[attr-defined]
    await meta.here.forward(2)

    assert len(await meta.hear(before + 1)) == before + 1


async def test_who_cannot_be_reached_is_parked_and_flagged(meta: Meta) -> None:
    await meta.say("hello")
    await meta.hear()
    meta.server.fail(400, 131026)

    meta.here.tell(meta.chat, THANKS)

    await meta.here.until_parked("undeliverable")
    await until(lambda: meta.chat.flagged == "no_reachable_contact")


async def test_a_failure_told_later_brings_the_message_back_once(meta: Meta) -> None:
    await meta.say("hello")
    before = len(await meta.hear())
    status = meta.server.failed(meta.server.to(ANA)[-1], 131047)

    for _ in range(2):
        assert await meta.post(meta.server.delivery(statuses=(status,))) == 200
    assert meta.here.parked() == ["waits:window_closed"]
    await meta.say("hello again")
    heard = await meta.hear(before + 2)
    assert await meta.post(meta.server.delivery(statuses=(status,))) == 200

    assert heard[before] == heard[before - 1]
    assert meta.here.parked() == []


async def test_a_failure_told_later_for_good_is_flagged(meta: Meta) -> None:
    await meta.say("hello")
    await meta.hear()

    await meta.post(meta.server.delivery(statuses=(meta.server.failed(meta.server.to(ANA)[-1], 131026),)))

    assert meta.chat.flagged == "no_reachable_contact"


async def test_neither_token_nor_texts_are_logged(meta: Meta, capfd: pytest.CaptureFixture[str]) -> None:
    await meta.say("hello")
    await meta.hear()
    for code in (190, 131000, 1):
        meta.server.fail(500, code)
    meta.here.tell(meta.chat, CHECK_IN)
    await until(lambda: len(meta.server.refusals) >= 1)

    out, err = capfd.readouterr()
    assert not any(word in out + err for word in (meta.server.token, meta.server.app_secret, VERIFY, "4417", ANA))
