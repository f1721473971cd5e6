"""Exports a conversation as plain text or Markdown.

In Markdown everything that a reader, a page or a model wrote is escape, so none of its marks, links, images or tags
take effect. Only our own headings and the links of citations are Markdown.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from glossator.domain.answering.question import section_label
from glossator.domain.conversations.conversation import Conversation, Message


def citation_labels(message: Message) -> Iterator[tuple[str, str]]:
    """Label and URL of each citation. Messages of the existing deployment have labels only."""
    if message.citations is None:
        yield from ((source, "") for source in message.sources or ())
        return
    for citation in message.citations:
        title, heading = str(citation.get("title", "")), str(citation.get("heading", ""))
        yield f"[{citation.get('n')}] {section_label(title, heading)}", str(citation.get("url", ""))


def format_citation(label: str, url: str) -> str:
    return f"{label} - {url}" if url else label


def without_source_list(message: Message) -> str:
    """The content without the list of sources below a plain-text answer, which is of no use to a model."""
    if not message.citations:
        return message.content
    first, url = next(citation_labels(message))
    content = message.content.partition(f"\n\nSources: {first}")[0]
    return content.partition(f"\n\n{format_citation(first, url)}")[0]


SPEAKERS: Final = {"user": "Question", "assistant": "Answer", "system": "Note"}
# Marks without a meaning in any Markdown dialect stay readable: a full stop after a word, a hyphen within one.
_MARK: Final = re.compile(r"[#$&*+<=>@\[\\\]^_`{|}~]|(?<=[0-9])[.)]|(?<=[wW]{3})\.|(?<!\w)-|-(?!\w)|^:|:(?=\S)")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LEADING: Final = re.compile(r"^[ \t]+")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'*+,;=%\[\]-]+")


def to_text(conversation: Conversation, messages: Sequence[Message]) -> str:
    blocks = [conversation.title]
    for message in messages:
        lines = [f"{_speaker(message)}:", *_LINE_END.split(message.content)]
        if message.selected_text:
            lines += ["Selected text:", *_LINE_END.split(message.selected_text)]
        lines += [format_citation(label, url) for label, url in _unlisted_sources(message)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def to_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    blocks = [f"# {escape(' '.join(conversation.title.split()))}"]
    for message in messages:
        blocks += [f"## {_speaker(message)}", escape(message.content)]
        if message.selected_text:
            blocks += ["Selected text:", escape(message.selected_text)]
        blocks.append("\n".join(f"- {_link(label, url)}" for label, url in _unlisted_sources(message)))
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    """Markdown that renders as exactly this text, line by line."""
    lines = "\n".join(_escape_line(line) for line in _LINE_END.split(text)).strip("\n")
    return "\n\n".join(paragraph.replace("\n", "\\\n") for paragraph in re.split(r"\n{2,}", lines))


def _escape_line(line: str) -> str:
    """Leading spaces become no-break spaces, because indented lines would render as code."""
    line = _MARK.sub(r"\\\g<0>", line.rstrip())
    return _LEADING.sub(lambda spaces: "\N{NO-BREAK SPACE}" * len(spaces[0].expandtabs(4)), line)


def _link(label: str, url: str) -> str:
    """Anything that is not plainly an HTTP URL is escaped as text."""
    label = escape(" ".join(label.split()))
    if _ADDRESS.fullmatch(url):
        return f"[{label}](<{url}>)"
    return f"{label} {escape(url)}".rstrip()


def _speaker(message: Message) -> str:
    suffix = " - interrupted" if message.interrupted else ""
    return f"{SPEAKERS[message.role]}, {_format_time(message.created_at)}{suffix}"


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _unlisted_sources(message: Message) -> Iterator[tuple[str, str]]:
    """Label and URL of the citations that the answer's own text does not list."""
    for label, url in citation_labels(message):
        if format_citation(label, url) not in message.content:
            yield label, url
