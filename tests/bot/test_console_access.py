"""Who may open what in the console; forms of other sites; both languages."""

from __future__ import annotations

import re
import string

import pytest

from bot.wording import catalogue
from dialogs.access import SECTIONS as PERMISSIONS
from dialogs.access import Permission
from dialogs.effects import Refusal
from dialogs.flags import FlagReason
from dialogs.request import Role, State
from dialogs.types import Need, Stage
from tests.bot.app_fixture import House
from tests.bot.console_fixture import Desk, desk, filed

SECTIONS = {permission: f"/console/{permission}" for permission in PERMISSIONS}
OWN = ("/console/me", "/console/me/authenticator")
ALLOWED = {
    "agent": {"conversations", "customers"},
    "reviewer": {"requests", "conversations", "customers"},
    "supervisor": {"requests", "conversations", "customers", "freezes", "erase", "audit"},
    "operations": {"customers", "jobs"},
    "security_officer": {"audit", "freezes", "erase", "staff"},
}


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_each_role_opens_its_sections_and_no_other(home: House, role: str) -> None:
    mei = desk(home, "mei", role)

    answers = {permission.value: mei.get(path).status_code for permission, path in SECTIONS.items()}
    navigation = mei.get(mei.get("/console").headers["location"]).text

    assert answers == {name: 200 if name in ALLOWED[role] else 403 for name in answers}
    assert set(re.findall(r'<a href="/console/(\w+)"', navigation)) - {"me"} == ALLOWED[role]


def test_forms_are_refused_to_those_who_may_not(home: House) -> None:
    request = filed(home)
    agent, officer = desk(home, "ann", "agent"), desk(home, "sam", "security_officer")

    decision = agent.post(f"/console/requests/{request.number}/decision", verdict="approve", digest=request.digest)
    takeover = officer.post(f"/console/conversations/{request.conversation}/takeover")
    stream = officer.get(f"/console/conversations/{request.conversation}/stream")

    assert [decision.status_code, takeover.status_code, stream.status_code] == [403, 403, 403]


def test_a_form_of_another_site_or_without_the_token_changes_nothing(home: House) -> None:
    request = filed(home)
    rita = desk(home, "rita", "reviewer")
    path = f"/console/requests/{request.number}/decision"
    form = {"verdict": "approve", "digest": request.digest}

    answers = [
        rita.post(path, csrf="", **form),
        rita.post(path, csrf="x" * 43, **form),
        rita.post(path, origin="https://evil.example", **form),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert home.app.database.read(lambda uow: uow.requests.load(request.number)).state is State.IN_REVIEW


def test_without_a_session_every_page_leads_to_sign_in(home: House) -> None:
    for path in (*SECTIONS.values(), "/console", "/console/live", "/console/requests/CR-2026-000001"):
        answer = home.client.get(path, follow_redirects=False)

        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/console/sign-in")


def not_omars(home: House) -> dict[str, Desk]:
    """Who opens what a supervisor may not."""
    return {
        SECTIONS[Permission.STAFF]: desk(home, "olga", "security_officer"),
        SECTIONS[Permission.JOBS]: desk(home, "otto", "operations"),
    }


def test_pages_hold_no_script_or_style_of_their_own(home: House) -> None:
    request = filed(home)
    omar, others = desk(home, "omar", "supervisor"), not_omars(home)
    pages = [
        f"/console/requests/{request.number}",
        f"/console/conversations/{request.conversation}",
        "/console/customers/CUST202601010001",
        *OWN,
        *SECTIONS.values(),
    ]

    for path in pages:
        answer = others.get(path, omar).get(path)

        assert answer.status_code == 200, path
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.text), path
        assert answer.text.count("<h1") == 1
        for form in re.findall(r'<form method="post".*?</form>', answer.text, re.DOTALL):
            assert 'name="csrf"' in form


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_there_in_both_languages(home: House, language: str) -> None:
    request = filed(home)
    omar, others = desk(home, "omar", "supervisor"), not_omars(home)

    for path in (
        f"/console/requests/{request.number}",
        f"/console/conversations/{request.conversation}",
        *OWN,
        *SECTIONS.values(),
    ):
        answer = others.get(path, omar).get(f"{path}?lang={language}")

        assert answer.status_code == 200
        assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in answer.text
        assert ("退出登录" in answer.text or path == OWN[1]) == (language == "zh" or path == OWN[1])


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    english, chinese = catalogue("en"), catalogue("zh")

    def gaps(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert set(english) == set(chinese)
    assert [id for id in english if gaps(english[id]) != gaps(chinese[id])] == []


def test_every_state_stage_flag_refusal_and_need_has_words() -> None:
    kinds = {"state": State, "stage": Stage, "flag": FlagReason, "refusal": Refusal, "need": Need, "role": Role}

    missing = [f"console-{kind}-{one}" for kind, all_ in kinds.items() for one in all_]

    assert [id for id in missing if id not in catalogue("en")] == []
