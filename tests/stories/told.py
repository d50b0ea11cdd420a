"""The stories of the design, told over any channel from the first message to the confirmed receipt."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.stories.chats import Chat
from tests.stories.office import Customer, Office

Prove = Callable[[Office, Chat, Customer], None]
"""Proves the change by a contact on file."""


def number_in(said: str) -> str:
    """The request's number that the customer is told."""
    found = re.search(r"CR-\d{4}-\d{6}", said)
    assert found, said
    return found[0]


def english_address(office: Office, chat: Chat, customer: Customer, code_to: str) -> str:
    """She moved; a colleague speaks in between; returns the number of the request."""
    chat.say("Hi, I moved to 12 Oak Street last week")
    chat.identify(office, customer)
    chat.hear("12 Oak Street", "city and postcode")

    chat.say("Can I talk to a person?")
    chat.hear("colleague")
    conversation = office.flagged(customer.no)
    office.take_over(conversation)
    chat.hear("alex")
    office.writes(conversation, "Good morning, how can I help?")
    chat.hear("Good morning, how can I help?")
    chat.say("Is it all right if I go on here?")
    chat.hear_nothing()
    office.writes(conversation, "Of course, I hand you back.")
    assert office.hand_back(conversation) == "collecting"
    chat.hear("Of course, I hand you back.", "automated assistant", "city and postcode")

    chat.say("Springfield 62704. flat 3 actually")
    said = chat.hear("May I file this?")
    assert "12 Oak Street, Flat 3, Springfield 62704" in said
    assert "••47" in said
    assert "Maple" not in said
    assert "It goes to: CRM." in said
    chat.tap("Yes, file it")
    assert code_to[:6] not in chat.hear("6-digit code", "10 minutes")
    chat.say(office.gateway.code(code_to))
    number = number_in(chat.hear("Filed as CR-", "1 working day", "Until then nothing changes"))

    request = office.request(number)
    assert (request["state"], request["field"], request["customer"]) == ("in_review", "address", customer.no)
    assert (request["proofs"], request["approvals"]) == (1, [])
    office.approve("rita", number)
    told = office.system.told(number)
    assert told["customer"] == customer.no
    value = told["value"]
    assert (value["number"], value["street"], value["city"]) == ("12", "Oak Street", "Springfield")
    assert value["postcode"] == "62704"
    assert value["unit"].casefold() in {"flat 3", "3"}
    said = chat.hear("Done: your address", "Is this right?")
    assert "Oak" not in said
    office.until_state(number, "synced")
    chat.tap("Yes, that's right")
    chat.hear("Thank you for checking", number)
    office.until_state(number, "confirmed")
    return number


def prove_by_mail(office: Office, chat: Chat, customer: Customer) -> None:
    """Whoever linked by a code to the phone proves by another contact: one number is one factor."""
    chat.hear("2个验证码", "您的邮箱", "6位验证码")
    chat.say(office.gateway.code(customer.email))


def prove_by_old_phone(office: Office, chat: Chat, customer: Customer) -> None:
    """The old number is asked about before a code goes there."""
    chat.hear(f"••• ••• {customer.phone[-4:]} 现在还能收到消息吗")
    chat.tap("能收到")
    chat.hear("6位验证码", customer.phone[-4:])
    chat.say(office.gateway.code(customer.phone))


def chinese_phone(office: Office, chat: Chat, customer: Customer, prove: Prove) -> str:
    """He has a new number: proved by a contact on file and by the new number itself; the old one is told."""
    chat.say("我换手机号了")
    chat.identify(office, customer)
    chat.hear("新手机号")
    chat.say("新手机号是1381234")
    chat.hear("位数不够", "11位")
    chat.say("13912345678")
    said = chat.hear("+86 139 1234 5678", "同意提交吗", "CRM")
    assert f"••• ••• {customer.phone[-4:]}" in said
    chat.say("同意")
    prove(office, chat, customer)
    chat.hear("还差", "5678")
    chat.say(office.gateway.code("+8613912345678"))
    number = number_in(chat.hear("已提交", "1个工作日", "在此之前资料不会变动"))

    assert office.request(number)["proofs"] == 2
    office.approve("rita", number)
    told = office.system.told(number)
    assert (told["field"], told["value"]) == ("phone", {"e164": "+8613912345678"})
    said = chat.hear("已办好", "5678", "请问对吗")
    assert "1234" not in said.replace(number, "")
    office.gateway.word(customer.phone, "已更改")
    chat.tap("对")
    chat.hear("谢谢您的核对", number)
    office.until_state(number, "confirmed")
    return number


def chinese_address(office: Office, chat: Chat, customer: Customer, code_to: str) -> str:
    """They moved to their daughter's; the place is ambiguous at first."""
    chat.say("我儿子把老房子卖了，我们搬去女儿家了")
    chat.identify(office, customer)
    chat.hear("新地址")
    chat.say("沪浦东新区城南小区")
    chat.hear("城南小区", "可能不止一处")
    chat.say("世纪大道100号3号楼502")
    said = chat.hear("将把您的地址改为", "同意提交吗")
    assert "上海市浦东新区世纪大道100号城南小区3号楼502室" in said
    assert "建国路" not in said
    chat.tap("同意，提交")
    chat.hear("6位验证码")
    chat.say(office.gateway.code(code_to))
    number = number_in(chat.hear("已提交"))

    office.approve("rita", number)
    value = office.system.told(number)["value"]
    assert value["city"] == "上海市"
    assert (value["road"], value["number"]) == ("世纪大道", "100号")
    assert (value["building"], value["room"]) == ("3号楼", "502")
    chat.hear("已办好", "请问对吗")
    chat.say("对的")
    chat.hear("谢谢您的核对")
    office.until_state(number, "confirmed")
    return number
