"""What is masked in a question, and what is not."""

import subprocess
import sys

import pytest

from glossator.domain.report.masking import MAX_CHARACTERS, mask
from tests.steps import cpu_seconds_below

MASKED = {
    "ada.lovelace+x@exämple.org": "[e-mail]",
    "ada (at) example (dot) org": "[e-mail]",
    "https://book.example/a?token=abc": "[link]",
    "www.book.example/~ada": "[link]",
    "192.168.0.1": "[address]",
    "2001:db8::1": "[address]",
    "00:1B:44:11:3A:B7": "[address]",
    "+49 30 1234567": "[phone]",
    "+1 (415) 555-2671": "[phone]",
    "0171 2345678": "[number]",
    "0300-1234567": "[number]",
    "12.05.1998": "[number]",
    "123456": "[number]",
    "\u0661\u0662\u0663\u0664\u0665\u0666\u0667": "[number]",
    "4111 1111 1111 1111": "[number]",
    "DE89 3704 0044 0532 0130 00": "[number]",
    "GB82 WEST 1234 5698 7654 32": "[number]",
    "54362315K": "[number]",
    "X2482300W": "[number]",
    "RCCMNL83S18D969H": "[number]",
    "ABCPE1234F": "[number]",
    "sk-proj-abc123def456ghi789jkl": "[key]",
}


@pytest.mark.parametrize(("text", "name"), MASKED.items())
def test_what_identifies_a_person_is_masked(text: str, name: str) -> None:
    assert mask(f"I am ({text}), why is that?") == f"I am ({name}), why is that?"
    assert mask(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "Does Ada Lovelace know what port 8080 is?",
        "How does ROS2 2024 use UTF-8, python3.11 and x86_64?",
        "What does text-embedding-3-small cost in version 1.2.3?",
        "What is std::vector in a::b or @staticmethod or A @ B?",
        "What is 12:30 in section 4.1, step 5?",
        "\u06a9\u062a\u0627\u0628 \u06a9\u06cc\u0627 \u06c1\u06d2\u061f",
        "",
    ],
)
def test_names_and_ordinary_words_are_left(text: str) -> None:
    assert mask(text) == text


def test_a_masked_text_is_one_short_line() -> None:
    masked = mask("Why\n\n  is " + "it " * 2000)

    assert masked.startswith("Why is it it")
    assert len(masked) <= MAX_CHARACTERS + 3


def test_what_is_masked_once_is_left_the_second_time() -> None:
    once = mask(" and ".join(MASKED))

    assert mask(once) == once


@pytest.mark.parametrize("part", ["1", "a", "a-1", "a@", "(at) ", "1:", "a1_", "+", "AB12-", "12-34-", "://"])
def test_only_the_beginning_of_a_long_text_is_read(part: str) -> None:
    mask(part)

    with cpu_seconds_below(0.2):
        mask(part * 20_000)


def test_the_libraries_are_not_imported_at_the_start() -> None:
    libraries = "{'phonenumbers', 'stdnum'} & {name.split('.')[0] for name in sys.modules}"
    code = f"import sys, glossator.domain.report.recorder; print({libraries})"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
