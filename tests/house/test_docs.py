"""The pages for people: every link leads somewhere, every command can be typed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from typer.core import TyperGroup

from bot.cli import app
from store.staff import Scope

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/**/*.md")))
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
COMMAND = re.compile(r"(?:^|`|\| +|\s)(?:\.venv/bin/)?tellonce +([a-z][^`#|\n]*)", re.MULTILINE)


def words(page: Path) -> str:
    """The page without its code blocks, whose brackets are no links."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings as addresses, made as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", words(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in (a or b for a, b in LINK.findall(words(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)) if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def commands_in(page: Path) -> list[list[str]]:
    """Every `tellonce …` that the page tells its reader to type, as words."""
    code = re.findall(r"^    .*$|^```[\s\S]*?^```$|`[^`\n]+`", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [found.split() for part in code for found in COMMAND.findall(part)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_can_be_typed(page: Path) -> None:
    for typed in commands_in(page):
        command: object = typer.main.get_command(app)
        rest = list(typed)
        while isinstance(command, TyperGroup) and rest and rest[0] in command.commands:
            command = command.commands[rest.pop(0)]
        assert not isinstance(command, TyperGroup) or not rest, f"{page.name}: tellonce {' '.join(typed)}"
        known = {option for one in getattr(command, "params", ()) for option in one.opts}
        asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert asked <= known, f"{page.name}: tellonce {' '.join(typed)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_exists(page: Path) -> None:
    for target in re.findall(r"(?:^    |`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        known = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert known.returncode == 0, f"{page.name}: make {target}"


def test_the_readme_shows_before_it_explains() -> None:
    """What it is, a picture, two commands, then how to run it for real."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    places = [text.index(part) for part in ("# TellOnce", "docs/pictures/", "make demo", "make test", "for real")]

    assert places == sorted(places)


def test_decisions_are_numbered_one_after_the_other() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("*.md"))
    headed = [re.match(r"# (\d+)\. ", page.read_text(encoding="utf-8")) for page in pages]

    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert [int(found[1]) for found in headed if found] == list(range(1, len(pages) + 1))


def test_every_scope_of_a_token_is_explained() -> None:
    page = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")

    assert [scope for scope in Scope if f"| `{scope}` |" not in page] == []


def test_every_test_that_a_page_names_is_there() -> None:
    named = {
        (page.name, path)
        for page in PAGES
        for path in re.findall(r"`(tests/[\w/.]+)`", page.read_text(encoding="utf-8"))
    }

    assert len(named) > 20
    assert sorted((page, path) for page, path in named if not (ROOT / path).exists()) == []
