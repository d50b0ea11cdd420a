"""Chat histories: every format in the shapes that programs really write, and what is broken in them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.exports import source as sources
from bot.exports.message import TEXT_LIMIT, Bad, ExportError, Format, Message, Silent
from bot.exports.read import Reading, guess, read
from bot.exports.source import source_of

UTC = dt.UTC


def messages(
    folder: Path,
    content: str | bytes,
    kind: Format | None = None,
    *,
    american: bool = False,
    columns: Mapping[str, str] = {},
) -> list[Message | Bad]:
    """The file, guessed unless its kind is given."""
    file = folder / "history"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    source = source_of(file)
    return list(read(source, kind or guess(source, columns), Reading(UTC, american, columns)))


def texts(found: list[Message | Bad]) -> list[str]:
    return [one.text for one in found if isinstance(one, Message)]


@pytest.mark.parametrize(
    ("line", "american", "at"),
    [
        ("[31/12/2023, 23:59:58] Ana: hi", False, "2023-12-31 23:59:58"),
        ("\u200e[31/12/2023, 23:59:58] Ana: hi", False, "2023-12-31 23:59:58"),
        ("12/31/23, 11:59 PM - Ana: hi", False, "2023-12-31 23:59:00"),
        ("12/31/23, 11:59\u202fPM - Ana: hi", True, "2023-12-31 23:59:00"),
        ("[12/31/23, 12:05:09 AM] Ana: hi", True, "2023-12-31 00:05:09"),
        ("31/12/2023 23:59 - Ana: hi", False, "2023-12-31 23:59:00"),
        ("31/12/23, 11:59 p. m. - Ana: hi", False, "2023-12-31 23:59:00"),
        ("31.12.23, 23:59 - Ana: hi", True, "2023-12-31 23:59:00"),
        ("31-12-2023 23:59 - Ana: hi", False, "2023-12-31 23:59:00"),
        ("2023-12-31, 23:59 - Ana: hi", False, "2023-12-31 23:59:00"),
        ("2023/12/31 下午11:59 - 王小明: 你好", False, "2023-12-31 23:59:00"),
        ("[2023/12/31 下午11:59:58] 王小明: 你好", False, "2023-12-31 23:59:58"),
        ("2023/12/31 上午12:05 - 王小明: 你好", False, "2023-12-31 00:05:00"),
        ("2023/12/31 凌晨1:05 - 王小明: 你好", False, "2023-12-31 01:05:00"),
        ("2023/12/31 中午12:05 - 王小明: 你好", False, "2023-12-31 12:05:00"),
        ("2023/12/31 晚上9:05 - 王小明: 你好", False, "2023-12-31 21:05:00"),
        ("2023年12月31日 23:59 - 王小明: 你好", False, "2023-12-31 23:59:00"),
        ("1/2/23, 10:00 - Ana: hi", False, "2023-02-01 10:00:00"),
        ("1/2/23, 10:00 AM - Ana: hi", True, "2023-01-02 10:00:00"),
    ],
)
def test_whatsapp_dates_are_read_as_telephones_write_them(tmp_path: Path, line: str, american: bool, at: str) -> None:
    (one,) = messages(tmp_path, line + "\n", american=american)

    assert isinstance(one, Message)
    assert one.at == dt.datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert one.author in ("Ana", "王小明")
    assert one.text in ("hi", "你好")


def test_a_later_day_tells_how_the_earlier_ones_were_meant(tmp_path: Path) -> None:
    first, _ = messages(tmp_path, "1/2/23, 10:00 - Ana: hi\n1/13/23, 10:00 - Ana: again\n")

    assert isinstance(first, Message)
    assert first.at == dt.datetime(2023, 1, 2, 10, tzinfo=UTC)


def test_whatsapp_messages_may_have_many_lines(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        "[1/2/23, 10:00:00] Ana: We moved to\r\n12 Oak Street:\r\nSpringfield\r\n\r\n[1/2/23, 10:01:00] Ana: thx\r\n",
        Format.WHATSAPP,
    )

    assert texts(found) == ["We moved to\n12 Oak Street:\nSpringfield\n", "thx"]
    assert [one.line for one in found] == [1, 5]


@pytest.mark.parametrize(
    ("rest", "silent"),
    [
        ("Messages and calls are end-to-end encrypted. Tap to learn more.", Silent.SYSTEM),
        ("消息和通话已进行端到端加密。", Silent.SYSTEM),
        ("Shop: \u200eMessages and calls are end-to-end encrypted.", Silent.SYSTEM),
        ("Ana: <Media omitted>", Silent.MEDIA),
        ("Ana: <Medien ausgeschlossen>", Silent.MEDIA),
        ("王小明: <省略多媒体文件>", Silent.MEDIA),
        ("王小明: \u200e图像已省略", Silent.MEDIA),
        ("Ana: \u200eimage omitted", Silent.MEDIA),
        ("Ana: IMG-20231231-WA0001.jpg (file attached)", Silent.MEDIA),
        ("Ana: \u200e<attached: 00000012-PHOTO.jpg>", Silent.MEDIA),
        ("Ana: This message was deleted", Silent.MEDIA),
        ("王小明: 此消息已删除", Silent.MEDIA),
        ("Ana: ", Silent.EMPTY),
    ],
)
def test_what_no_person_said_is_told_apart(tmp_path: Path, rest: str, silent: Silent) -> None:
    (one,) = messages(tmp_path, f"31/12/2023, 23:59 - {rest}\n")

    assert isinstance(one, Message)
    assert (one.silent, one.text) == (silent, "")


def test_an_edited_message_is_what_it_became(tmp_path: Path) -> None:
    assert texts(messages(tmp_path, "31/12/2023, 23:59 - Ana: we moved <This message was edited>\n")) == ["we moved"]


def test_a_line_before_the_first_message_and_a_day_that_is_none_are_bad(tmp_path: Path) -> None:
    found = messages(tmp_path, "lost\n45/12/2023, 23:59 - Ana: hi\n31/12/2023, 23:59 - Ana: hi\n")

    assert found[:2] == [Bad(1, "belongs to no message"), Bad(2, "the date is none")]
    assert texts(found) == ["hi"]


def export(*records: object) -> str:
    return json.dumps({"name": "Ana", "type": "personal_chat", "id": 7, "messages": records}, ensure_ascii=False)


HI = {"id": 1, "type": "message", "date": "2023-12-31T23:59:59", "from": "Ana", "from_id": "user5", "text": "hi"}


def test_telegram_texts_may_be_lists_of_pieces(tmp_path: Path) -> None:
    pieces = ["my new mail is ", {"type": "email", "text": "ana@example.com"}, "!"]
    (one,) = messages(tmp_path, export(HI | {"text": pieces, "text_entities": pieces}))

    assert one == Message(
        None,
        "1",
        "7",
        "Ana",
        "user5",
        dt.datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC),
        "my new mail is ana@example.com!",
    )


def test_telegrams_full_export_has_every_chat(tmp_path: Path) -> None:
    chats = [{"name": "A", "id": 1, "messages": [HI, HI | {"id": 2}]}, {"name": "B", "id": 2, "messages": [HI]}]
    whole = {
        "about": "…",
        "personal_information": {"user_id": 1, "first_name": "Shop"},
        "contacts": {"list": [{"id": 99, "messages": "no"}]},
        "chats": {"about": "…", "list": chats},
        "left_chats": {"list": [{"id": 3, "messages": [HI | {"from": None}]}]},
    }

    found = messages(tmp_path, json.dumps(whole, indent=1))

    assert [(one.chat, one.id, one.author) for one in found if isinstance(one, Message)] == [
        ("1", "1", "Ana"),
        ("1", "2", "Ana"),
        ("2", "1", "Ana"),
        ("3", "1", None),
    ]


def test_telegrams_service_messages_and_pictures_say_nothing(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        export(
            {"id": 1, "type": "service", "action": "pin_message"}, HI | {"text": "", "photo": "x"}, HI | {"text": []}
        ),
    )

    assert [one.silent for one in found if isinstance(one, Message)] == [Silent.SYSTEM, Silent.MEDIA, Silent.EMPTY]


def test_telegrams_seconds_count_more_than_its_local_time(tmp_path: Path) -> None:
    (one,) = messages(tmp_path, export(HI | {"date_unixtime": "1704067199"}))

    assert isinstance(one, Message)
    assert one.at == dt.datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("text", [7, {"text": 7}, [["deep"]], None])
def test_a_telegram_text_that_is_none_is_a_bad_message(tmp_path: Path, text: object) -> None:
    found = messages(tmp_path, export(HI, HI | {"text": text}, HI))

    assert [type(one) for one in found] == [Message, Bad, Message]
    assert found[1] == Bad(2, "the text is no text")


def test_a_file_that_is_cut_off_says_so_after_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    file.write_text(export(HI, HI, HI | {"text": "Secret"})[:-30], encoding="utf-8")
    found, source = [], source_of(file)

    with pytest.raises(ExportError, match="is cut off: the JSON ends after message 2") as told:
        found += read(source, Format.TELEGRAM, Reading(UTC))

    assert "Secret" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (export(HI) + "x", "is not valid JSON after message 1"),
        ('{"messages": [}', "is not valid JSON after message 0"),
        ('{"messages": []}', "holds no messages"),
        ('{"name": "x", "other": [1, 2]}', "holds no messages"),
        (b'{"messages": [{"id": 1, "text": "\xff\xfe"}]}', "is not valid JSON|is not UTF-8"),
    ],
)
def test_json_that_is_none_of_telegrams_is_said(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(ExportError, match=says):
        messages(tmp_path, content, Format.TELEGRAM)


@pytest.mark.parametrize(("opens", "closes"), ["[]", "{}"])
def test_deeply_nested_json_takes_the_program_nowhere(tmp_path: Path, opens: str, closes: str) -> None:
    deep = (opens if opens == "[" else '{"a":') * 100_000 + "1" + closes * 100_000

    with pytest.raises(ExportError, match="is nested more than 64 deep"):
        messages(tmp_path, f'{{"messages": [{{"id": 1, "text": {deep}}}]}}', Format.TELEGRAM)


def test_a_message_of_too_many_parts_is_a_bad_one(tmp_path: Path) -> None:
    found = messages(tmp_path, export(HI | {"text": ["a"] * 60_000}, HI))

    assert found[0] == Bad(1, "too large for a message")
    assert texts(found) == ["hi"]


def test_a_text_without_end_is_not_held_in_memory(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="longer than 4 MiB"):
        messages(tmp_path, '{"messages": [{"text": "' + "a" * 6_000_000 + '"}]}', Format.TELEGRAM)


def test_json_lines_are_read_with_the_names_that_programs_use(tmp_path: Path) -> None:
    lines = [
        {"id": 5, "sender": "Ana", "body": "hi", "timestamp": 1_704_067_199, "conversation_id": "c1"},
        {"user": {"id": "u1", "name": "Ben"}, "message": "hello", "created_at": "2023-12-31T23:59:59Z"},
        {"消息内容": "你好", "发送人": "王小明", "时间": "2023/12/31 23:59:59"},
    ]

    found = messages(tmp_path, "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines))

    at = dt.datetime(2023, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert found == [
        Message(1, "5", "c1", "Ana", None, at, "hi"),
        Message(3, None, None, "Ben", None, at, "hello"),
        Message(5, None, None, "王小明", None, at, "你好"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "cut', "not JSON, or cut off"),
        (b"[1]", "not a JSON object"),
        (b'{"other": 1}', "has no text"),
        (b'{"text": 7}', "the text is no text"),
        (b'{"text": "\xff"}', "is not UTF-8"),
        (b"[" * 100_000, "not JSON, or cut off"),
        (b'{"text": "' + b"a" * sources.LINE_LIMIT + b'"}', "longer than 1 MiB"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, line: bytes, reason: str) -> None:
    found = messages(tmp_path, b'{"text": "one"}\n' + line + b'\n{"text": "two"}\n', Format.JSONL)

    assert texts(found) == ["one", "two"]
    assert found[1] == Bad(2, reason)


def test_csv_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    table = '\ufeffTime;Sender;Text\n2023-12-31 23:59:59;Ana;"we moved; to\nOak Street"\n;;\n2024-01-01;Ben;hi\n'

    found = messages(tmp_path, table)

    assert texts(found) == ["we moved; to\nOak Street", "", "hi"]
    assert [one.line for one in found] == [2, 4, 5]


def test_chinese_csv_in_gb18030_is_read(tmp_path: Path) -> None:
    found = messages(tmp_path, "发送人,内容\n王小明,我搬家了\n".encode("gb18030"))

    assert found == [Message(2, author="王小明", text="我搬家了")]


def test_bad_rows_are_named_by_line(tmp_path: Path) -> None:
    table = b'text,author\nhi,Ana\na,b,c\n\xff,Ana\n"un"closed,Ana\nhi,Ben\n"never ends,Ana\n'

    found = messages(tmp_path, table, Format.CSV)

    assert [(one.line, one.reason) for one in found if isinstance(one, Bad)] == [
        (3, "3 cells where the header has 2"),
        (4, "is not UTF-8"),
        (5, "not a row of CSV, or cut off"),
        (7, "not a row of CSV, or cut off"),
    ]
    assert texts(found) == ["hi", "hi"]


def test_columns_of_other_names_can_be_named(tmp_path: Path) -> None:
    found = messages(tmp_path, "Wer,Nachricht\nAna,hi\n", columns={"text": "nachricht", "author": "Wer"})

    assert found == [Message(2, author="Ana", text="hi")]
    with pytest.raises(ExportError, match="no column for text of the name"):
        messages(tmp_path, "Wer,Nachricht\nAna,hi\n", Format.CSV, columns={"text": "Message"})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (export(HI), Format.TELEGRAM),
        (json.dumps(json.loads(export(HI)), indent=2), Format.TELEGRAM),
        (export(*[HI] * 2_000), Format.TELEGRAM),
        ('{"text": "hi"}\n', Format.JSONL),
        ('\ufeff{"text": "hi", "messages": 3}\n{', Format.JSONL),
        ("text,author\nhi,Ana\n", Format.CSV),
        ("\u200e[31/12/2023, 23:59:59] Ana: hi", Format.WHATSAPP),
        ("exported by somebody\n2023/12/31 下午11:59 - 王小明: 你好", Format.WHATSAPP),
    ],
)
def test_the_kind_is_told_from_the_content(tmp_path: Path, content: str, kind: Format) -> None:
    file = tmp_path / "anything.bin"
    file.write_text(content, encoding="utf-8")

    assert guess(source_of(file), {}) is kind


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"PK\x03\x04\x00\x00", "is no text"),
        ("text\nhi".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        (b"Dear Sir,\nSecret\n", "say --format"),
        (b'[{"text": "Secret"}]', "is a JSON list"),
    ],
)
def test_what_is_no_history_is_said_and_not_repeated(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(ExportError, match=says) as told:
        messages(tmp_path, content)

    assert "Secret" not in str(told.value)


def test_long_texts_are_kept_whole_for_the_reader_to_cut(tmp_path: Path) -> None:
    (one,) = messages(tmp_path, json.dumps({"text": "a" * (TEXT_LIMIT + 10)}))

    assert isinstance(one, Message)
    assert len(one.text) == TEXT_LIMIT + 10
