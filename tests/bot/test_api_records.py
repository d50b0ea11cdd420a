"""Links, customers, conversations and the audit log over the API."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from store.answers import expire_answers
from store.uow import UnitOfWork
from tests.bot.app_fixture import House

OAK = {"channel": "api", "chat": "c1", "id": "m1", "text": "I moved"}


def test_customers_are_paged_by_number_without_personal_values(home: House) -> None:
    numbers = [home.customer(f"CUST20260101000{n}") for n in range(1, 4)]
    token = home.token("crm", ["customers"])

    first = home.client.get("/api/v1/customers?limit=2", headers=token).json()
    rest = home.client.get(f"/api/v1/customers?limit=2&after={first['next']}", headers=token).json()

    assert [one["customer"] for one in first["items"] + rest["items"]] == numbers
    assert rest["next"] is None
    assert "Ada" not in str(first)


def test_one_customer_is_shown_masked(home: House) -> None:
    no = home.customer()
    token = home.token("crm", ["customers"])

    answer = home.client.get(f"/api/v1/customers/{no}", headers=token)
    history = home.client.get(f"/api/v1/customers/{no}/history", headers=token)

    assert {field["field"] for field in answer.json()["record"]} == {"name", "phone", "address"}
    assert len(history.json()["items"]) == 3
    for secret in ("2025550147", "Elm Street", "Ada Example"):
        assert secret not in answer.text + history.text


def test_a_customer_is_added_once_under_one_idempotency_key(home: House) -> None:
    token = home.token("crm", ["customers"]) | {"Idempotency-Key": "k-1"}
    body = {"name": "Bo Example", "phone": "+1 202-555-0123", "email": "bo@example.com"}

    first = home.client.post("/api/v1/customers", json=body, headers=token)
    again = home.client.post("/api/v1/customers", json=body, headers=token)
    other = home.client.post("/api/v1/customers", json=body | {"name": "Cy Example"}, headers=token)

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert other.status_code == 409
    assert len(home.app.database.read(lambda uow: uow.customers.page())) == 1


def test_a_value_that_cannot_be_read_is_named_and_not_repeated(home: House) -> None:
    token = home.token("crm", ["customers"])

    answer = home.client.post("/api/v1/customers", json={"name": "Bo", "phone": "12ab", "email": "@@"}, headers=token)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/phone", "/email"]
    assert "12ab" not in answer.text


def test_a_taken_number_is_a_conflict_and_an_unknown_one_not_found(home: House) -> None:
    no = home.customer()
    token = home.token("crm", ["customers"])

    assert home.client.post("/api/v1/customers", json={"name": "Bo", "customer": no}, headers=token).status_code == 409
    assert home.client.get("/api/v1/customers/CUST0", headers=token).status_code == 404


def test_a_chat_is_linked_by_an_integrator_and_not_stolen(home: House) -> None:
    one, two = home.customer("CUST1"), home.customer("CUST2")
    token = home.token("crm", ["links"])
    body = {"channel": "api", "chat": "c1"}

    linked = home.client.post("/api/v1/links", json=body | {"customer": one}, headers=token)
    again = home.client.post("/api/v1/links", json=body | {"customer": one}, headers=token)
    stolen = home.client.post("/api/v1/links", json=body | {"customer": two}, headers=token)

    assert linked.status_code == again.status_code == 200
    assert linked.json()["customer"] == one
    assert stolen.status_code == 409
    assert home.client.post("/api/v1/links", json=body | {"customer": "none"}, headers=token).status_code == 404


def test_a_link_token_leads_to_the_chat(home: House) -> None:
    no = home.customer()

    made = home.client.post("/api/v1/link-tokens", json={"customer": no}, headers=home.token("crm", ["links"]))

    assert made.status_code == 201
    assert made.json()["web"].endswith(f"/chat?link={made.json()['token']}")


def test_a_conversation_is_taken_written_in_and_handed_back(home: House) -> None:
    home.client.post("/api/v1/messages", json=OAK, headers=home.token("site", ["messages"]))
    home.staff("mei", "agent")
    home.staff("bo", "agent")
    mei, bo = home.token("mei", ["conversations"]), home.token("bo", ["conversations"])
    (line,) = home.client.get("/api/v1/conversations", headers=mei).json()["items"]
    base = f"/api/v1/conversations/{line['id']}"

    taken = home.client.post(f"{base}/takeover", headers=mei)
    second = home.client.post(f"{base}/takeover", headers=bo)
    noted = home.client.post(f"{base}/notes", json={"text": "wants a call"}, headers=bo)
    not_owner = home.client.post(f"{base}/handback", headers=bo)
    back = home.client.post(f"{base}/handback", headers=mei)

    assert taken.json()["owner"] == "mei"
    assert second.status_code == 409
    assert noted.status_code == 201
    assert not_owner.status_code == 409
    assert back.json()["owner"] is None
    said = home.client.get(f"{base}/messages", headers=mei).text
    assert "wants a call" not in said


def test_words_sent_twice_under_one_key_are_said_once(home: House) -> None:
    home.client.post("/api/v1/messages", json=OAK, headers=home.token("site", ["messages"]))
    home.staff("mei", "agent")
    token = home.token("mei", ["conversations"]) | {"Idempotency-Key": "k-1"}
    (line,) = home.client.get("/api/v1/conversations", headers=token).json()["items"]
    url = f"/api/v1/conversations/{line['id']}/messages"

    for _ in range(2):
        home.client.post(url, json={"text": "Hello"}, headers=token)

    said = home.client.get(url, headers=token).json()["items"]
    assert [one["text"] for one in said].count("Hello") == 1


def test_an_integrators_token_is_no_person(home: House) -> None:
    home.client.post("/api/v1/messages", json=OAK, headers=home.token("site", ["messages"]))
    token = home.token("desk", ["conversations"])
    (line,) = home.client.get("/api/v1/conversations", headers=token).json()["items"]

    assert home.client.post(f"/api/v1/conversations/{line['id']}/takeover", headers=token).status_code == 403
    assert home.client.post("/api/v1/conversations/none/notes", json={"text": "x"}, headers=token).status_code == 403


def test_the_audit_log_is_read_in_order_and_holds_nothing_personal(home: House) -> None:
    home.customer()
    token = home.token("auditor", ["audit"])

    answer = home.client.get("/api/v1/audit/entries?limit=1", headers=token)
    more = home.client.get(f"/api/v1/audit/entries?after={answer.json()['next']}", headers=token)

    assert answer.json()["items"][0]["act"]
    assert more.json()["items"]
    assert "2025550147" not in answer.text + more.text


@pytest.mark.parametrize("query", ["after=x", "limit=0", "limit=201", "after=-1"])
def test_a_wrong_cursor_is_a_problem(home: House, query: str) -> None:
    token = home.token("auditor", ["audit"])

    assert home.client.get(f"/api/v1/audit/entries?{query}", headers=token).status_code == 422


def test_a_decision_needs_a_known_request_a_digest_and_a_persons_token(home: House) -> None:
    home.staff("rita", "reviewer")
    token = home.token("rita", ["decide"])
    body = {"decision": "approve", "digest": "0" * 64}

    unknown = home.client.post("/api/v1/change-requests/CR-2026-000001/decisions", json=body, headers=token)
    without = home.client.post("/api/v1/change-requests/CR-1/decisions", json={"decision": "approve"}, headers=token)
    odd = home.client.post("/api/v1/change-requests/CR-1/decisions", json=body | {"decision": "maybe"}, headers=token)

    assert unknown.status_code == 404
    assert without.status_code == odd.status_code == 422
    assert home.client.get("/api/v1/change-requests?state=filed", headers=token).json() == {"items": [], "next": None}
    assert home.client.get("/api/v1/change-requests?state=lost", headers=token).status_code == 422


def test_customers_are_sorted_by_tier_tag_and_owner(home: House) -> None:
    token = home.token("crm", ["customers"])
    home.customer("C1")
    home.customer("C2", tags=("north",), owner="mei")

    changed = home.client.patch("/api/v1/customers/C1", json={"tier": "vip", "tags": ["gold", "north"]}, headers=token)

    assert changed.status_code == 200
    assert (changed.json()["tier"], changed.json()["tags"], changed.json()["owner"]) == ("vip", ["gold", "north"], None)
    for asked, numbers in {
        "tier=vip": ["C1"],
        "tag=north": ["C1", "C2"],
        "tag=north&owner=mei": ["C2"],
        "tag=south": [],
        "to_verify=true": [],
    }.items():
        found = home.client.get(f"/api/v1/customers?{asked}", headers=token).json()["items"]
        assert [one["customer"] for one in found] == numbers, asked


def test_a_label_that_is_left_out_stays_and_null_takes_the_owner_away(home: House) -> None:
    token = home.token("crm", ["customers"])
    home.customer("C1", tags=("north",), owner="mei")

    kept = home.client.patch("/api/v1/customers/C1", json={"tier": "vip"}, headers=token).json()
    freed = home.client.patch("/api/v1/customers/C1", json={"owner": None}, headers=token).json()

    assert (kept["owner"], kept["tags"]) == ("mei", ["north"])
    assert (freed["owner"], freed["tier"]) == (None, "vip")


@pytest.mark.parametrize("body", [{"name": "Bo"}, {"tags": ["two words"]}, {"tags": ["x"] * 21}, {"tier": "V I P"}])
def test_labels_change_nothing_personal_and_are_words(home: House, body: dict[str, object]) -> None:
    home.customer("C1")

    answer = home.client.patch("/api/v1/customers/C1", json=body, headers=home.token("crm", ["customers"]))

    assert answer.status_code == 422


def test_everything_on_a_customer_is_given_for_a_reason(home: House) -> None:
    no = home.customer()
    token = home.token("crm", ["customers"])

    without = home.client.get(f"/api/v1/customers/{no}/export", headers=token)
    given = home.client.get(f"/api/v1/customers/{no}/export?reason=asked+by+the+customer", headers=token)
    unknown = home.client.get("/api/v1/customers/C999/export?reason=because", headers=token)
    scope = home.client.get(f"/api/v1/customers/{no}/export?reason=because", headers=home.token("x", ["messages"]))

    assert (without.status_code, unknown.status_code, scope.status_code) == (422, 404, 403)
    assert {one["field"]: one["value"] for one in given.json()["values"]}["phone"] == {"e164": "+12025550147"}
    assert {one["reason"] for one in given.json()["disclosures"]} == {"asked by the customer"}
    assert {one["actor"] for one in given.json()["disclosures"]} == {"token:crm"}


def test_a_link_over_the_api_is_told_at_every_contact_on_file_and_counts_as_new(home: House) -> None:
    no, token = home.customer(), home.token("shop", ["links", "messages"])
    body = {"channel": "api", "chat": "shop-7", "customer": no}
    assert home.client.post("/api/v1/links", json=body, headers=token).status_code == 200
    assert home.client.post("/api/v1/links", json=body, headers=token).status_code == 200

    def told(uow: UnitOfWork) -> list[str]:
        ids = uow.run("SELECT id FROM notice ORDER BY created_at").fetchall()
        return [notice.text for (id,) in ids if (notice := uow.notices.load(id)) is not None]

    notices = home.app.database.read(told)
    assert notices
    assert len(set(notices)) == 1
    assert "a chat has been connected to your customer record" in notices[0]
    customer = home.app.database.read(lambda uow: uow.customers.by_no(no))
    assert customer is not None
    contacts = home.app.database.read(lambda uow: {"phone", "email"} & set(uow.customers.record(customer.id)))
    assert len(notices) == len(contacts)
    (link,) = home.app.database.read(lambda uow: uow.customers.links(customer.id))
    assert (link.how, link.at) == ("api", home.clock())
    other = {"channel": "telegram", "chat": "shop-7", "customer": no}
    assert home.client.post("/api/v1/links", json=other, headers=token).status_code == 403


def test_the_answer_kept_for_a_key_is_forgotten_after_a_day(home: House) -> None:
    home.customer()
    token = home.token("crm", ["customers"]) | {"Idempotency-Key": "k-1"}
    assert home.client.post("/api/v1/customers", json={"name": "Ben Example"}, headers=token).status_code == 201
    kept = "SELECT COUNT(*) FROM api_answer"

    home.clock.forward(dt.timedelta(hours=23))
    home.app.database.write(lambda uow: expire_answers(uow, now=home.clock()))
    assert home.app.database.read(lambda uow: uow.run(kept).fetchone()) == (1,)
    home.clock.forward(dt.timedelta(hours=2))
    home.app.database.write(lambda uow: expire_answers(uow, now=home.clock()))

    assert home.app.database.read(lambda uow: uow.run(kept).fetchone()) == (0,)


@pytest.mark.parametrize("act", ["takeover", "messages", "notes"])
def test_a_conversation_that_nobody_knows_is_not_found_and_not_repeated(home: House, act: str) -> None:
    home.staff("ann", "agent")
    headers = home.token("ann", ["conversations"])

    answer = home.client.post("/api/v1/conversations/Quovathzel/" + act, json={"text": "Hello"}, headers=headers)

    assert answer.status_code == 404
    assert "Quovathzel" not in answer.text


def test_a_member_that_nobody_knows_is_told_by_its_place_alone(home: House) -> None:
    body = {"name": "Ada Example", "+1 202 555 0147": "x"}

    answer = home.client.post("/api/v1/customers", json=body, headers=home.token("crm", ["customers"]))

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"pointer": "", "detail": "There is a member here that is not known."}]


def test_a_customer_is_erased_by_a_security_officer_and_a_hold_stops_it(home: House) -> None:
    no = home.customer()
    home.staff("olga", "security_officer")
    home.staff("sven", "supervisor")
    home.staff("rita", "reviewer")
    olga, sven, rita = (home.token(name, ["erase"]) for name in ("olga", "sven", "rita"))
    place = f"/api/v1/customers/{no}"
    crm = home.token("crm", ["customers", "links"])

    def erase(token: dict[str, str], confirm: str = no) -> int:
        return home.client.post(f"{place}/erase", json={"confirm": confirm}, headers=token).status_code

    assert [erase(rita), erase(crm), erase(olga, "CUST1")] == [403, 403, 422]
    assert home.client.post(f"{place}/hold", json={"reason": "a lawsuit"}, headers=sven).status_code == 201
    assert home.client.post(f"{place}/hold", json={"reason": "again"}, headers=olga).status_code == 409
    assert erase(olga) == 409
    assert home.client.delete(f"{place}/hold", headers=sven).status_code == 403
    assert home.client.delete(f"{place}/hold", headers=olga).status_code == 204
    assert home.client.delete(f"{place}/hold", headers=olga).status_code == 409
    assert erase(olga) == 200
    assert erase(olga) == 409

    after = home.client.get(place, headers=crm).json()
    assert (after["status"], after["record"]) == ("erased", [])
    assert home.client.get(f"{place}/export?reason=test", headers=crm).status_code == 409
    assert home.client.get(f"{place}/history", headers=crm).status_code == 200
    assert (
        home.client.get(f"{place}/duplicates", headers=home.token("rita", ["customers", "requests"])).status_code == 200
    )
    link = {"channel": "api", "chat": "c9", "customer": no}
    assert home.client.post("/api/v1/links", json=link, headers=crm).status_code == 409


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("What is held on", "Elm Street")), ("zh", ("全部资料", "手机"))]
)
def test_everything_on_a_customer_is_a_page_that_needs_nothing_else(
    home: House, language: str, words: tuple[str, ...]
) -> None:
    no = home.customer()
    token = home.token("crm", ["customers"])
    place = f"/api/v1/customers/{no}/export?reason=%3Cb%3Ethey%20asked"

    answer = home.client.get(f"{place}&html={language}", headers=token)

    assert answer.headers["content-type"].startswith("text/html")
    assert all(word in answer.text for word in words), answer.text
    assert "Ada Example" in answer.text
    assert not re.search(r"(?:src|href|url)\s*[=(]|https?:|<script|<link|@import", answer.text)
    assert "&lt;b&gt;they asked" in answer.text
    assert "<b>" not in answer.text
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in answer.text
    assert home.client.get(f"{place}&html=fr", headers=token).status_code == 422
