"""Sign-in with an authenticator app: enrolment, every sign-in after it, recovery codes, a reset."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from httpx import Response

from store import staff as kept_staff
from store import totp
from store.attempts import Trying
from tests.bot.app_fixture import OPERATOR, House
from tests.bot.console_fixture import acts, desk

PASSWORD = "correct horse battery"
ENROLMENT = "/console/me/authenticator"


def csrf(page: Response) -> str:
    return page.text.split('name="csrf" value="')[1].split('"')[0]


def secret_on(page: Response) -> str:
    return "".join(re.findall(r"<code>([A-Z2-7]{4})</code>", page.text))


def code(home: House, secret: str) -> str:
    return totp.code_at(secret, totp.step_at(home.clock()))


def sign_in(home: House, typed: str = "", *, name: str = "rita", password: str = PASSWORD) -> Response:
    form = {"name": name, "password": password, "code": typed}
    return home.client.post("/console/sign-in", data=form, follow_redirects=False)


def enrol(home: House, name: str = "rita") -> tuple[str, list[str]]:
    """Sign in for the first time and set up the app; returns the secret and the recovery codes."""
    assert sign_in(home, name=name).headers["location"] == ENROLMENT
    page = home.client.get(ENROLMENT)
    secret = secret_on(page)
    done = home.client.post(ENROLMENT, data={"csrf": csrf(page), "code": code(home, secret)})
    assert done.status_code == 200
    codes = re.findall(r"<li><code>([0-9A-Z-]{19})</code>", done.text)
    assert len(codes) == 10
    home.clock.forward(dt.timedelta(seconds=60))
    return secret, codes


@pytest.fixture
def rita(home: House) -> tuple[str, list[str]]:
    home.staff("rita", "reviewer", PASSWORD)
    return enrol(home)


@pytest.mark.parametrize("role", ["reviewer", "supervisor", "security_officer"])
def test_whoever_decides_gets_nowhere_before_the_second_factor_is_set_up(home: House, role: str) -> None:
    home.staff("rita", role, PASSWORD)

    first = sign_in(home)
    elsewhere = home.client.get("/console/audit", follow_redirects=False)
    live = home.client.get("/console/live", headers={"HX-Request": "true"}, follow_redirects=False)
    page = home.client.get(ENROLMENT)

    assert first.headers["location"] == ENROLMENT
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (303, ENROLMENT)
    assert live.headers["hx-redirect"] == ENROLMENT
    assert "<svg" in page.text
    assert len(secret_on(page)) == 32
    assert f"secret={secret_on(page)}" in html.unescape(page.text)


def test_where_it_is_optional_a_reviewers_link_is_enough_until_they_set_one_up(home: House) -> None:
    optional = home.app.config.staff.model_copy(update={"totp": "optional"})
    home.app.config = home.app.config.model_copy(update={"staff": optional})
    home.staff("rita", "reviewer", PASSWORD)

    without = sign_in(home)
    token = csrf(home.client.get("/console/me"))
    begun = home.client.post(ENROLMENT + "/new", data={"csrf": token})
    home.client.post(ENROLMENT, data={"csrf": token, "code": code(home, secret_on(begun))})

    assert without.headers["location"] == "/console"
    assert sign_in(home).status_code == 401


def test_who_does_not_decide_may_go_without(home: House) -> None:
    home.staff("alex", "agent", PASSWORD)

    assert sign_in(home, name="alex").headers["location"] == "/console"


def test_a_wrong_first_code_sets_up_nothing_and_shows_the_same_secret(home: House) -> None:
    home.staff("rita", "reviewer", PASSWORD)
    sign_in(home)
    page = home.client.get(ENROLMENT)
    wrong = f"{(int(code(home, secret_on(page))) + 1) % 1_000_000:06}"

    answer = home.client.post(ENROLMENT, data={"csrf": csrf(page), "code": wrong})

    assert answer.status_code == 422
    assert secret_on(answer) == secret_on(page)
    assert home.app.database.read(lambda uow: uow.second_factors.of("rita")).since is None
    assert home.client.get("/console/requests", follow_redirects=False).headers["location"] == ENROLMENT


def test_setting_it_up_gives_the_session_a_new_secret_and_ends_the_others(home: House) -> None:
    home.staff("rita", "reviewer", PASSWORD)
    sign_in(home)
    before = home.client.cookies["tellonce_staff"]
    page = home.client.get(ENROLMENT)

    home.client.post(ENROLMENT, data={"csrf": csrf(page), "code": code(home, secret_on(page))})

    after = home.client.cookies["tellonce_staff"]
    assert after != before
    assert home.client.get("/console/requests").status_code == 200
    home.client.cookies.clear()
    home.client.cookies.set("tellonce_staff", before)
    assert home.client.get("/console/requests", follow_redirects=False).status_code == 303


def test_from_then_on_password_and_code_are_needed_and_a_code_works_once(
    home: House, rita: tuple[str, list[str]]
) -> None:
    home.client.cookies.clear()
    typed = code(home, rita[0])

    without, wrong_password = sign_in(home), sign_in(home, typed, password="wrong wrong wrong")
    right = sign_in(home, typed)
    replayed = sign_in(home, typed)

    assert without.status_code == wrong_password.status_code == replayed.status_code == 401
    assert right.headers["location"] == "/console"


def test_unknown_name_wrong_password_and_wrong_code_get_the_same_answer(
    home: House, rita: tuple[str, list[str]]
) -> None:
    home.client.cookies.clear()
    answers = [
        sign_in(home, "000000", name="nobody"),
        sign_in(home, "000000", password="wrong wrong wrong"),
        sign_in(home, "000000"),
    ]

    texts = {re.sub(r'value="(nobody|rita)"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {401}
    assert len(texts) == 1
    subjects = [
        one.subject
        for one in home.app.database.read(lambda uow: uow.audit.latest(None, 3))
        if one.act == "staff.sign_in_refused"
    ]
    assert subjects == ["staff:rita", "staff:rita", "staff:unknown"]


@pytest.mark.parametrize("name", ["rita", "nobody"])
def test_a_password_is_worked_out_once_whoever_it_is_and_also_while_waiting(
    home: House, rita: tuple[str, list[str]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor its time tells a name that exists, or one that waits, from any other."""
    home.client.cookies.clear()
    real, worked = kept_staff.hasher(), []
    kept_staff.nobodys_hash()

    class Counting:
        def verify(self, hash: str, password: str) -> bool:
            worked.append(password)
            return bool(real.verify(hash, password))

    monkeypatch.setattr("store.staff.hasher", Counting)
    for _ in range(7):
        sign_in(home, "000000", name=name, password="wrong wrong wrong")

    assert len(worked) == 7


