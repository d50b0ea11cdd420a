"""A colleague sets up an authenticator app on their first day and signs in with it on the second, by keyboard alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.stories.office import command, environment, free_port, process

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A server as the operator starts it, and the one-time links of two new colleagues."""
    folder: Path = tmp_path_factory.mktemp("first") / "company"
    folder.mkdir()
    command(folder, "keys", "create")
    command(folder, "db", "upgrade")
    url = f"http://127.0.0.1:{free_port()}"
    links = {}
    for name, role, language in (("rita", "reviewer", "en"), ("lin", "supervisor", "zh")):
        added = json.loads(command(folder, "staff", "add", name, "--role", role, "--language", language, "--json"))
        links[name] = f"{url}/console/sign-in/{added['sign_in'].rpartition('/')[2]}"
    port = url.rpartition(":")[2]
    env = environment(folder, TELLONCE__WEB__PORT=port, TELLONCE__WEB__PUBLIC_URL=url)
    with process(["serve"], env, url, folder.parent / "log"):
        yield url, links


def secret_on(page: Page) -> str:
    """The key as somebody types it who cannot scan."""
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    groups = page.locator("#secret code")
    expect(groups.first).to_be_visible()
    return "".join(groups.all_inner_texts())


def test_from_the_printed_link_to_password_and_code(first_day: tuple[str, dict[str, str]], windows: Windows) -> None:
    url, links = first_day
    page = windows.desk()
    windows.forgive("401", "422")

    page.goto(links["rita"])
    expect(page.get_by_role("button", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    box = page.locator(".qr svg").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 150
    page.goto(f"{url}/console/requests")
    expect(page.get_by_role("heading", name="Set up your authenticator app")).to_be_visible()

    totp = pyotp.TOTP(secret_on(page))
    code = page.get_by_role("textbox", name="Code from the app")
    code.fill(f"{(int(totp.now()) + 1) % 1_000_000:06}")
    code.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    expect(code).to_be_focused()
    code.fill(totp.now())
    used = time.time()
    code.press("Enter")
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.nth(3).inner_text()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as a file").click()
    assert recovery in Path(download.value.path()).read_text("utf-8")
    page.get_by_role("link", name="go on").click()
    page.get_by_label("New password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()

    page.get_by_role("link", name="rita").click()
    expect(page.get_by_role("region", name="Where you are signed in")).to_contain_text("this one")
    expect(page.get_by_role("region", name="Recovery codes")).to_contain_text("10 left")
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, "rita", totp.at(used))
    expect(page.get_by_role("alert")).to_contain_text("That did not work.")
    sign_in(page, "rita", totp.at(used + 30))  # the next code: each works once
    expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, "rita", recovery)
    expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()


def sign_in(page: Page, name: str, code: str) -> None:
    """Fill in the form and press Enter."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Code").fill(code)
    page.keyboard.press("Enter")


def test_the_same_in_chinese_on_a_phone(first_day: tuple[str, dict[str, str]], windows: Windows) -> None:
    _, links = first_day
    page = windows.phone("zh-CN")

    page.goto(links["lin"])
    page.get_by_role("button", name="登录").tap()
    expect(page.get_by_role("heading", name="设置身份验证器应用")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    totp = pyotp.TOTP(secret_on(page))
    page.get_by_role("textbox", name="应用上的验证码").fill(totp.now())
    page.get_by_role("button", name="确认").tap()
    expect(page.get_by_role("list", name="恢复码").get_by_role("listitem")).to_have_count(10)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("link", name="继续").tap()
    expect(page.get_by_role("heading", name="设置密码")).to_be_visible()
