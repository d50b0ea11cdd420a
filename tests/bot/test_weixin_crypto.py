"""The envelope of WeChat and WeCom, against the example of the platform's own documentation, and against forgers."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.weixin_crypto import Envelope, NotOursError, check, signature
from bot.channels.weixin_xml import LARGEST, MalformedXmlError, fields_of
from tests.wechat_server import KEY, seal

CORP, TOKEN = "wx5823bf96d3bd56c7", "QDG6eK"  # of the documented example (developer.work.weixin.qq.com, 加解密方案说明)
SEALED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3"
    "TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gs"
    "ijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUa"
    "x5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIG"
    "HBZZIs2pDBS8R07+qN+E7Q=="
)
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="


def test_the_documented_message_is_verified_and_opened() -> None:
    check("477715d11cdb4164915debcba66cb864d751f3e6", TOKEN, "1409659813", "1372623149", SEALED)

    fields = fields_of(Envelope(KEY, CORP).open(SEALED))

    assert (fields["FromUserName"], fields["Content"]) == ("mycreate", "hello")
    assert (fields["MsgId"], fields["AgentID"]) == ("4561255354251345929", "218")


def test_the_documented_echo_is_verified_and_opened() -> None:
    check("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", TOKEN, "1409659589", "263014780", ECHO)

    assert Envelope(KEY, CORP).open(ECHO) == b"1616140317555161061"


def test_the_documented_plain_signature_is_right() -> None:
    assert signature("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"


@pytest.mark.parametrize("given", ["", "0" * 40, "477715D11CDB4164915DEBCBA66CB864D751F3E6", "é"])
def test_another_signature_is_refused(given: str) -> None:
    with pytest.raises(NotOursError):
        check(given, TOKEN, "1409659813", "1372623149", SEALED)


def test_another_receiver_or_key_is_refused() -> None:
    for key, receiver in ((KEY, "wx0000000000000000"), (KEY, ""), ("a" * 43, CORP)):
        with pytest.raises(NotOursError):
            Envelope(key, receiver).open(SEALED)


@pytest.mark.parametrize("sealed", ["", "!", "QUJD", SEALED[:-4], SEALED + "AAAA", "é"])
def test_what_is_no_envelope_is_refused(sealed: str) -> None:
    with pytest.raises(NotOursError):
        Envelope(KEY, CORP).open(sealed)


@given(place=st.integers(0, len(base64.b64decode(SEALED)) - 1), change=st.integers(1, 255))
def test_a_changed_byte_never_gives_another_receivers_message_or_an_accident(place: int, change: int) -> None:
    """Without the signature CBC cannot tell every change; what it gives is never an accident."""
    raw = bytearray(base64.b64decode(SEALED))
    raw[place] ^= change
    try:
        Envelope(KEY, CORP).open(base64.b64encode(bytes(raw)).decode())
    except NotOursError:
        return


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_what_is_sealed_is_opened(message: str) -> None:
    assert Envelope(KEY, CORP).open(seal(message, CORP)).decode() == message


@pytest.mark.parametrize("key", ["", "a" * 42, "a" * 44, "!" * 43])
def test_a_key_of_another_length_is_none(key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Envelope(key, CORP)


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        OUTSIDE,
        b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
        b"",
        b"<xml>",
        b"\xff\xfe",
        b"<html></html>",
        b'<?xml version="1.0" encoding="nonsense"?><xml/>',
        b"<xml>" + b" " * LARGEST + b"</xml>",
    ],
)
def test_entities_and_what_is_no_xml_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedXmlError):
        fields_of(body)


def test_depth_does_no_harm() -> None:
    assert fields_of(b"<xml>" + b"<a>" * 9_000 + b"</a>" * 9_000 + b"</xml>") == {"a": ""}