def test_a_recovery_code_signs_in_once_and_is_told_at_the_next_sign_in(
    home: House, rita: tuple[str, list[str]]
) -> None:
    secret, codes = rita
    home.client.cookies.clear()

    first, second = sign_in(home, codes[0]), sign_in(home, codes[0])
    home.clock.forward(dt.timedelta(minutes=5))
    home.client.cookies.clear()
    told = sign_in(home, code(home, secret))
    page = home.client.get(told.headers["location"])
    home.clock.forward(dt.timedelta(minutes=5))
    after = sign_in(home, code(home, secret))

    assert (first.status_code, first.headers["location"]) == (303, "/console")
    assert second.status_code == 401
    assert told.headers["location"] == "/console/me?news=recovery"
    assert "A recovery code was used" in page.text
    assert "9 left." in page.text
    assert after.headers["location"] == "/console"


def test_after_a_reset_only_the_link_with_the_password_leads_to_a_new_app(
    home: House, rita: tuple[str, list[str]]
) -> None:
    def reset(uow):  # type: ignore[no-untyped-def]
        uow.second_factors.reset("rita", home.clock(), OPERATOR)
        return uow.staff.sign_in_link("rita", home.clock(), asks_password=True)

    link = f"/console/sign-in/{home.app.database.write(reset)}"
    home.client.cookies.clear()

    by_password = sign_in(home)
    by_old_code = sign_in(home, code(home, rita[0]))
    without = home.client.post(link, follow_redirects=False)
    asked = home.client.get(link).text
    both = home.client.post(link, data={"password": PASSWORD}, follow_redirects=False)

    assert by_password.status_code == by_old_code.status_code == without.status_code == 401
    assert 'name="password"' in asked
    assert both.headers["location"] == ENROLMENT
    assert secret_on(home.client.get(ENROLMENT)) != rita[0]


def test_a_link_stands_for_the_password_and_never_for_the_code(home: House, rita: tuple[str, list[str]]) -> None:
    token = home.app.database.write(lambda uow: uow.staff.sign_in_link("rita", home.clock()))
    link = f"/console/sign-in/{token}"
    home.client.cookies.clear()

    without = home.client.post(link, follow_redirects=False)
    right = home.client.post(link, data={"code": code(home, rita[0])}, follow_redirects=False)

    assert without.status_code == 401
    assert 'name="code"' in without.text
    assert right.status_code == 303


