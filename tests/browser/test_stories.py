"""The English and the Chinese story in web chat, from the first message to the confirmed receipt."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Demo, Windows
from tests.browser.people import Colleague, Customer

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("browser")]

Picture = Callable[[Page, str], None]


def number_of(customer: Customer) -> str:
    """The request that was just filed."""
    found = re.search(r"CR-\d{4}-\d{6}", customer.log.inner_text())
    assert found
    return found[0]


def test_the_whole_demo_in_both_languages(demo: Demo, windows: Windows, picture: Picture) -> None:
    mei, omar = Colleague(windows.desk(), demo, "mei"), Colleague(windows.desk(), demo, "omar")

    the_english_story(Customer(windows.phone("en-US"), demo, "Anna Schmidt", "en"), mei, omar, picture)
    the_chinese_story(Customer(windows.phone("zh-CN"), demo, "王小明", "zh"), mei, picture)
    a_name(Customer(windows.phone("en-US"), demo, "James Okafor", "en"), mei, omar)

    mei.page.goto(f"{demo.url}/demo/crm")
    for learned in ("12 Oak Street, Flat 3, Springfield 62704", "+86 139 1234 5678", "James Rivers"):
        expect(mei.page.get_by_role("table")).to_contain_text(learned)


def the_english_story(anna: Customer, mei: Colleague, omar: Colleague, picture: Picture) -> None:
    """She moved; Omar speaks in between; Mei decides, since Omar took part."""
    anna.says("Hi, I moved to 12 Oak Street last week")
    anna.hears("12 Oak Street", "city and postcode")
    anna.says("Springfield 62704. flat 3 actually")
    summary = ("to  12 Oak Street, Flat 3, Springfield 62704", "••47", "It goes to: CRM.", "May I file this?")
    anna.hears(*summary)
    picture(anna.page, "chat-en")

    omar.page.get_by_role("link", name="Conversations").click()
    anna.says("Can I talk to a person?")
    anna.hears("colleague")
    omar.takes_over(anna.no)
    anna.hears("omar")
    expect(anna.page.get_by_text("omar, a member of our staff, is with you")).to_be_visible()
    omar.writes("Good morning, Omar here.")
    anna.hears("Good morning, Omar here.")
    anna.says("Oh, I thought nobody was there")
    omar.hears("Oh, I thought nobody was there")
    omar.writes("The assistant is quicker than I am.")
    anna.hears("The assistant is quicker than I am.")
    omar.page.get_by_role("button", name="Hand back to the assistant").click()
    anna.hears(*summary)
    anna.taps("Yes, file it")
    anna.hears("6-digit code", "0117")
    code, phone = anna.code("+12175550117")
    phone.set_viewport_size({"width": 540, "height": 330})
    picture(phone, "phone")
    phone.close()
    anna.says(code)
    anna.hears("Filed as CR-", "1 working day", "Until then nothing changes")
    expect(anna.log).not_to_contain_text(code)
    number = number_of(anna)

    omar.opens_request(number)
    expect(omar.page.get_by_text("You took part in it: a colleague decides")).to_be_visible()
    mei.opens_request(number)
    change = mei.page.get_by_role("region", name="The change")
    expect(change).to_contain_text("47 Maple Avenue")
    expect(change).to_contain_text("12 Oak Street")
    picture(mei.page, "console")
    mei.approves()

    anna.hears("Done: your address", "Is this right?")
    anna.taps("Yes, that's right")
    anna.hears("Thank you for checking", number)
    mei.page.goto(mei.page.url.split("/console")[0] + f"/console/requests/{number}")
    expect(mei.page.locator("#state-badge")).to_have_text("Confirmed by the customer")


def the_chinese_story(wang: Customer, mei: Colleague, picture: Picture) -> None:
    """He has a new number: codes to the old and to the new one."""
    wang.says("我换手机号了")
    wang.hears("请告诉我您的新手机号")
    wang.says("新手机号是1381234")
    wang.hears("位数不够")
    wang.says("13912345678")
    wang.hears("+86 139 1234 5678", "••• ••• 1111", "同意提交吗")
    picture(wang.page, "chat-zh")
    wang.taps("同意，提交")
    wang.hears("1111", "现在还能收到消息吗")
    wang.taps("能收到")
    wang.hears("6位验证码", "1111")
    code, phone = wang.code("+8613800001111")
    wang.says(code)
    wang.hears("6位验证码", "5678")
    phone.close()
    code, phone = wang.code("+8613912345678")
    wang.says(code)
    wang.hears("已提交", "1个工作日")
    number = number_of(wang)

    mei.opens_request(number)
    mei.approves()

    wang.hears("已办好", "5678", "请问对吗")
    phone.bring_to_front()
    expect(phone.locator(".demo-message", has_text="+8613800001111").first).to_contain_text("已更改")
    phone.close()
    wang.taps("对")
    wang.hears("谢谢您的核对", number)


def a_name(james: Customer, mei: Colleague, omar: Colleague) -> None:
    """An important change: a reviewer, then a supervisor."""
    james.says("I got married, my name is now James Rivers")
    james.hears("James Rivers", "May I file this?")
    james.taps("Yes, file it")
    james.hears("6-digit code")
    code, phone = james.code("+13125550142")
    phone.close()
    james.says(code)
    james.hears("Filed as CR-", "2 working days")
    number = number_of(james)

    mei.opens_request(number)
    mei.approves("Approve (first of two)")
    mei.opens_request(number)
    expect(mei.page.get_by_text("You gave the first approval")).to_be_visible()
    omar.opens_request(number)
    omar.approves("Approve (second of two)")

    james.hears("Done: your name", "Is this right?")
    james.taps("Yes, that's right")
    james.hears("Thank you for checking", number)
