"""Masking restores any Markdown exactly."""

import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossator.domain.rewriting.masking.mask import LostPiece, Masked, mask, matching_pairs, restore
from glossator.domain.rewriting.masking.pieces import PLACEHOLDER, placeholder
from tests.places import STARLETTE_DOCS

PAGES = sorted(STARLETTE_DOCS.glob("*.md"))
CODE_SPAN = re.compile(r"(?<![`\\])(`{1,2})(?!`)(?:[^`\n]|\n(?!\n))+\1(?!`)")
FENCE = re.compile(r"^(```)[^`]*?^```$", re.MULTILINE)
TARGET = re.compile(r"\]\([^()\s]+\)")

words = st.sampled_from(
    ["a", "the", "node", "Robot", "moves", "über", "das", "Gelenk", "یہ", "روبوٹ", "走る", "it's", "3", "plain."]
)
code = st.text("ab$<{[(*_ ", min_size=1, max_size=8).filter(str.strip).map("`{}`".format)
formulas = st.text("xy^_{}+ab", min_size=1, max_size=8).map("${}$".format)
targets = st.text("abc/._-#%", min_size=1, max_size=10)
linked = st.builds("[{}]({})".format, words, targets)
noise = st.text("`$\\()[]<>{}!*_~\"'&;:/.@#-x0123 \n\t\u200bé", max_size=8)
soup = st.lists(st.one_of(words, code, formulas, linked, noise, st.just("<x1/>"), st.just("<b a='c'>")), max_size=25)


@settings(max_examples=200)
@given(soup, st.sampled_from(["", " ", "\n"]))
def test_masked_text_is_restored_byte_for_byte(parts: list[str], glue: str) -> None:
    text = glue.join(parts)

    masked = mask(text, ("node", "Robot moves"))

    assert restore(masked, masked.text) == text


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_restored(text: str) -> None:
    masked = mask(text)

    assert restore(masked, masked.text) == text


@settings(max_examples=100)
@given(st.lists(st.tuples(words, st.one_of(code, formulas, targets.map("[w]({})".format))), min_size=1, max_size=8))
def test_code_formulas_and_targets_are_protected(parts: list[tuple[str, str]]) -> None:
    masked = mask(" ".join(f"{word} {protected} and" for word, protected in parts))

    kept = "\n".join(masked.pieces)
    assert [protected for _, protected in parts if protected.removeprefix("[w") not in kept] == []


@settings(max_examples=100)
@given(soup.map(" ".join), st.randoms(use_true_random=False))
def test_any_order_of_placeholders_is_restored_unless_pairs_break(text: str, order: Random) -> None:
    masked = mask(text)
    numbers = list(range(len(masked.pieces)))
    whole = matching_pairs(masked.pieces, numbers)
    order.shuffle(numbers)
    rewritten = " و ".join(map(placeholder, numbers))

    if whole is not None and matching_pairs(masked.pieces, numbers) != whole:
        with pytest.raises(LostPiece):
            restore(masked, rewritten)
    else:
        body = " و ".join(masked.pieces[number] for number in numbers)
        assert restore(masked, rewritten) == masked.prefix + body + masked.suffix


@settings(max_examples=100)
@given(soup.map(" ".join).map(mask).filter(lambda masked: masked.pieces), st.data())
def test_a_damaged_placeholder_is_rejected(masked: Masked, data: st.DataObject) -> None:
    one = data.draw(st.sampled_from([match.group() for match in PLACEHOLDER.finditer(masked.text)]))
    instead = data.draw(
        st.sampled_from(["", one + one, one + "<x999/>", one.replace("x", "X"), one.replace("/", " /")])
    )

    with pytest.raises(LostPiece):
        restore(masked, masked.text.replace(one, instead, 1))


@pytest.mark.skipif(not PAGES, reason=f"no pages under {STARLETTE_DOCS}")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_paragraph_of_a_real_page_is_restored(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for part in [text, *re.split(r"\n{2,}", text), *text.splitlines()]:
        masked = mask(part + "\u200b")

        kept = "\n".join(masked.pieces)
        outside = FENCE.sub("", part) if part is text else part
        protected = [*FENCE.finditer(part), *CODE_SPAN.finditer(outside), *TARGET.finditer(outside)]
        assert restore(masked, masked.text) == part + "\u200b"
        assert [match.group() for match in protected if match.group() not in kept] == []
