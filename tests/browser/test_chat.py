"""The line breaks and the page is small: nothing is lost, repeated or cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Demo, Windows, running_demo
from tests.browser.people import Customer
from tests.stories.office import free_port

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]


def bubbles(customer: Customer) -> list[str]:
    """Everything in the chat, in order."""
    return customer.log.locator(".bubble").all_inner_texts()


def test_what_is_written_offline_is_sent_once_and_answered_once(demo: Demo, windows: Windows) -> None:
    priya = Customer(windows.phone("en-US"), demo, "Priya Nair", "en")
    priya.says("I moved to 12 Oak Street")
    priya.hears("city and postcode")
    before = bubbles(priya)

    priya.page.context.set_offline(True)
    expect(priya.page.get_by_text("No connection. Reconnecting")).to_be_visible()
    priya.says("Springfield 62704")
    expect(priya.page.get_by_text("Waiting for the connection")).to_be_visible()
    priya.page.context.set_offline(False)

    priya.hears("12 Oak Street, Springfield 62704", "May I file this?")
    after = bubbles(priya)
    assert after[: len(before)] == before
    assert after.count("Springfield 62704") == 1
    assert sum("May I file this?" in text for text in after) == 1
    priya.page.reload()
    priya.hears("May I file this?")
    assert bubbles(priya) == after
    windows.forgive("WebSocket", "ERR_INTERNET_DISCONNECTED")


def test_a_killed_server_loses_and_repeats_nothing(windows: Windows, tmp_path: Path) -> None:
    windows.forgive("WebSocket", "ERR_CONNECTION_REFUSED")
    port = free_port()
    with running_demo(tmp_path / "kept", port) as first:
        tom = Customer(windows.phone("en-GB"), first, "Tom Bradley", "en")
        tom.says("My new email is tom@example.org")
        tom.hears("tom@example.org", "May I file this?")
        before = bubbles(tom)
        first.process.kill()
        first.process.wait(10)
        expect(tom.page.get_by_text("No connection. Reconnecting")).to_be_visible()
        tom.taps("Yes, file it")
        expect(tom.page.get_by_text("Waiting for the connection")).to_be_visible()

    with running_demo(tmp_path / "kept", port):
        tom.hears("6-digit code")
        after = bubbles(tom)

    assert after[: len(before)] == before
    assert after.count("Yes, file it") == 1
    assert sum("6-digit code" in text for text in after) == 1


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_every_public_page_fits_a_small_phone(demo: Demo, windows: Windows, locale: str) -> None:
    page = windows.phone(locale)
    page.set_viewport_size({"width": 320, "height": 568})
    for path in ("/demo", "/chat", "/demo/phone", "/demo/crm", "/console/sign-in"):
        page.goto(f"{demo.url}{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        assert page.evaluate("document.documentElement.lang").startswith(locale[:2]), path
        assert page.evaluate("getComputedStyle(document.body).margin") == "0px", f"{path}: no style sheet"
