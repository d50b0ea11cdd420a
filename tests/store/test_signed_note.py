"""Notes and checkpoints are those of the C2SP documents, and nothing that was tampered with opens."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.signed_note import Checkpoint, NoteError, Verifier, checkpoint, public_of, sign, split, verifier

# The example of golang.org/x/mod/sumdb/note, which c2sp.org/signed-note describes.
KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)  # fmt: skip
NOTE = (
    f"{TEXT}\n\u2014 PeterNeumann"
    " x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of c2sp.org/tlog-witness, with the signature of a witness below the log's.
WITNESSED = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa"
    " Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa"
    " opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
)
SEED = bytes(range(32))
NAME = "tellonce.audit/0011223344556677"
OURS = Verifier(NAME, public_of(SEED))
POINT = Checkpoint(NAME, 12, hashlib.sha256(b"root").digest())


def test_a_note_of_another_implementation_opens() -> None:
    assert verifier(KEY).open(NOTE) == TEXT
    assert verifier(KEY).written() == KEY


def test_a_checkpoint_of_the_document_is_read() -> None:
    text, signatures = split(WITNESSED)
    found = checkpoint(text)

    assert found == Checkpoint(
        "example.com/behind-the-sofa", 20852163, base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    )
    assert found.text() == text
    assert [(name, len(signature)) for name, signature in signatures] == [("example.com/behind-the-sofa", 68)] * 2


def test_what_is_signed_opens_and_says_what_it_said() -> None:
    note = sign(POINT.text(), NAME, SEED)

    assert checkpoint(OURS.open(note)) == POINT
    assert verifier(OURS.written()) == OURS


def test_signatures_of_others_are_passed_over_and_ours_is_needed() -> None:
    note, witness = sign(POINT.text(), NAME, SEED), sign(POINT.text(), "witness.example/w1", bytes(32))
    line = witness.rpartition("\n\n")[2]

    assert checkpoint(OURS.open(note + line)) == POINT
    with pytest.raises(NoteError, match="bears no signature"):
        OURS.open(witness)


def test_a_bad_signature_of_ours_spoils_a_note_that_has_a_good_one() -> None:
    note, other = sign(POINT.text(), NAME, SEED), sign("another text\n", NAME, SEED)

    with pytest.raises(NoteError, match="does not fit"):
        OURS.open(note + other.rpartition("\n\n")[2])


@given(st.data())
def test_no_character_of_a_note_can_be_changed(data: st.DataObject) -> None:
    note = sign(POINT.text(), NAME, SEED)
    place = data.draw(st.integers(0, len(note) - 1))
    sign_ = data.draw(st.characters(codec="utf-8").filter(lambda other: other != note[place]))

    with pytest.raises(NoteError):
        OURS.open(note[:place] + sign_ + note[place + 1 :])


@given(st.text(max_size=200) | st.text(alphabet="\n\u2014 abc=+/", max_size=60))
def test_whatever_is_read_is_a_note_or_refused(text: str) -> None:
    for read in (split, checkpoint, verifier, OURS.open):
        try:
            read(text)
        except NoteError:
            continue


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        "a\n01\nx\n",
        "a\n-1\nx\n",
        f"a\n1\n{'A' * 44}\n",
        "a\n٣\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ],
)
def test_what_only_looks_like_a_checkpoint_is_none(text: str) -> None:
    with pytest.raises(NoteError):
        checkpoint(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b"])
def test_names_of_keys_have_neither_spaces_nor_plus_signs(name: str) -> None:
    with pytest.raises(NoteError):
        Verifier(name, bytes(32))


def test_a_note_may_bear_many_signatures_but_not_any_number() -> None:
    note, line = sign(POINT.text(), NAME, SEED), sign("x\n", "w.example", bytes(32)).rpartition("\n\n")[2]

    assert OURS.open(note + line * 16)
    with pytest.raises(NoteError):
        OURS.open(note + line * 2_000)
