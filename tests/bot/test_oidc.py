"""Sign-in through an identity provider that really signs: whom it names, what is not believed, and our own code."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from bot.oidc import Provider
from store import totp
from store.staff import StaffError
from tests.bot.app_fixture import OPERATOR, SITE, House, house
from tests.bot.console_fixture import acts
from tests.bot.oidc_provider import CLIENT, SECRET, IdentityProvider, identity_provider

MFA = {"amr": ["pwd", "mfa"]}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as made:
        yield made


def staffed(home: House, provider: IdentityProvider) -> House:
    """Rita is a reviewer, known to the provider; its clock is ours."""
    provider.now = lambda: home.clock().timestamp()
    home.staff("rita", "reviewer")
    home.app.database.write(lambda uow: uow.staff.identify("rita", "s-1", home.clock(), OPERATOR))
    return home


def section(provider: IdentityProvider, **more: object) -> dict[str, object]:
    return {"oidc": {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, **more}}


@pytest.fixture
def home(tmp_path: Path, provider: IdentityProvider) -> Iterator[House]:
    with house(tmp_path, staff=section(provider)) as made:
        yield staffed(made, provider)


def set_out(home: House, **headers: str) -> Response:
    return home.client.get("/console/oidc?next=/console/me", headers=headers, follow_redirects=False)


def come_back(home: House, provider: IdentityProvider) -> Response:
    """The whole way, there and back."""
    address, _ = provider.authorize(set_out(home).headers["location"])
    return home.client.get(address.removeprefix(SITE), follow_redirects=False)


def is_in(home: House) -> bool:
    return home.client.get("/console/me", follow_redirects=False).status_code == 200


def test_whom_the_provider_names_with_a_second_factor_is_signed_in(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA

    answer = come_back(home, provider)

    assert answer.status_code == 200
    assert 'content="0; url=/console/me"' in answer.text
    assert "samesite=strict" in answer.headers["set-cookie"].lower()
    assert is_in(home)
    assert acts(home, "staff.signed_in") == [("rita", "staff:rita")]


def test_nobody_is_made_a_member_of_staff_by_coming_back(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA | {"sub": "s-2", "preferred_username": "rita", "email": "rita@corp.example"}

    assert come_back(home, provider).status_code == 401
    assert not is_in(home)
    assert [one.name for one in home.app.database.read(lambda uow: uow.staff.all())] == ["rita"]
    assert acts(home, "staff.sign_in_refused") == [("sign-in", "staff:unknown")]


def test_somebody_who_was_disabled_does_not_get_in(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA
    home.app.database.write(lambda uow: uow.staff.disable("rita", home.clock(), OPERATOR))

    assert come_back(home, provider).status_code == 401
    assert not is_in(home)


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-application"},
        {"aud": ["another", CLIENT]},  # several, and no azp
        {"aud": ["another", CLIENT], "azp": "another"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"sub": None},
        {"sub": 7},
        {"at_hash": "AAAA"},
    ],
    ids=str,
)
def test_an_id_token_with_one_wrong_claim_is_not_believed(
    home: House, provider: IdentityProvider, wrong: dict[str, Any]
) -> None:
    provider.claims = MFA | wrong

    assert come_back(home, provider).status_code == 401
    assert not is_in(home)


def test_an_expired_token_is_not_believed_and_a_slow_clock_is_forgiven(home: House, provider: IdentityProvider) -> None:
    now = int(home.clock().timestamp())
    provider.claims = MFA | {"exp": now - 61, "iat": now - 361}
    late = come_back(home, provider).status_code
    provider.claims = MFA | {"exp": now - 30, "iat": now - 330}

    assert (late, come_back(home, provider).status_code) == (401, 200)


def test_a_signature_by_another_key_is_not_believed(home: House, provider: IdentityProvider) -> None:
    provider.claims, provider.signed_with = MFA, provider.new_key()

    assert come_back(home, provider).status_code == 401
    assert not is_in(home)


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_a_token_that_anybody_could_have_made_is_not_believed(
    home: House, provider: IdentityProvider, alg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64
    import hashlib
    import hmac
    import json

    real = provider.id_token

    def forged(nonce: str) -> str:
        claims = real(nonce).split(".")[1]
        header = json.dumps({"alg": alg, "kid": provider.key.kid}).encode()
        head = base64.urlsafe_b64encode(header).decode().rstrip("=")
        public = json.dumps(provider.key.as_dict(private=False)).encode()
        mac = hmac.new(public, f"{head}.{claims}".encode(), hashlib.sha256).digest()
        tail = "" if alg == "none" else base64.urlsafe_b64encode(mac).decode().rstrip("=")
        return f"{head}.{claims}.{tail}"

    provider.claims = MFA
    monkeypatch.setattr(provider, "id_token", forged)

    assert come_back(home, provider).status_code == 401
    assert not is_in(home)


def test_a_new_key_of_the_provider_is_fetched_when_it_is_first_seen(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA
    assert come_back(home, provider).status_code == 200
    provider.rotate()

    assert come_back(home, provider).status_code == 200
    assert provider.asked.count("/keys") == 2


def test_an_address_to_come_back_to_works_once(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA
    address, code = provider.authorize(set_out(home).headers["location"])
    held = provider.codes[code]
    first = home.client.get(address.removeprefix(SITE)).status_code
    home.client.post("/console/sign-out", data={"csrf": ""})
    provider.codes[code] = held  # a provider that forgets to use a code up

    again = home.client.get(address.removeprefix(SITE), follow_redirects=False)

    assert (first, again.status_code) == (200, 401)
    assert provider.asked.count("/token") == 1


def test_what_another_browser_began_is_not_finished_here(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA
    address, _ = provider.authorize(set_out(home).headers["location"])
    home.client.cookies.clear()
    without = home.client.get(address.removeprefix(SITE)).status_code
    set_out(home)

    other = home.client.get(address.removeprefix(SITE)).status_code

    assert (without, other) == (401, 401)
    assert "/token" not in provider.asked


def test_a_cookie_that_was_changed_is_none_of_ours(home: House, provider: IdentityProvider) -> None:
    address, _ = provider.authorize(set_out(home).headers["location"])
    cookie = home.client.cookies["tellonce_oidc"]
    home.client.cookies.clear()

    for changed in ("", "...", "a.b.c.d", cookie[:-1] + ("0" if cookie[-1] != "0" else "1"), "x" + cookie):
        answer = home.client.get(address.removeprefix(SITE), headers={"Cookie": f"tellonce_oidc={changed}"})
        assert answer.status_code == 401


def test_whoever_comes_back_after_ten_minutes_begins_again(home: House, provider: IdentityProvider) -> None:
    provider.claims = MFA
    address, _ = provider.authorize(set_out(home).headers["location"])
    home.clock.forward(dt.timedelta(minutes=10, seconds=1))

    assert home.client.get(address.removeprefix(SITE)).status_code == 401


def test_no_other_site_sends_anybody_through(home: House) -> None:
    assert set_out(home, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert set_out(home, **{"Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_a_no_of_the_provider_and_another_issuers_answer_are_told_in_one_sentence(
    home: House, provider: IdentityProvider
) -> None:
    provider.claims = MFA
    texts = set()
    for add in ("&error=access_denied", "&iss=https://evil.example"):
        address, _ = provider.authorize(set_out(home).headers["location"])
        texts.add(home.client.get(address.removeprefix(SITE) + add).text)

    assert len(texts) == 1
    assert "did not work" in texts.pop()


def test_where_the_provider_cannot_be_reached_the_form_is_still_there(home: House, provider: IdentityProvider) -> None:
    provider.issuer = "https://evil.example"  # what it says of itself is not what we know it by

    answer = set_out(home)

    assert answer.status_code == 401
    assert 'name="password"' in answer.text


def enrolled(home: House) -> str:
    secret = home.app.database.write(lambda uow: uow.second_factors.begin("rita", home.clock()))
    first = totp.code_at(secret, totp.step_at(home.clock()))
    assert home.app.database.write(lambda uow: uow.second_factors.confirm("rita", first, home.clock(), OPERATOR))
    home.clock.forward(dt.timedelta(seconds=30))
    return secret


def test_without_a_second_factor_there_our_own_is_asked_for(home: House, provider: IdentityProvider) -> None:
    secret = enrolled(home)
    form = come_back(home, provider)
    before = is_in(home)
    wrong = home.client.post("/console/oidc/code", data={"code": "000000"})
    right = home.client.post("/console/oidc/code", data={"code": totp.code_at(secret, totp.step_at(home.clock()))})

    assert (form.status_code, before) == (200, False)
    assert 'action="/console/oidc/code"' in form.text
    assert (wrong.status_code, right.status_code) == (401, 200)
    assert is_in(home)


def test_a_code_is_awaited_for_ten_minutes_and_guessing_waits(home: House, provider: IdentityProvider) -> None:
    secret = enrolled(home)
    come_back(home, provider)
    for _ in range(5):
        home.client.post("/console/oidc/code", data={"code": "000000"})
    right = {"code": totp.code_at(secret, totp.step_at(home.clock()))}
    assert home.client.post("/console/oidc/code", data=right).status_code == 401
    come_back(home, provider)
    home.clock.forward(dt.timedelta(minutes=10, seconds=1))

    late = {"code": totp.code_at(secret, totp.step_at(home.clock()))}

    assert home.client.post("/console/oidc/code", data=late).status_code == 401
    assert not is_in(home)


def test_whoever_decides_sets_up_a_second_factor_where_there_is_none(home: House, provider: IdentityProvider) -> None:
    answer = come_back(home, provider)

    assert 'url=/console/me/authenticator"' in answer.text
    assert not is_in(home)


def test_a_claim_of_ones_own_choice_and_acr(tmp_path: Path, provider: IdentityProvider) -> None:
    with house(tmp_path, staff=section(provider, claim="email", acr=["gold"], scopes=["openid", "email"])) as home:
        staffed(home, provider)
        home.app.database.write(lambda uow: uow.staff.identify("rita", "rita@corp.example", home.clock(), OPERATOR))
        provider.claims = {"email": "rita@corp.example", "acr": "gold"}
        unverified = come_back(home, provider).status_code
        provider.claims |= {"email_verified": True}

        assert (unverified, come_back(home, provider).status_code) == (401, 200)
        assert is_in(home)


def test_only_means_that_no_password_is_asked_for_or_taken(tmp_path: Path, provider: IdentityProvider) -> None:
    with house(tmp_path, staff=section(provider, only=True)) as home:
        page = home.client.get("/console/sign-in?lang=zh").text
        answer = home.client.post("/console/sign-in", data={"name": "rita", "password": "x"})

        assert "使用 SSO 登录" in page
        assert 'name="password"' not in page
        assert answer.status_code == 404


def test_one_identity_is_one_persons(home: House) -> None:
    home.staff("bo", "agent")

    with pytest.raises(StaffError, match="somebody else"):
        home.app.database.write(lambda uow: uow.staff.identify("bo", "s-1", home.clock(), OPERATOR))


def test_without_an_issuer_there_is_nothing_of_it(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        assert home.client.get("/console/oidc").status_code == 404
        assert "oidc" not in home.client.get("/console/sign-in").text


def test_endpoints_that_are_not_https_are_not_used(provider: IdentityProvider) -> None:
    from bot.config_oidc import OidcSection
    from bot.oidc import OidcError

    away = Provider(OidcSection(issuer="https://login.example", client_id=CLIENT), SITE)

    with pytest.raises(OidcError, match="discovery-not-https"):
        away._ours("http://login.example/token")
