"""Markdown made of pieces that begin, end or break a construct."""

from typing import Final

from hypothesis import strategies as st

EVIL: Final = "https://evil.example"
PIECES: Final = (
    *("[a](https://evil.example/x)", "[b](/read/x)", "![", "](", "](https://evil.example)", ")", "[", "]", "(", "!"),
    *("`", "``", "```\n", "```", "~~~\n", "    ", "\t", "\\", "*", "**", "_", "~~", "~", "^", "{", '"', "'"),
    *("\n", "\n\n", "\n", "\r", " ", "  \n", "- ", "* ", "1. ", "2. ", "> ", ">", "  ", "# ", "===\n", "---\n"),
    *("| a | b |\n|---|---|\n", "|", "|---|\n", "--|--\n", "[x]\n", "[r]: https://evil.example\n", "[r]"),
    *("[1]: https://evil.example\n", "[1]", "[77]", "[1, 77]", "77", "<", "<!--", "-->", "<?", "</a>", "<div>\n"),
    *("<https://evil.example>", '<a href="https://evil.example">', "<img src=https://evil.example/x>", "<script>"),
    *(EVIL, "www.evil.example", "www", ".", "me@evil.example", "mailto:", "ftp://evil.example", "javascript:"),
    *("http", "s", ":", "//", "evil.example", "h", "ttp", "/read/x", "&#91;", "&lt;", "&", "word", "é", "中文"),
)


def snippets(max_pieces: int = 40) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(PIECES), max_size=max_pieces).map("".join)


def long_words() -> st.SearchStrategy[str]:
    """Text without spaces, which is cut where a construct is open."""
    fillers = st.lists(
        st.sampled_from(["x", "xy.", "w", "[1]", "é", "(", "a-", "http", "["]), min_size=40, max_size=200
    )
    return st.tuples(fillers.map("".join), snippets()).map(lambda parts: parts[0] + "".join(parts[1].split()))
