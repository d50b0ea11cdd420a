"""The demo as a real process, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.install import CHROMIUM, fonts_for_chinese
from tests.stories.office import free_port, process
from tests.stories.receivers import until

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 20_000  # milliseconds


@dataclass(frozen=True)
class Demo:
    """A running demo: its address, its process, and each colleague's one-time sign-in link."""

    url: str
    process: subprocess.Popen[bytes]
    links: dict[str, str]


@contextmanager
def running_demo(folder: Path, port: int) -> Iterator[Demo]:
    """`tellonce demo` on this folder, as `make demo` starts it."""
    folder.mkdir(exist_ok=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("TELLONCE", "PYTHON"))}
    env |= {"TELLONCE__WEB__PORT": str(port), "PYTHONUNBUFFERED": "1"}
    url, log = f"http://127.0.0.1:{port}", folder / "log"

    def links() -> dict[str, str]:
        return dict(re.findall(r"(\w+) \(\w+\) +(http\S+/console/sign-in/\S+)", log.read_text("utf-8")))

    with process(["demo", "--folder", str(folder / "demo")], env, url, log) as running:
        until(lambda: len(links()) == 2, "two sign-in links in the terminal")
        yield Demo(url, running, links())


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo from an empty folder."""
    with running_demo(tmp_path_factory.mktemp("demo"), free_port()) as running:
        yield running


@pytest.fixture(scope="module")  # not longer: while it is open, a loop runs in this thread, and async tests cannot
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Where there is none the tests are skipped, except in CI."""
    if not Path(CHROMIUM).exists() or not fonts_for_chinese():
        sentence = "Chromium or a Chinese font is missing; run: python -m tests.browser.install"
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """The machine may be busy."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@dataclass
class Windows:
    """Opens windows, and keeps what the browser complained of in any of them."""

    browser: Browser
    complaints: list[str]
    contexts: list[BrowserContext]
    expected: tuple[str, ...] = ()

    def phone(self, locale: str) -> Page:
        """A customer's phone, with a browser of its own."""
        return self._open(
            locale=locale,
            viewport={"width": 390, "height": 844},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
        )

    def desk(self) -> Page:
        """A colleague's screen, with a browser of its own."""
        return self._open(locale="en-US", viewport={"width": 1280, "height": 900})

    def forgive(self, *signs: str) -> None:
        """Complaints with these signs are to be expected, now and until the end: the line is cut on purpose."""
        self.expected += signs

    def unforgiven(self) -> list[str]:
        """What the browser complained of and nobody expected."""
        return [one for one in self.complaints if not any(sign in one for sign in self.expected)]

    def _open(self, **settings: object) -> Page:
        context = self.browser.new_context(timezone_id="UTC", **settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        context.on("page", self._listen)
        return context.new_page()

    def _listen(self, page: Page) -> None:
        page.on("console", lambda said: said.type in {"error", "warning"} and self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def windows(chromium: Browser) -> Iterator[Windows]:
    """Windows that are closed afterwards; a complaint of the browser (an error, a broken policy) fails the test."""
    made = Windows(chromium, [], [])
    try:
        yield made
    finally:
        for context in made.contexts:
            context.close()
    assert made.unforgiven() == []


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[Page, str], None]:
    """Takes a picture for the documentation: kept in docs/pictures when TELLONCE_PICTURES=1, else thrown away."""

    def take(page: Page, name: str) -> None:
        folder = PICTURES if os.environ.get("TELLONCE_PICTURES") == "1" else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        assert (folder / f"{name}.png").stat().st_size > 10_000

    return take
