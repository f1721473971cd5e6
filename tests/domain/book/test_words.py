"""The words of a text, and their vectors."""

import pytest

from glossator.domain.book.words import STOP_WORDS, document_words, query_words, word_index, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Running servers run", ["run", "server", "run"]),
        ("StaticFiles", ["staticfil", "static", "file"]),
        ("static_files", ["staticfil", "static", "file"]),
        ("staticfiles", ["staticfil"]),
        ("HTTPServer", ["httpserver", "http", "server"]),
        ("API and APIs", ["api", "api"]),
        ("__init__", ["init"]),
        ("starlette.testclient", ["starlett", "testclient"]),
        ("HTTP 404, version 3.11", ["http", "404", "version", "3", "11"]),
        ("don't it's isn\u2019t Python's", ["python"]),
        ("f'hello'", ["f", "hello"]),
        ("\u216b \ufb01le", ["xii", "file"]),
        ("how is it to be", []),
        (" \n ... _ ()", []),
        ("", []),
    ],
)
def test_english_and_code_give_their_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Gr\u00f6\u00dfe, caf\u00e9", ["gr\u00f6sse", "caf\u00e9"]),
        ("cafe\u0301", ["caf\u00e9"]),
        (
            "\u041f\u0440\u0438\u0432\u0435\u0442 \u043c\u0438\u0440",
            ["\u043f\u0440\u0438\u0432\u0435\u0442", "\u043c\u0438\u0440"],
        ),
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u0939\u0948", ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u0948"]),
        ("\u0643\u064e\u064a\u0652\u0641\u064e", ["\u0643\u064a\u0641"]),
        ("\u51fd\u6570\u5982\u4f55", ["\u51fd\u6570", "\u6570\u5982", "\u5982\u4f55"]),
        ("Python\u7684\u51fd\u6570", ["python", "\u7684\u51fd", "\u51fd\u6570"]),
        ("\u6c34", ["\u6c34"]),
    ],
)
def test_other_scripts_give_usable_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_question_shares_words_with_the_text_that_answers_it() -> None:
    question = set(query_words("How do I mount static files?").indices)
    passage = set(document_words("Mounting: `StaticFiles` serves files in a given directory.").indices)
    assert question <= passage


def test_a_words_index_is_the_first_four_bytes_of_its_blake2_hash() -> None:
    assert word_index("server") == 0xD34DF73D


def test_indices_are_distinct_and_ascending() -> None:
    vector = document_words("one two three two three three")
    assert list(vector.indices) == sorted(set(vector.indices))
    assert len(vector.indices) == len(vector.values) == 3


def test_a_word_that_stands_twice_weighs_more_but_not_twice_as_much() -> None:
    weights = document_words("server server client")
    by_word = dict(zip(weights.indices, weights.values, strict=True))
    once, twice = by_word[word_index("client")], by_word[word_index("server")]
    assert once < twice < 2 * once


def test_a_word_weighs_less_in_a_longer_text() -> None:
    short, long = document_words("server"), document_words("server " + " ".join(f"w{n}" for n in range(300)))
    assert dict(zip(long.indices, long.values, strict=True))[word_index("server")] < short.values[0]


def test_each_word_of_a_query_weighs_the_same() -> None:
    assert set(query_words("server server client").values) == {1.0}


def test_a_text_without_words_gives_an_empty_vector() -> None:
    assert document_words("the of and").indices == ()
    assert query_words("???").values == ()


def test_stop_words_are_lower_case_words() -> None:
    assert all(word.isalpha() and word == word.lower() for word in STOP_WORDS)
