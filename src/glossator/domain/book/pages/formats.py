from pathlib import Path


def is_html(path: str) -> bool:
    return path.lower().endswith(".html")


def is_plain(path: str) -> bool:
    return path.lower().endswith(".txt")


SUFFIXES = frozenset({".md", ".mdx", ".txt", ".html"})


def is_page(path: str) -> bool:
    return Path(path).suffix.lower() in SUFFIXES
