"""The output of `glossator eval`: the report as text, and progress."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TextIO

import click

from glossator.commands.runner import ProgressLines
from glossator.domain.answering.evaluation.report import Comparison

SECTIONS: Final[dict[str, dict[str, str]]] = {
    "Retrieval": {
        "recall_at_1": "recall@1",
        "recall_at_5": "recall@5",
        "recall_at_10": "recall@10",
        "mrr_at_10": "MRR@10",
        "characters_of_first_5": "characters of the first 5",
    },
    "Citations": {
        "citation_recall": "sentences that are supported",
        "citation_precision": "citations that support",
        "gold_citation_recall": "gold quotes that are cited",
        "gold_citation_precision": "citations with a gold quote",
    },
    "Declining": {
        "answered": "answerable questions answered",
        "decline_recall": "other questions declined",
        "decline_precision": "declined rightly",
    },
}
LABELS: Final = {name: label for labels in SECTIONS.values() for name, label in labels.items()}
GROUP_FIGURES: Final = ("recall_at_5", "mrr_at_10", "answered", "decline_recall")
MAX_LISTED: Final = 20
LABEL_WIDTH: Final = 32


@contextmanager
def show_progress(stream: TextIO, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal, and a line every few seconds elsewhere."""
    if stream.isatty():
        with click.progressbar(length=total, label="Asking", file=stream) as bar:
            yield lambda: bar.update(1)
        return
    line: ProgressLines[int] = ProgressLines(stream, lambda done: f"{done:,} of {total:,} questions")
    done = 0

    def report() -> None:
        nonlocal done
        done += 1
        line(done)

    yield report


def format_report(report: Mapping[str, Any]) -> str:
    lines = [_headline(report), ""]
    for title, labels in SECTIONS.items():
        shown = [_figure_line(name, report["figures"][name]) for name in labels if name in report["figures"]]
        lines += [f"{title:<{LABEL_WIDTH}}   value   95 % interval  questions", *shown, ""] if shown else []
    lines += [*_groups("By kind", report["by_kind"]), *_groups("By language", report["by_language"])]
    lines += [*_curve(report["curve"]), *_misses(report["questions"]), report["judge"]]
    return "\n".join(lines)


def format_calibration(proposal: Mapping[str, Any] | None) -> str:
    if proposal is None:
        return "No thresholds are proposed: the file needs questions that the book answers and others that it does not."
    lines = [f"{'Thresholds (now -> proposed)':<{LABEL_WIDTH}}  none            weak            alone"]
    for space, (now, then) in proposal["thresholds"].items():
        pairs = "  ".join(f"{now[name]:.3f} -> {then[name]:.3f}" for name in ("none", "weak", "alone"))
        lines.append(f"  {space:<{LABEL_WIDTH - 2}}  {pairs}")
    before, after = proposal["before"], proposal["after"]
    lines.append(
        "Fitted on every other question. On the rest, answered:"
        f" {_percent(before['answered'])} -> {_percent(after['answered'])};"
        f" declined: {_percent(before['declined'])} -> {_percent(after['declined'])}."
    )
    if not proposal["is_enough"]:
        lines.append("This is a guess: use 20 questions or more that the book answers, and as many that it does not.")
    return "\n".join(lines)


def format_comparison(comparison: Comparison) -> str:
    lines = [f"{'Compared with the earlier report':<{LABEL_WIDTH}}  before    now   change"]
    for change in comparison.figures:
        label = LABELS.get(change.name, change.name)
        if change.before is None or change.after is None:
            lines.append(f"  {label:<{LABEL_WIDTH}}{'only before' if change.after is None else 'new'}")
            continue
        before, after = _value(change.name, change.before), _value(change.name, change.after)
        difference = change.after - change.before
        shown = f"{difference:+,.0f}" if _is_count(change.name) else f"{100 * difference:+.1f}"
        lines.append(f"  {label:<{LABEL_WIDTH - 2}}{before:>8}{after:>8}{shown:>8}")
    lines.append(f"{len(comparison.questions):,} questions changed")
    lines += [f"  {change.before} -> {change.after}: {change.id}" for change in comparison.questions]
    if comparison.only_before or comparison.only_after:
        lines.append(f"  {comparison.only_after:,} questions are new, {comparison.only_before:,} are no longer asked")
    return "\n".join(lines)


def _headline(report: Mapping[str, Any]) -> str:
    questions = report["questions"]
    answerable = sum(one["answerable"] for one in questions)
    modes: dict[str, int] = {}
    for one in questions:
        name = one["mode"] if one["mode"] != "extractive" else f"quoted ({one['reason']})"
        modes[name] = modes.get(name, 0) + 1
    counts = ", ".join(f"{count:,} {name}" for name, count in modes.items())
    return (
        f"{len(questions):,} questions: {answerable:,} that the book answers, {len(questions) - answerable:,} that it"
        f" does not\nAnswers: {counts or 'none'}. Cost: ${report['cost_usd']:.4f}"
    )


def _figure_line(name: str, figure: Mapping[str, Any]) -> str:
    interval = f"{_value(name, figure['low'], unit=False)} to {_value(name, figure['high'], unit=False)}"
    return (
        f"  {LABELS[name]:<{LABEL_WIDTH - 2}}{_value(name, figure['value']):>8}{interval:>16}{figure['questions']:>11,}"
    )


def _groups(title: str, groups: Mapping[str, Any]) -> list[str]:
    if not groups:
        return []
    head = "".join(f"{name:>10}" for name in ("recall@5", "MRR@10", "answered", "declined"))
    lines = [f"{title:<{LABEL_WIDTH}}{head}"]
    for group, figures in groups.items():
        values = (_value(name, figures[name]["value"]) if name in figures else "" for name in GROUP_FIGURES)
        lines.append(f"  {group[: LABEL_WIDTH - 3]:<{LABEL_WIDTH - 2}}{''.join(f'{value:>10}' for value in values)}")
    return [*lines, ""]


def _curve(points: list[Mapping[str, Any]]) -> list[str]:
    if not points:
        return []
    share = "".join(f"{_percent(point['coverage'], digits=0):>7}" for point in points)
    right = "".join(f"{_percent(point['accuracy'], digits=0):>7}" for point in points)
    title = "Answering only the most confident"
    return [
        f"{title:<{LABEL_WIDTH + 2}}{share}",
        f"{'  of these, evidence in the first 5':<{LABEL_WIDTH + 2}}{right}",
        "",
    ]


def _misses(questions: list[Mapping[str, Any]]) -> list[str]:
    wrong = [(reason, one) for one in questions if (reason := _problem(one))]
    if not wrong:
        return []
    lines = [f"  {reason}: {one['question']}" for reason, one in wrong[:MAX_LISTED]]
    more = [f"  and {len(wrong) - MAX_LISTED:,} more (see --json)"] if len(wrong) > MAX_LISTED else []
    return ["Questions to look at", *lines, *more, ""]


def _problem(one: Mapping[str, Any]) -> str:
    declined = one["mode"] == "declined"
    if not one["answerable"]:
        return "" if declined else "not declined"
    if declined:
        return "declined"
    if one["rank"] is None:
        return "not found"
    return f"rank {one['rank']}" if one["rank"] > 5 else ""


def _value(name: str, value: float, *, unit: bool = True) -> str:
    if _is_count(name):
        return f"{value:,.0f}"
    return _percent(value) if unit else f"{100 * value:.1f}"


def _is_count(name: str) -> bool:
    return name.startswith("characters")


def _percent(value: float, *, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f} %"
