import io

from glossator.commands.runner import ProgressLines, format_json


def test_progress_lines_are_rate_limited() -> None:
    quiet, chatty = io.StringIO(), io.StringIO()

    ProgressLines(quiet, str)(3)
    report = ProgressLines(chatty, "{:,} rows".format, every=0)
    report(300)
    report(1000)

    assert (quiet.getvalue(), chatty.getvalue()) == ("", "300 rows\n1,000 rows\n")


def test_json_is_not_escaped_to_ascii() -> None:
    assert format_json({"title": "روبوٹ"}) == '{\n  "title": "روبوٹ"\n}'
