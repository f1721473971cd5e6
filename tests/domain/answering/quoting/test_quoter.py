"""Quotations: literal, in the book's order, with one number a run, and none where nothing fits."""

import math
import re
from collections.abc import Collection, Sequence

import numpy as np
import pytest
from markdown_it import MarkdownIt

from glossator.domain.answering.proof.prover import Prover
from glossator.domain.answering.question import Citation
from glossator.domain.answering.quoting.coverage import covered_weights
from glossator.domain.answering.quoting.markdown import escaped
from glossator.domain.answering.quoting.quotable import units_of
from glossator.domain.answering.quoting.quoter import MAX_CHARACTERS, MAX_SENTENCES, Quoter
from glossator.domain.ports.embedder import Embedded, Purpose
from tests.domain.answering.quoting.quotations import piece, quote
from tests.indexes import CountingEmbedder

RANKING = piece(
    1, "BM25 weighs a word by its rarity. Rare words say more than common ones. A third is here too.", "Ranking"
)
FUSION = piece(2, "Fusion makes one ranking out of two.\n\n- DBSF looks at the scores of each list.\n", "Fusion")


def test_the_sentence_that_shares_most_with_the_question_is_quoted_and_cited() -> None:
    assert (
        quote("How does fusion make one ranking?", RANKING, FUSION).text == "Fusion makes one ranking out of two. [2]"
    )


def test_a_single_sentence_is_followed_by_the_next_of_its_paragraph() -> None:
    assert quote("Is BM25 about rarity?", RANKING, FUSION).text == (
        "BM25 weighs a word by its rarity. Rare words say more than common ones. [1]"
    )


def test_sentences_of_one_piece_are_a_run_with_one_number_in_the_books_order() -> None:
    text = "All words are stored. Nothing else is said here. A build stores words and vectors."

    assert quote("Which words are stored in a build?", piece(1, text)).text == (
        "All words are stored. A build stores words and vectors. [1]"
    )


def test_pieces_of_a_page_keep_the_order_of_the_page() -> None:
    later = piece(1, "A build stores the words of an index.", start=500)
    earlier = piece(2, "Each word that a build stores has a number there.", start=100)

    text = quote("Which words does a build store?", later, earlier).text

    assert re.findall(r"\[(\d)\]", text) == ["2", "1"]


def test_a_list_is_written_as_a_list() -> None:
    text = "Configuration values are read in this order:\n\n- From the environment.\n- From a file."

    assert quote("In what order are values read?", piece(1, text)).text == (
        "Configuration values are read in this order:\n- From the environment.\n- From a file. [1]"
    )


CODE = "Start the app on another port like this:\n\n```bash\nPORT=8081 make dev\n```\n\nThe port is checked first."


def test_code_is_shown_where_the_question_asks_how() -> None:
    assert quote("How do I start the app on another port?", piece(1, CODE)).text.startswith(
        "Start the app on another port like this: [1]\n\n```\nPORT=8081 make dev\n```"
    )


def test_neither_code_nor_its_announcement_is_shown_elsewhere() -> None:
    assert quote("Which port does the app start on?", piece(1, CODE)).text == "The port is checked first. [1]"


QUOTA = (
    "The quota is a limit.\n\nBy default, the space quota is small, but you may set it in bytes:\n\n```\nquota=16\n```"
)


def test_code_is_shown_where_the_best_sentence_ends_with_it() -> None:
    assert quote("What is the default space quota?", piece(1, QUOTA)).text == (
        "By default, the space quota is small, but you may set it in bytes: [1]\n\n```\nquota=16\n```"
    )


def test_code_with_fences_in_it_stays_one_block() -> None:
    text = "Write the fence of a block like this:\n\n````\n```\ncode\n```\n````"

    assert "````\n```\ncode\n```\n````" in quote("How do I write the fence of a block?", piece(1, text)).text


