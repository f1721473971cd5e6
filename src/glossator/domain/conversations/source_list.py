"""What an answer cites, and the list of it that stands below an answer in plain text."""

from collections.abc import Iterator

from glossator.domain.answering.question import PATH_MARK
from glossator.domain.conversations.conversation import Message


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
