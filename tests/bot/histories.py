"""Invented chat histories of any size, as other programs export them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

SAID = (
    "Where is my order?",
    "Thanks, that helps a lot. Have a nice day!",
    "I moved to 12 Oak Street last week, could you send it there?",
    "my new number is 202-555-0147",
    "Is the shop open on Sunday?",
    "请问什么时候发货?",
    "我换手机号了,新号码是13800001111",
    "我们上个月搬家了",
    "好的,谢谢",
    "I haven't moved, why do you ask?",
)


def messages(count: int, seed: int = 7) -> Iterator[dict[str, object]]:
    """As Telegram Desktop writes them; every fifth is the company's own."""
    chance = random.Random(seed)
    for number in range(1, count + 1):
        author = 0 if number % 5 == 0 else chance.randrange(1, max(2, count // 10))
        yield {
            "id": number,
            "type": "message",
            "date_unixtime": str(1_700_000_000 + number * 60),
            "from": "Support" if author == 0 else f"Customer {author}",
            "from_id": f"user{author}",
            "text": SAID[chance.randrange(len(SAID))]
            if number % 7
            else ["see ", {"type": "link", "text": "example.com"}],
        }


def telegram(file: Path, count: int) -> Path:
    """A result.json of so many messages."""
    with file.open("w", encoding="utf-8") as out:
        out.write('{"name": "Shop", "type": "private_supergroup", "id": 42, "messages": [')
        for number, message in enumerate(messages(count)):
            out.write(("," if number else "") + json.dumps(message, ensure_ascii=False) + "\n")
        out.write("]}")
    return file


def jsonl(file: Path, count: int) -> Path:
    """The same as JSON Lines."""
    with file.open("w", encoding="utf-8") as out:
        for message in messages(count):
            out.write(json.dumps(message, ensure_ascii=False) + "\n")
    return file
