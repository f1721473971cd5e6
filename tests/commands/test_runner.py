import io

from glossator.commands.runner import ProgressLines, format_json


def test_log_gets_a_line_of_progress_now_and_then() -> None:
    quiet, chatty = io.StringIO(), io.StringIO()

    ProgressLines(quiet, str)(3)
    report = ProgressLines(chatty, "{:,} rows".format, every=0)
    report(300)
    report(1000)

    assert (quiet.getvalue(), chatty.getvalue()) == ("", "300 rows\n1,000 rows\n")


def test_document_keeps_the_letters_of_every_script() -> None:
    assert format_json({"title": "روبوٹ"}) == '{\n  "title": "روبوٹ"\n}'
