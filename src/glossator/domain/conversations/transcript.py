"""A whole conversation to take away, as text or as Markdown.

In Markdown everything that was said or cited stays plain text: no mark, link, image or tag of a reader, a page or a
model comes to life. Only our own headings and the addresses of citations are Markdown.

What an answer cites, and the list of it that stands below an answer in plain text.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from glossator.domain.answering.question import PATH_MARK
from glossator.domain.conversations.conversation import Conversation, Message


def cited(message: Message) -> Iterator[tuple[str, str]]:
    """Label and address of each. Messages of the existing deployment have labels alone."""
    if message.citations is None:
        yield from ((source, "") for source in message.sources or ())
        return
    for citation in message.citations:
        title, heading = str(citation.get("title", "")), str(citation.get("heading", ""))
        parts = [title] if heading in ("", title) else [title, heading]
        yield f"[{citation.get('n')}] {PATH_MARK.join(parts)}", str(citation.get("url", ""))


def line_of(label: str, url: str) -> str:
    return f"{label} - {url}" if url else label


def without_list(message: Message) -> str:
    """Its content up to that list, which says nothing to a model."""
    if not message.citations:
        return message.content
    first = next(cited(message))
    return message.content.partition(f"\n\n{line_of(*first)}")[0]


SPEAKERS: Final = {"user": "Question", "assistant": "Answer", "system": "Note"}
# What no Markdown dialect gives a meaning to stays readable: a full stop after a word, a hyphen within one.
_MARK: Final = re.compile(r"[#$&*+<=>@\[\\\]^_`{|}~]|(?<=[0-9])[.)]|(?<=[wW]{3})\.|(?<!\w)-|-(?!\w)|^:|:(?=\S)")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_LEADING: Final = re.compile(r"^[ \t]+")
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'*+,;=%\[\]-]+")


def as_text(conversation: Conversation, messages: Sequence[Message]) -> str:
    blocks = [conversation.title]
    for message in messages:
        lines = [f"{_speaker(message)}:", *_LINE_END.split(message.content)]
        if message.selected_text:
            lines += ["Selected text:", *_LINE_END.split(message.selected_text)]
        lines += [line_of(label, url) for label, url in _sources(message)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    blocks = [f"# {escaped(' '.join(conversation.title.split()))}"]
    for message in messages:
        blocks += [f"## {_speaker(message)}", escaped(message.content)]
        if message.selected_text:
            blocks += ["Selected text:", escaped(message.selected_text)]
        blocks.append("\n".join(f"- {_link(label, url)}" for label, url in _sources(message)))
    return "\n\n".join(block for block in blocks if block) + "\n"


def escaped(text: str) -> str:
    """Markdown that shows this text, line by line, and nothing else."""
    lines = "\n".join(_escaped_line(line) for line in _LINE_END.split(text)).strip("\n")
    return "\n\n".join(paragraph.replace("\n", "\\\n") for paragraph in re.split(r"\n{2,}", lines))


def _escaped_line(line: str) -> str:
    """Spaces in front would make it code, and are kept as spaces that do not."""
    line = _MARK.sub(r"\\\g<0>", line.rstrip())
    return _LEADING.sub(lambda spaces: "\N{NO-BREAK SPACE}" * len(spaces[0].expandtabs(4)), line)


def _link(label: str, url: str) -> str:
    """An address that could be anything but one is text too."""
    label = escaped(" ".join(label.split()))
    if _ADDRESS.fullmatch(url):
        return f"[{label}](<{url}>)"
    return f"{label} {escaped(url)}".rstrip()


def _speaker(message: Message) -> str:
    broken = " - broken off" if message.interrupted else ""
    return f"{SPEAKERS[message.role]}, {_minute(message.created_at)}{broken}"


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _sources(message: Message) -> Iterator[tuple[str, str]]:
    """Label and address of those that an answer in plain text does not list itself."""
    for label, url in cited(message):
        if line_of(label, url) not in message.content:
            yield label, url
