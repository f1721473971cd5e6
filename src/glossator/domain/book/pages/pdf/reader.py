"""Reads a PDF file in a process of its own, so that a hostile file can neither block the server nor take its memory."""

import subprocess
import sys
from typing import Final

from glossator.domain.book.pages.front_matter import BadPage
from glossator.domain.book.pages.pdf.extract import FAILED, MAX_CPU_SECONDS, MAX_MEMORY

MODULE: Final = "glossator.domain.book.pages.pdf.extract"
MAX_SECONDS: Final = 120
UNREADABLE: Final = (
    f"cannot be read: it is damaged, or reading it takes more than {MAX_CPU_SECONDS} s or {MAX_MEMORY // 2**20} MiB"
)


def read_pdf(content: bytes) -> str:
    """The text as Markdown, with the id `page=N` on each page, which browsers understand. Raises BadPage."""
    command = [sys.executable, "-P", "-m", MODULE]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=MAX_SECONDS, check=False)  # noqa: S603 - our own module
    except (subprocess.TimeoutExpired, OSError):
        raise BadPage(UNREADABLE) from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode == FAILED:
        raise BadPage(text)
    if done.returncode:
        raise BadPage(UNREADABLE)
    return text