def test_a_new_app_needs_a_code_of_the_present_one(home: House, rita: tuple[str, list[str]]) -> None:
    token = csrf(home.client.get("/console/me"))

    without = home.client.post(ENROLMENT + "/new", data={"csrf": token, "code": "000000"})
    begun = home.client.post(ENROLMENT + "/new", data={"csrf": token, "code": code(home, rita[0])})
    hidden = home.client.get(ENROLMENT)

    assert without.status_code == 422
    assert secret_on(without) == ""
    assert len(secret_on(begun)) == 32
    assert secret_on(hidden) == "", "no other page shows a secret that waits"


def test_new_recovery_codes_need_a_code_and_void_the_old_ones(home: House, rita: tuple[str, list[str]]) -> None:
    secret, codes = rita
    token = csrf(home.client.get("/console/me"))

    refused = home.client.post("/console/me/recovery", data={"csrf": token, "code": "000000"})
    made = home.client.post("/console/me/recovery", data={"csrf": token, "code": code(home, secret)})
    home.client.cookies.clear()

    assert refused.status_code == 422
    fresh = re.findall(r"<li><code>([0-9A-Z-]{19})</code>", made.text)
    assert sign_in(home, codes[1]).status_code == 401
    assert sign_in(home, fresh[1]).status_code == 303


def test_failures_on_a_strangers_device_do_not_lock_the_colleagues_own_browser(
    home: House, rita: tuple[str, list[str]]
) -> None:
    own = dict(home.client.cookies)
    home.client.cookies.clear()
    for _ in range(8):
        sign_in(home, "000000", password="wrong wrong wrong")
    stranger = sign_in(home, code(home, rita[0]))
    home.client.cookies.set("tellonce_device", own["tellonce_device"])

    colleague = sign_in(home, code(home, rita[0]))

    assert stranger.status_code == 401
    assert colleague.status_code == 303


def test_a_waiting_stranger_still_waits_after_a_restart(home: House, rita: tuple[str, list[str]]) -> None:
    home.client.cookies.clear()
    for _ in range(5):
        sign_in(home, "000000")

    waiting = home.app.database.read(lambda uow: uow.run("SELECT count(*) FROM sign_in_attempt").fetchone())

    assert waiting == (3,)  # the name, the name from this address, the address: in the database, not in memory
    assert sign_in(home, code(home, rita[0])).status_code == 401


def test_sessions_are_listed_and_one_or_all_others_ended(home: House, rita: tuple[str, list[str]]) -> None:
    def elsewhere() -> str:
        return home.app.database.write(lambda uow: uow.sessions.open("rita", "198.51.100.7", home.clock()))

    other, third = elsewhere(), elsewhere()
    page = home.client.get("/console/me")
    id = home.app.database.read(lambda uow: uow.sessions.of(other, home.clock())).id
    home.client.post("/console/me/sessions/end", data={"csrf": csrf(page), "id": id})
    alive = [
        home.app.database.read(lambda uow, t=t: uow.sessions.of(t, home.clock())) is not None for t in (other, third)
    ]
    home.client.post("/console/me/sessions/end", data={"csrf": csrf(page)})

    assert page.text.count("198.51.100.7</strong>") == 2
    assert alive == [False, True]
    assert home.app.database.read(lambda uow: uow.sessions.of(third, home.clock())) is None
    assert home.client.get("/console/me").status_code == 200, "one's own session goes on"


def test_pages_that_follow_by_themselves_keep_no_session_alive(home: House, rita: tuple[str, list[str]]) -> None:
    for _ in range(4):
        home.clock.forward(dt.timedelta(minutes=20))
        answer = home.client.get("/console/requests", headers={"HX-Request": "true"}, follow_redirects=False)

    assert answer.status_code == 401


def test_use_keeps_a_session_alive_but_not_beyond_its_whole_time(home: House, rita: tuple[str, list[str]]) -> None:
    for _ in range(23):
        home.clock.forward(dt.timedelta(minutes=30))
        assert home.client.get("/console/requests", follow_redirects=False).status_code == 200
    home.clock.forward(dt.timedelta(minutes=30))

    assert home.client.get("/console/requests", follow_redirects=False).status_code == 303


def test_a_token_is_activated_and_revoked_on_ones_own_page(home: House, rita: tuple[str, list[str]]) -> None:
    made = home.app.database.write(lambda uow: uow.staff.token_new("rita", ["decide"], home.clock(), OPERATOR))
    id = home.app.database.read(lambda uow: uow.staff.token_of(made)).id
    token = csrf(home.client.get("/console/me"))

    def post(path: str, typed: str = "") -> Response:
        return home.client.post(path, data={"csrf": token, "code": typed}, follow_redirects=False)

    wrong = post(f"/console/me/tokens/{id}/activate", "000000")
    right = post(f"/console/me/tokens/{id}/activate", code(home, rita[0]))
    active = home.app.database.read(lambda uow: uow.staff.token_of(made)).active
    foreign = post("/console/me/tokens/nothing/revoke")
    post(f"/console/me/tokens/{id}/revoke")

    assert (wrong.status_code, right.status_code, active) == (422, 303, True)
    assert foreign.status_code == 404
    assert home.app.database.read(lambda uow: uow.staff.token_of(made)) is None


