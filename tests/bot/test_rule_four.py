"""Rule 4, tried hard: whatever is done in whatever order, a token decides only after its own person's fresh code."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import totp
from tests.bot.app_fixture import OPERATOR, SITE, House, house

PEOPLE = ("rita", "sam")
DECISION = {"decision": "approve", "digest": "0" * 64}

cases = itertools.count()  # each example has people of its own
acts = st.lists(
    st.one_of(
        st.tuples(st.just("token"), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(st.just("enrol"), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(st.just("reset"), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(st.just("disable"), st.sampled_from(PEOPLE), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from(PEOPLE), st.just("")),
        *[st.tuples(st.just("activate"), st.sampled_from(PEOPLE), st.just("own"))] * 3,
        st.tuples(st.just("activate"), st.sampled_from(PEOPLE), st.sampled_from(["other's", "old", "guess", ""])),
    ),
    min_size=4,
    max_size=24,
)


class Office:
    """The real application, and beside it what the rule allows."""

    def __init__(self, home: House, case: str) -> None:
        self.home = home
        self.names = {name: f"{name}{case}" for name in PEOPLE}
        self.tokens: list[tuple[str, dict[str, str]]] = []
        self.secret: dict[str, str] = {}
        self.used: dict[str, int] = {}
        self.may: set[int] = set()
        for name, role in zip(PEOPLE, ("reviewer", "supervisor"), strict=True):
            home.staff(self.names[name], role)

    def write(self, act):  # type: ignore[no-untyped-def]
        return self.home.app.database.write(act)

    def token(self, who: str, _: str) -> None:
        made = self.write(lambda uow: uow.staff.token_new(self.names[who], ["decide"], self.home.clock(), OPERATOR))
        self.tokens.append((who, {"Authorization": f"Bearer {made}"}))

    def enrol(self, who: str, _: str) -> None:
        """A secret that waits; what counts already keeps counting, so it is only taken up where nothing does."""
        if who not in self.used:
            self.secret[who] = self.write(lambda uow: uow.second_factors.begin(self.names[who], self.home.clock()))

    def reset(self, who: str, _: str) -> None:
        self.write(lambda uow: uow.second_factors.reset(self.names[who], self.home.clock(), OPERATOR))
        self.secret.pop(who, None)
        self.used.pop(who, None)
        self.may -= self._of(who)

    def disable(self, who: str, _: str) -> None:
        """And back again: what was void stays void."""
        self.write(lambda uow: uow.staff.disable(self.names[who], self.home.clock(), OPERATOR))
        self.write(lambda uow: uow.staff.enable(self.names[who], self.home.clock(), OPERATOR))
        self.may -= self._of(who)
        self.tokens = [("nobody" if owner == who else owner, header) for owner, header in self.tokens]

    def wait(self, who: str, _: str) -> None:
        self.home.clock.forward(dt.timedelta(seconds=30))

    def activate(self, who: str, how: str) -> None:
        """The newest token of somebody, with some code: right only with one's own, of a step after the last used."""
        mine = sorted(self._of(who))
        if not mine:
            return
        step = totp.step_at(self.home.clock())
        other = next(name for name in PEOPLE if name != who)
        secret = self.secret.get(other if how == "other's" else who, totp.new_secret())
        step -= 2 if how == "old" else 0
        typed = "000000" if how == "guess" else "x" * 6 if not how else totp.code_at(secret, step)
        answer = self.home.client.post(
            "/api/v1/tokens/activate", json={"totp": typed}, headers=self.tokens[mine[-1]][1]
        )
        right = how == "own" and who in self.secret and step > self.used.get(who, 0)
        if answer.status_code == 429:
            return  # too many wrong ones before
        if how != "guess":  # a guess may be right once in a million
            assert (answer.status_code == 200) == right, (how, answer.text)
        if answer.status_code == 200:
            self.used[who] = step
            self.may.add(mine[-1])

    def check(self) -> None:
        """Every token decides exactly when the rule says so."""
        for at, (owner, header) in enumerate(self.tokens):
            answer = self.home.client.post(
                "/api/v1/change-requests/CR-2026-000001/decisions", json=DECISION, headers=header
            )
            wanted = 404 if at in self.may else 401 if owner == "nobody" else 403
            assert answer.status_code == wanted, (at, owner, answer.text)

    def _of(self, who: str) -> set[int]:
        return {at for at, (owner, _) in enumerate(self.tokens) if owner == who}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    folder: Path = tmp_path_factory.mktemp("rule-four")
    with house(folder, public_url=SITE) as made:
        yield made


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(acts=acts)
def test_a_token_decides_only_after_its_own_persons_fresh_code(
    home: House, acts: Sequence[tuple[str, str, str]]
) -> None:
    home.clock.forward(dt.timedelta(hours=1))
    office = Office(home, str(next(cases)))

    for act, who, how in [("enrol", "rita", ""), ("token", "rita", ""), *acts]:
        getattr(office, act)(who, how)
        if act != "wait":
            office.check()