def test_a_sentence_without_a_subject_follows_its_heading() -> None:
    gzip = piece(1, "Handles responses of clients that accept gzip.", "GZipMiddleware")

    assert quote("What does GZipMiddleware do?", gzip).text == (
        "**GZipMiddleware**: Handles responses of clients that accept gzip. [1]"
    )


def test_a_heading_that_asks_ends_with_a_colon_alone() -> None:
    gzip = piece(1, "Handles responses of clients that accept gzip.", "What does GZipMiddleware do?")

    assert quote("What does GZipMiddleware do?", gzip).text == (
        "**What does GZipMiddleware do**: Handles responses of clients that accept gzip. [1]"
    )


def test_the_term_of_a_definition_is_written_before_it() -> None:
    text = "Smoker\n\nA can with bellows that blows smoke."

    assert quote("What is a smoker?", piece(1, text, "Tools")).text == (
        "**Smoker**: A can with bellows that blows smoke. [1]"
    )


def test_a_section_with_the_name_in_its_heading_is_preferred_to_one_that_uses_it() -> None:
    other = piece(1, "An object of setImmediate is cancelled by clearImmediate here.", "clearImmediate(object)")
    named = piece(2, "Schedules the execution of a callback after the events.", "setImmediate(callback)")

    assert quote("What does setImmediate do?", other, named).lines[0].piece == named


def test_the_same_sentence_is_quoted_once() -> None:
    twice = [piece(number, "Fusion makes one ranking of the lists.") for number in (1, 2)]

    assert quote("fusion of a ranking", *twice).text == "Fusion makes one ranking of the lists. [1]"


def test_an_answer_is_short() -> None:
    many = piece(
        1, " ".join(f"Fusion by the {name} method is good." for name in ["first", "best", "old", "new", "last"])
    )
    long = [piece(at, f"Fusion {at} is {'very ' * 60}good for {at} uses.") for at in range(1, 9)]

    assert quote("Which fusion is good?", many).text.count("Fusion") <= MAX_SENTENCES
    assert len(quote("Which fusion is good?", *long).text) <= MAX_CHARACTERS + 50


@pytest.mark.parametrize("question", ["", "the of and", "How do I bake bread?"])
async def test_nothing_is_quoted_when_nothing_fits(question: str) -> None:
    embedder = CountingEmbedder()
    embedder.usd_per_million_tokens = 1.0

    assert (await Quoter(embedder).quote(question, (RANKING, FUSION), "good")).text == ""


class Alike(CountingEmbedder):
    """Every passage has the same cosine with every question."""

    usd_per_million_tokens = 0.0

    def __init__(self, cosine: float) -> None:
        super().__init__(dimension=2)
        self.cosine = cosine

    async def embed(self, texts: Sequence[str], purpose: Purpose, spaces: Collection[str] | None = None) -> Embedded:
        del spaces
        row = (1.0, 0.0) if purpose == "question" else (self.cosine, math.sqrt(1 - self.cosine**2))
        return Embedded({"dense": np.array([row] * len(texts), dtype=np.float32)}, 0)


@pytest.mark.parametrize(("cosine", "answers"), [(0.35, False), (0.4, True)])
async def test_the_best_sentence_must_mean_enough_by_itself(cosine: float, *, answers: bool) -> None:
    quoted = await Quoter(Alike(cosine)).quote("How do I bake bread?", (RANKING, FUSION), "good")

    assert bool(quoted.text) is answers


@pytest.mark.parametrize(
    "text",
    [
        "A `code` *star* _line_ [link](x) <b>tag</b> back\\slash ~~gone~~ &amp; a_b __init__",
        "# no heading",
        "1. no list",
        "- no item",
        "+ no item",
        "> no quotation",
    ],
)
def test_escaped_text_is_shown_unchanged(text: str) -> None:
    (_, inline, _) = MarkdownIt("commonmark").enable("strikethrough").parse(escaped(text))

    assert "".join(child.content for child in inline.children or ()) == text


