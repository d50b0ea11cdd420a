"""Ids, nonces and codes for a turn."""

from __future__ import annotations

from collections import Counter
from unittest.mock import patch

import pytest

from bot.fresh import CODE_DIGITS, ID_DIGITS, IDS, NONCE_DIGITS, fresh
from dialogs.step import Turn
from store.crypto import new_nonces


@pytest.mark.parametrize("digits", range(6, 11))
def test_everything_has_its_length(digits: int) -> None:
    made = fresh(digits)

    assert len(made.nonce) == NONCE_DIGITS
    assert [len(id) for id in made.ids] == [ID_DIGITS] * IDS
    assert len(set(made.ids)) == IDS
    assert [len(code) for code in made.codes] == [digits]
    int(made.nonce, 16)
    int(made.codes[0])


def test_a_code_has_64_bits_more_than_it_needs() -> None:
    assert CODE_DIGITS * 4 - (10**10).bit_length() >= 64


@pytest.mark.parametrize(("drawn", "code"), [("0" * CODE_DIGITS, "000000"), ("f" * CODE_DIGITS, "286015")])
def test_a_code_is_the_remainder_and_keeps_its_zeroes(drawn: str, code: str) -> None:
    with patch("secrets.token_hex", lambda count: ("a" * NONCE_DIGITS + drawn).ljust(2 * count, "b")):
        assert fresh(6).codes == (code,)


def test_every_digit_comes_about_as_often_at_every_place() -> None:
    codes = [fresh(6).codes[0] for _ in range(5_000)]

    for place in range(6):
        often = Counter(code[place] for code in codes)
        assert len(often) == 10
        assert all(350 < count < 650 for count in often.values()), often  # seven standard deviations


def test_nothing_comes_twice() -> None:
    made = [fresh(6) for _ in range(2_000)]

    assert len({one.nonce for one in made}) == len(made)
    assert len({id for one in made for id in one.ids}) == IDS * len(made)
    assert len(set(new_nonces(8_000))) == 8_000
    assert {len(nonce) for nonce in new_nonces(3)} == {12}


def test_there_are_as_many_ids_as_a_turn_has_names_for() -> None:
    names = [name for name in vars(Turn) if name.endswith("_id")]

    assert len(names) == IDS
