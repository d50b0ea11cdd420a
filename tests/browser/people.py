"""The people at the screens: a customer in the web chat, a colleague in the console."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Demo

CODE = re.compile(r"\d{6}")
WORDS = {
    "en": {"write": "Your message", "send": "Send", "log": "Conversation"},
    "zh": {"write": "您的消息", "send": "发送", "log": "对话"},
}


class Customer:
    """Somebody with the web chat on their phone. `page` shows the chat, and the demo phone lies beside it."""

    def __init__(self, page: Page, demo: Demo, name: str, language: str) -> None:
        self.page, self._demo, self._words = page, demo, WORDS[language]
        page.goto(f"{demo.url}/demo")
        self.no = (page.locator("li", has_text=name).locator("small").inner_text()).strip()
        page.get_by_role("button", name=name).click()
        page.wait_for_url("**/chat")
        self.log = page.get_by_role("log", name=self._words["log"])
        self._seen: set[str] = set()

    def says(self, text: str) -> None:
        """Write a message and send it."""
        self.page.get_by_role("textbox", name=self._words["write"]).fill(text)
        self.page.get_by_role("button", name=self._words["send"], exact=True).click()

    def taps(self, label: str) -> None:
        """Tap a button under the bot's last message."""
        self.log.get_by_role("button", name=label, exact=True).last.click()

    def hears(self, *signs: str) -> Locator:
        """Wait for the bot's (or a colleague's) last message to hold every sign."""
        last = self.log.locator(".said:not(.customer)").last
        for sign in signs:
            expect(last).to_contain_text(sign)
        return last

    def code(self, address: str) -> tuple[str, Page]:
        """Read the newest code to this address from the demo phone; the page stays open."""
        phone = self.page.context.new_page()
        phone.goto(f"{self._demo.url}/demo/phone")
        message = phone.locator(".demo-message", has_text=address).filter(has_text=CODE).first
        expect(message).to_be_visible()
        text = message.locator(".demo-text").inner_text()
        assert text not in self._seen, "the code is an old one"
        self._seen.add(text)
        found = CODE.search(text)
        assert found
        return found[0], phone


class Colleague:
    """Somebody signed in to the console by a printed link."""

    def __init__(self, page: Page, demo: Demo, name: str) -> None:
        self.page, self._url = page, demo.url
        page.goto(demo.links[name])
        page.get_by_role("button", name="Sign in").click()
        skip = page.get_by_role("link", name="Not now")
        expect(skip.or_(page.get_by_role("heading", name="Requests"))).to_be_visible()
        if skip.is_visible():
            skip.click()
        expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()

    def opens_request(self, number: str) -> None:
        """From the list of open requests, which shows new ones by itself."""
        self.page.goto(f"{self._url}/console/requests")
        self.page.locator(f"#row-{number} a").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(number)

    def approves(self, button: str = "Approve") -> None:
        """Approve what is on the screen."""
        self.page.get_by_role("button", name=button, exact=True).click()
        expect(self.page.get_by_role("heading", name="Requests", level=1)).to_be_visible()

    def takes_over(self, no: str) -> None:
        """The flagged conversation of this customer, which appears in the inbox by itself."""
        self.page.locator("section", has_text="Waiting for a person").locator("a", has_text=no).click()
        self.page.get_by_role("button", name="Take over").click()
        expect(self.page.get_by_role("button", name="Hand back to the assistant")).to_be_visible()

    def writes(self, text: str) -> None:
        """Write to the customer."""
        self.page.get_by_label("Message to the customer").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def hears(self, text: str) -> None:
        """The customer's words arrive without a reload."""
        expect(self.page.get_by_role("log", name="Messages")).to_contain_text(text)