@pytest.mark.parametrize(
    "text",
    [
        "Set OPENAI_API_KEY to *your* key [for the model]. The key is for a model.",
        "The model has these parts of a key:\n\n- a model of it\n- the key\n\nA model needs a key.",
        "| Key | Model |\n| --- | --- |\n| model_key | the key of the model |\n\nThe model has a key.",
        "مفتاح النموذج هنا 😀. The key of the model is e\u0301t here.",
        "Key of the model\n:   A text that the model needs.",
        "Key of the model\n\nA text that the model needs.",
    ],
)
@pytest.mark.parametrize("question", ["What is the key of the model?", "How do I set the model key?"])
def test_the_quote_of_each_quoted_sentence_is_that_sentence(text: str, question: str) -> None:
    source = piece(1, text)
    quoted = quote(question, source)
    citation = Citation(1, source.passages[0].id, "", "", "", "", 0.9)

    proof = Prover(CountingEmbedder(), "/read/").prove_quotation(quoted.text, [citation], quoted.lines)

    (proved,) = proof.citations
    assert [one.text for one in proved.quotes] == [line.text for line in quoted.lines]
    assert {sentence.verdict for sentence in proof.grounding.sentences} == {"supported"}
    assert proof.grounding.score == 1.0


def test_the_definition_of_the_term_that_the_question_names_is_quoted() -> None:
    mention = piece(1, "Git checks whether core.autocrlf keeps what core.autocrlf does to a file.", "core.safecrlf")
    terms = 'core.eol\n\nThe line ending of new files.\n\ncore.autocrlf\n\nSetting it to "true" makes endings equal.'

    quoted = quote("What does core.autocrlf do?", mention, piece(2, terms, "Variables", page="config"))

    assert quoted.text.startswith('**core.autocrlf**: Setting it to "true" makes endings equal. [2]')


def test_the_first_sentence_under_a_name_is_quoted_with_it() -> None:
    text = "This setting controls the style of links. The tables show what a change of use_urls does to links."

    assert quote("What does use_urls do?", piece(1, text, "use_urls")).text.startswith(
        "**use_urls**: This setting controls the style of links."
    )


def test_a_subtitle_is_not_preferred_to_a_sentence() -> None:
    subtitle = piece(1, "A guide to installing and creating plugins", "Plugins")
    sentence = piece(2, "Plugins are installed like any other package.", "Install")

    assert quote("How are plugins installed?", subtitle, sentence).text == (
        "Plugins are installed like any other package. [2]"
    )


def test_a_sentence_is_quoted_with_the_one_that_takes_it_back() -> None:
    text = "Some set the delay of the timers to null. That is not recommended. Timers are mocked here."

    assert quote("Why set the delay of timers to null?", piece(1, text)).text == (
        "Some set the delay of the timers to null. That is not recommended. [1]"
    )


def test_a_definition_is_preferred_to_other_sentences_about_the_term() -> None:
    mention = piece(1, "Programs for a stochastic matrix exist in the library of the course.")
    definition = piece(2, "A stochastic matrix (or Markov matrix) is a square matrix of probabilities.", page="other")

    assert quote("What is a stochastic matrix?", mention, definition).lines[0].piece == definition


def test_a_word_that_only_asks_does_not_choose_the_sentence() -> None:
    subject = piece(1, "The server runs well on hardware with two cores and little memory.")
    other = piece(2, "You need a certificate for each client of the server.")

    assert quote("What hardware does the server need?", subject, other).lines[0].piece == subject


def test_a_misspelled_word_of_the_question_counts() -> None:
    order = piece(1, "Middleware is evaluated from top to bottom.")
    other = piece(2, "A test of the client is run in its order.")

    assert quote("midleware evalution", order, other).lines[0].piece == order


def test_a_short_word_is_not_taken_for_a_misspelled_one() -> None:
    make = piece(1, "You make a claim about it here.")

    assert covered_weights("fake", [make], units_of([make])) == [0.0]