def test_a_password_is_changed_only_with_the_present_one(home: House, rita: tuple[str, list[str]]) -> None:
    home.client.cookies.clear()
    sign_in(home, code(home, rita[0]))
    token = csrf(home.client.get("/console/password"))
    new = "another long sentence"

    def change(**form: str) -> Response:
        return home.client.post("/console/password", data={"csrf": token, **form}, follow_redirects=False)

    without, named = change(password=new), change(password="rita rita rita", current=PASSWORD)
    right = change(password=new, current=PASSWORD)

    assert without.status_code == named.status_code == 422
    assert "little more than your name" in named.text
    assert right.status_code == 303
    assert home.app.database.read(lambda uow: uow.staff.check_password("rita", new))


@pytest.mark.parametrize(("language", "word"), [("en", "Set up your authenticator app"), ("zh", "设置身份验证器应用")])
def test_the_pages_speak_both_languages(home: House, language: str, word: str) -> None:
    home.staff("rita", "reviewer", PASSWORD)
    sign_in(home)

    assert word in home.client.get(f"{ENROLMENT}?lang={language}").text


# --- the security officer ---------------------------------------------------------------------------------------------


def test_an_officer_takes_a_colleagues_lost_app_away_and_cannot_use_the_link(
    home: House, rita: tuple[str, list[str]]
) -> None:
    olga = desk(home, "olga", "security_officer")

    done = olga.post("/console/staff/rita/reset")
    link = re.findall(r"<code>(http\S+/console/sign-in/\S+)</code>", done.text)[0]
    alone = home.client.post(link, data={"code": rita[1][0]}, follow_redirects=False)
    colleague = home.client.post(link, data={"password": PASSWORD}, follow_redirects=False)

    assert alone.status_code == 401
    assert colleague.headers["location"] == ENROLMENT
    assert acts(home, "staff.totp_reset") == [("olga", "staff:rita")]
    assert link not in olga.get("/console/staff").text


def test_an_officer_types_their_own_code_to_take_a_colleagues_away(home: House, rita: tuple[str, list[str]]) -> None:
    olga = desk(home, "olga", "security_officer")
    secret = home.app.database.write(lambda uow: uow.second_factors.begin("olga", home.clock()))
    home.app.database.write(lambda uow: uow.second_factors.confirm("olga", code(home, secret), home.clock(), OPERATOR))
    home.clock.forward(dt.timedelta(minutes=1))

    without = olga.post("/console/staff/rita/reset")
    colleagues = olga.post("/console/staff/rita/reset", code=code(home, rita[0]))
    own = olga.post("/console/staff/rita/reset", code=code(home, secret))

    assert (without.status_code, colleagues.status_code, own.status_code) == (422, 422, 200)


def test_an_officer_does_none_of_it_for_themselves_nor_without_a_colleagues_password(home: House) -> None:
    olga = desk(home, "olga", "security_officer")
    home.staff("pat", "reviewer")

    own = [olga.post(f"/console/staff/olga/{act}").status_code for act in ("reset", "unlock", "sessions/end")]
    nobody = olga.post("/console/staff/nobody/reset").status_code
    without = olga.post("/console/staff/pat/reset")

    assert own == [403, 403, 403]
    assert nobody == 404
    assert (without.status_code, "has no password" in without.text) == (422, True)


def test_only_officers_look_after_colleagues(home: House, rita: tuple[str, list[str]]) -> None:
    sam = desk(home, "sam", "supervisor")

    answers = [sam.post(f"/console/staff/rita/{act}").status_code for act in ("reset", "unlock", "sessions/end")]

    assert [sam.get("/console/staff").status_code, *answers] == [403] * 4


def test_an_officer_lifts_the_waiting_and_ends_sessions(home: House, rita: tuple[str, list[str]]) -> None:
    olga = desk(home, "olga", "security_officer")
    for n in range(20):
        home.app.database.write(lambda uow, n=n: uow.attempts.count(Trying("rita", f"10.1.{n}.1"), home.clock()))
    assert "strangers wait" in olga.get("/console/staff").text

    olga.post("/console/staff/rita/unlock")
    olga.post("/console/staff/rita/sessions/end")

    page = olga.get("/console/staff").text
    assert "strangers wait" not in page
    assert home.app.database.read(lambda uow: uow.sessions.of_staff("rita", home.clock())) == []
    assert acts(home, "staff.unlocked") == acts(home, "staff.sessions_ended")[:1] == [("olga", "staff:rita")]
