"""The commands that read or write the book."""

from pathlib import Path

import click

from glossator.commands.deferred import runs


@click.command(short_help="Load a folder of pages into the book.")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--plan", is_flag=True, help="Show what would be embedded and the cost; write nothing.")
@click.option("--rebuild", is_flag=True, help="Ingest into a new build, then make it live.")
@click.option("--rollback", is_flag=True, help="Make the build before the last rebuild live again.")
@click.option("--allow-empty", is_flag=True, help="Allow a folder without pages to empty the book.")
@click.option("--new-book", is_flag=True, help="Allow another book to replace the one that is served.")
@click.option(
    "--budget", type=click.FloatRange(min=0), help="Maximum cost of this run in USD, apart from the budget of the site."
)
@click.option("--json", is_flag=True, help="Print the summary as JSON.")
@runs("context:ingest")
def ingest() -> None:
    """Load the pages under PATH (default: DOCS_PATH) into the book.

    Only changes are embedded. Pages that were deleted from the folder are removed from the book. Readers see all
    changes at once, when they are complete. If PATH is a single file, it is added or updated and nothing is removed.

    Where embedding costs money, the estimate is printed first. If it is more than what is left of the site's budget
    (BUDGET__SITE_DAY, BUDGET__SITE_MONTH), nothing is changed.

    A folder with another title or site URL than the served book, in which fewer than half of the pages are the same, is
    refused unless --new-book is set. The new book then goes live in one step, and --rollback brings the previous one
    back.
    """


@click.command(short_help="Show the passages found for a question.")
@click.argument("question")
@click.option("-k", "limit", type=click.IntRange(1, 20), default=5, show_default=True, help="Number of passages.")
@click.option("--json", "as_json", is_flag=True, help="Print the passages as JSON.")
@runs("search:search")
def search() -> None:
    """Show the passages found for QUESTION, best first."""


@click.command("eval", short_help="Measure how questions are answered.")
@click.argument("questions", type=click.Path(dir_okay=False, path_type=Path), default=Path("questions.jsonl"))
@click.option("--json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--against",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Earlier report (--json) to compare with.",
)
@click.option("--calibrate", is_flag=True, help="Propose evidence thresholds for each vector space.")
@click.option("--make", is_flag=True, help="Write a first question file from the headings of the book.")
@click.option(
    "--docs", type=click.Path(exists=True, path_type=Path), help="Folder with the book for --make (default: DOCS_PATH)."
)
@click.option("--yes", is_flag=True, help="Do not ask for confirmation before using a paid model.")
@runs("evaluate.command:evaluate")
def evaluate() -> None:
    """Measure how the questions in QUESTIONS (default: questions.jsonl) are answered.

    QUESTIONS has one JSON object per line: the question and the quotes of the book that answer it. docs/evaluation.md
    describes the file and the figures. Exits with 1 if a question could not be asked.
    """


@click.command(short_help="Translate a book or adjust its level, in advance.")
@click.argument("docs", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--language", help="Target language, as a BCP 47 tag such as ur.")
@click.option("--level", type=click.Choice(["beginner", "intermediate"]), help="Target reading level.")
@click.option("--plan", "only_plan", is_flag=True, help="Print the number of texts and the estimated cost only.")
@runs("rewrite:rewrite")
def rewrite() -> None:
    """Translate the pages in DOCS (default: DOCS_PATH), or adjust their reading level, in advance.

    Skips texts that are stored already, so an interrupted run continues where it stopped. The results stay stored until
    a run with another model, prompt or list of terms has finished. Exits with 1 if a text could not be rewritten;
    readers see such a text unchanged.
    """


@click.command(short_help="Check the book's links against the built site.")
@click.option(
    "--site",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the built site: what you publish.",
)
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="Number of broken links shown.")
@click.option("--json", "as_json", is_flag=True, help="Print the report with all broken links as JSON.")
@runs("links:links")
def links() -> None:
    """Check that every link of the book opens a page and an anchor of the built site.

    A link is where a citation of a passage leads. The folder is read as a web server would: /x opens x, x.html or
    x/index.html, and /x/ opens x/index.html. An anchor is an id, or the name of an a element.

    Exits with 0 when every link is right, 1 when one is broken and 69 when no book is stored.
    """


@click.command(short_help="Write llms.txt and the pages as Markdown into a built site.")
@click.argument("build_dir", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@runs("llms:llms")
def llms() -> None:
    """Write llms.txt, llms-full.txt and a Markdown file for each page into BUILD_DIR, the folder of the built site.

    Run it after each build, with the settings of the service: SITE_URL says where the site is published. Markdown files
    of the site itself are kept.

    Exits with 0, with 1 when a file cannot be written and with 69 when no book is stored.
    """
