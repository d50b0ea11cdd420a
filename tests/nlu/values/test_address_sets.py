"""The invented sets of addresses: how much of each is read, in every form in which the sets give it."""

from __future__ import annotations

import pytest

from tests.nlu.values.conftest import Find
from tests.nlu.values.marked import Marked, Tally, best_of, chinese, english

SETS = [
    (english(), 0.99),
    (chinese(), 0.98),
    (english("addresses_en_2.txt"), 0.98),
    (chinese("addresses_zh_2.txt"), 0.97),
]


@pytest.mark.parametrize(("addresses", "floor"), SETS, ids=["en", "zh", "en 2", "zh 2"])
def test_parts_of_invented_addresses_are_read(addresses: list[Marked], floor: float, find: Find) -> None:
    tally, wrong = Tally(), []

    for one in addresses:
        found = [c.value for c in find(one.text, expects="address") if c.field == "address" and c.role == "new"]
        said = best_of(one.parts, found)
        if not tally.add(one.parts, said):
            wrong.append(f"{one.text}: {dict(one.parts)} read as {dict(said)}")

    assert tally.f1 >= floor, "\n".join(wrong)
