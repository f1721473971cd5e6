import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from glossator.domain.conversations.conversation import Conversation, Message
from glossator.domain.conversations.transcript import escape, to_markdown, to_text

LABEL = "Week 3 \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} Nodes"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONVERSATION = Conversation("c1", "ada", "What is a node?", MOMENT, MOMENT, is_active=True, message_count=2)
QUESTION = Message("m1", "c1", "user", "What is a node?", MOMENT, selected_text="Nodes\ntalk.")
ANSWER = Message(
    "m2",
    "c1",
    "assistant",
    "A process [1].\n\nIt talks.",
    MOMENT,
    sources=(LABEL,),
    citations=({"n": 1, "title": "Week 3", "heading": "Nodes", "url": "https://book.example/week-3#nodes"},),
    mode="generated",
)
HOSTILE = [
    "# heading",
    "heading\n===",
    "heading\n---",
    "***\n___",
    "> quote",
    "- item\n+ item\n* item\n1. item\n1) item",
    "    code\n\tcode",
    "```\ncode\n```",
    "~~~\ncode",
    "`code` ``code``",
    "*a* **b** _c_ __d__ ~~e~~",
    "[a](https://evil.example) ![a](https://evil.example/x.png)",
    "[a]: https://evil.example\n\n[a]",
    "[^1]: note",
    "<https://evil.example> <a@evil.example>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- comment",
    "<div>\n\n# x\n\n</div>",
    "&lt;script&gt; &#60; &amp;",
    "|a|b|\n|-|-|\n|c|d|",
    "two  \nlines\\\nthree",
    "import x from 'y'\n\n{process.exit()}",
    ":::danger\nx\n:::",
    "---\ntitle: x\n---",
    "\\# \\\\",
    "-x\n- x\n--\n-",
    "1.x\n12) x\n1.\tx",
    ": x\n:x: http:x",
    "!\\[a](x)",
    "\\(x\\) \\[x\\] $x$ $$x$$",
    "<!-- -->\n<?php ?>\n<![CDATA[x]]>",
    "\N{RIGHT-TO-LEFT OVERRIDE}txt \N{GRINNING FACE}",
    "a\r\nb\rc",
]


def render(markdown: str) -> str:
    """Renders with HTML enabled, the worst case."""
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(markdown))


def visible_text(html: str) -> str:
    return unescape(re.sub(r"<br />\n|</p>\n?|<p>", "\n", html))


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_plain_text(text: str) -> None:
    html = render(escape(text))

    assert set(re.findall(r"<[^>]*>", html)) <= {"<p>", "</p>", "<br />"}
    assert words(visible_text(html)) == words(text)


MARKUP = st.text(st.sampled_from("ab1 \t\n.)(-+*_#>`~[]!<>/:=|&;\\\"'"), max_size=40)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")) | MARKUP)
def test_any_text_renders_unchanged(text: str) -> None:
    html = render(escape(text))

    assert set(re.findall(r"<[^>]*>", html)) <= {"<p>", "</p>", "<br />"}
    assert words(visible_text(html)) == words(text)


def test_line_breaks_are_kept() -> None:
    assert render(escape("one\ntwo\n\n\nthree")) == "<p>one<br />\ntwo</p>\n<p>three</p>\n"


def test_text_export_has_everything_in_order() -> None:
    assert to_text(CONVERSATION, [QUESTION, replace(ANSWER, interrupted=True)]) == (
        "What is a node?\n"
        "\n"
        "Question, 2026-01-02 03:04 UTC:\n"
        "What is a node?\n"
        "Selected text:\n"
        "Nodes\n"
        "talk.\n"
        "\n"
        "Answer, 2026-01-02 03:04 UTC - interrupted:\n"
        "A process [1].\n"
        "\n"
        "It talks.\n"
        f"[1] {LABEL} - https://book.example/week-3#nodes\n"
    )


def test_markdown_export_has_headings_and_links() -> None:
    html = render(to_markdown(CONVERSATION, [QUESTION, ANSWER]))

    assert "<h1>What is a node?</h1>" in html
    assert "<h2>Answer, 2026-01-02 03:04 UTC</h2>" in html
    assert "<p>Nodes<br />\ntalk.</p>" in html
    assert f'<li><a href="https://book.example/week-3#nodes">[1] {LABEL}</a></li>' in html


def test_ordinary_sentences_stay_readable() -> None:
    text = "Well-known (see below): it's a \"node\", isn't it? Yes, 100 % - v1; a/b!"

    assert escape(text) == text.replace(" - ", " \\- ")


def test_sources_in_the_answer_are_not_listed_twice() -> None:
    listed = f"A process [1].\n\n[1] {LABEL} - https://book.example/week-3#nodes"

    assert to_text(CONVERSATION, [replace(ANSWER, content=listed)]).count(LABEL) == 1


def test_sources_of_existing_messages_are_listed() -> None:
    message = replace(ANSWER, citations=None)

    assert f"- {LABEL}\n" in to_markdown(CONVERSATION, [message])
    assert to_text(CONVERSATION, [message]).endswith(f"It talks.\n{LABEL}\n")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://evil.example/> <script>",
        "https://evil.example/a b",
        "/read/words",
        "",
        "data:text/html,x",
    ],
)
@pytest.mark.parametrize("title", HOSTILE[:16])
def test_hostile_citations_are_escaped_in_markdown(title: str, url: str) -> None:
    citation = {"n": 1, "title": title, "heading": "<b>x</b>", "url": url}
    conversation = replace(CONVERSATION, title=title)

    html = render(to_markdown(conversation, [replace(ANSWER, citations=(citation,))]))

    ours = {"<h1>", "</h1>", "<h2>", "</h2>", "<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<br />"}
    assert set(re.findall(r"<[^>]*>", html)) <= ours
