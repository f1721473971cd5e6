"""The tokenizer: rules on a small vocabulary, and the published ids on the real one."""

import sys
import time

import pytest

from glossator_plugins.local_models.model_files import MINILM
from glossator_plugins.local_models.wordpiece import WordPiece

SMALL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##aff", "##able", "want", "##ed", "runn", "##ing", ",", "[", "]")


@pytest.fixture(scope="module")
def published() -> WordPiece:
    paths = MINILM.find(sys.path)
    assert paths is not None
    return WordPiece.load(paths[1])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("UNwanted,Running", ["[UNK]", ",", "runn", "##ing"]),
        ("wanted running", ["want", "##ed", "runn", "##ing"]),
        ("wantedx", ["[UNK]"]),
        ("want" + "ed" * 48, ["want", *["##ed"] * 48]),
        ("want" + "ed" * 49, ["[UNK]"]),
        ("", []),
        (" \t\r\n\u00a0\u3000", []),
    ],
)
def test_a_word_is_its_longest_pieces_from_the_left(text: str, pieces: list[str]) -> None:
    assert [SMALL[number] for number in WordPiece(SMALL).pieces(text)] == pieces


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ünïcödé STRAẞE", ["unicode", "straße"]),
        ("İstanbul", ["istanbul"]),
        ("a\u0301", ["a"]),
        ("don't stop", ["don", "'", "t", "stop"]),
        ("a+b=c$", ["a", "+", "b", "=", "c", "$"]),
        ("«word»—word", ["«", "word", "»", "—", "word"]),
        ("日本go", ["日", "本", "go"]),
        ("カタカナ", ["カタカナ"]),
        ("a\x00b\ufffdc\u200dd\x07e\ue000f", ["abcdef"]),
        ("one\u2028two\u3000three", ["one", "two", "three"]),
        ("\ud800word", ["word"]),
    ],
)
def test_words_are_cleaned_and_punctuation_is_split_off(text: str, words: list[str]) -> None:
    assert WordPiece(SMALL).words(text) == words


def test_special_pieces_in_a_text_are_ordinary_characters() -> None:
    assert [SMALL[number] for number in WordPiece(SMALL).pieces("[SEP]")] == ["[", "[UNK]", "]"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Hello, world!", [7592, 1010, 2088, 999]),
        ("This is an example sentence", [2023, 2003, 2019, 2742, 6251]),
        ("tokenization", [19204, 3989]),
        ("[MASK]", [1031, 7308, 1033]),
    ],
)
def test_the_published_vocabulary_gives_the_published_ids(published: WordPiece, text: str, ids: list[int]) -> None:
    assert published.pieces(text) == ids
    assert (published.start, published.end) == (101, 102)


@pytest.mark.parametrize("text", ["x" * 1_000_000, "# " * 500_000, "é日" * 300_000], ids=["word", "marks", "scripts"])
def test_hostile_text_is_read_in_linear_time(published: WordPiece, text: str) -> None:
    began = time.process_time()
    published.pieces(text)
    assert time.process_time() - began < 10
