"""A claim whose numbers, identifiers or negation are not in its quote contradicts it."""

# ruff: noqa: RUF001 - marks and digits of other scripts

import pytest

from glossator.domain.answering.proof.facts import contradicts

SAME = [
    ("It keeps 1,000 passages.", "It keeps 1000 passages."),
    ("It reads 256 pieces.", "It reads 256 pieces, and 512 with another model."),
    ("Support ended with version 0.38.1.", "Version v0.38.1 is the last one."),
    ("The value lies between 0 and 1.", "The value lies in 0-1."),
    ("The value lies between 0 and 1.", "The value lies in 0–1."),
    ("The cosine is at least -1.", "The cosine lies between −1 and 1."),
    ("It waits 5 s.", "It waits 5 seconds."),
    ("It waits 5s.", "It waits 5 seconds."),
    ("About 3 percent are allergic.", "About 3 % are allergic."),
    ("It has three parts.", "It has 3 parts."),
    ("It has 21 frames.", "It has twenty-one frames."),
    ("It has two lists.", "Both lists are used."),
    ("One of them is used.", "They are used."),
    ("The limit is 0.50.", "The limit is 0.5."),
    ("ثلاثة: ٤٢ كلمة", "42 كلمة"),
    ("The parameter k1 limits it.", "The parameter k1 limits it."),
    ("Call request.form() for it.", "It is in request.form(max_files=1000)."),
    ("Set app.state, e.g. for a client.", "app.state holds a client."),
    ("It is not only fast but small.", "It is fast and small."),
    ("It cannot be read.", "It can't be read."),
    ("It isn't used again.", "It is never used again."),
    ("It works without a key.", "It needs no key: it works without one."),
    ("It is small.", "It is small and not fast."),
    ("The order is not stable.", "The order is small, fast and not stable."),
    ("It is not uncommon.", "It is common."),
    ("Er ist nicht schnell.", "Er ist keineswegs schnell, nicht einmal manchmal."),
]
OTHER = [
    ("It keeps 1,001 passages.", "It keeps 1000 passages."),
    ("It keeps 8 passages.", "It keeps 18 passages."),
    ("Support ended with version 0.38.2.", "Version 0.38.1 is the last one."),
    ("The value is 1.", "The value is -1."),
    ("It gives 30 to 30 kg.", "It gives 20 to 30 kg."),
    ("It waits 5 minutes.", "It waits 5 seconds."),
    ("It holds 5 GB.", "It holds 5 MB."),
    ("It has three parts.", "It has two parts."),
    ("It has 22 frames.", "It has twenty-one frames."),
    ("The parameter k2 limits it.", "The parameter k1 limits it."),
    ("See RFC2110.", "See RFC2109."),
    ("Use static_file for it.", "Use static_files for it."),
    ("Pass --reload to it.", "Pass --watch to it."),
    ("It is not fast.", "It is fast."),
    ("It is fast.", "It is not fast."),
    ("It isn't fast.", "It is fast."),
    ("It works with a key.", "It works without a key."),
    ("Nothing is stored.", "Everything is stored."),
    ("A page that cannot be read is not reported.", "A page that cannot be read is reported."),
    ("It is never done without a key.", "It is done without a key."),
    ("A sentence can be read and is not kept.", "A sentence cannot be read and is kept."),
    ("Er ist nicht schnell.", "Er ist schnell."),
    ("هذا ليس صحيحا", "هذا صحيحا"),
    ("这不是真的", "这是真的"),
]


@pytest.mark.parametrize(("claim", "quote"), SAME)
def test_a_claim_with_the_facts_of_its_quote_does_not_contradict_it(claim: str, quote: str) -> None:
    assert not contradicts(claim, quote)


@pytest.mark.parametrize(("claim", "quote"), OTHER)
def test_a_claim_with_another_fact_contradicts_its_quote(claim: str, quote: str) -> None:
    assert contradicts(claim, quote)


def test_an_identifier_may_be_in_the_heading_of_the_quote() -> None:
    assert not contradicts("StaticFiles serves a folder.", "Serves a folder.", "Static files > StaticFiles")


@pytest.mark.parametrize("name", ["index", "pip install starlette", "config(...)"])
def test_what_a_claim_marks_as_code_must_be_in_the_quote(name: str) -> None:
    assert contradicts("Use it.", "Use another thing.", code=[name])
    assert not contradicts("Use it.", f"Use {name} here.", code=[name])
