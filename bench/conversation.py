"""A conversation of 200 turns in the component: what is laid out, what a delta changes, and the longest task."""

import asyncio
import json
import shutil
from bisect import bisect
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from playwright.sync_api import Browser, Page, sync_playwright

from bench.figures import Figure
from tests.browser.chromium import NAMES, QUIET
from tests.servers.scripted_backend import ScriptedBackend, answer, citation, scripted_backend

T = TypeVar("T")
TRACES: Final = 3
TURNS: Final = 200
DELTAS: Final = 300
SCRIPT: Final = ("TimerFire", "EventDispatch", "RunMicrotasks")
"""Events of a trace that name no script; nothing else on the page has timers, listeners or promises."""
LAID_OUT_LIMIT: Final = 61
BLOCKS_LIMIT: Final = 1.01
TASK_LIMIT: Final = 50
PARAGRAPH: Final = "A claim about **rare words** with `code` and a number [1]. Another one of the same kind [2].\n\n"
RESPONSE: Final = (
    PARAGRAPH * 2
    + "".join(f"- Point {number} of a list [1]\n" for number in range(8))
    + "\n```python\n"
    + "def idf(n: int, total: int) -> float:\n    return (total - n + 0.5) / (n + 0.5)  # never negative\n" * 3
    + "```\n\nThe end of $\\frac{a}{b}$.\n"
)
ROWS: Final = 3000
TABLE: Final = "| a | b | c |\n|---|---|---|\n" + "".join(
    f"| Cell {number} | **text** [1] | `code` and more |\n" for number in range(ROWS)
)
RESTORE: Final = """([origin, turns]) =>
    sessionStorage.setItem(`glossator:${origin}`, JSON.stringify({session: null, turns}))"""
WATCH: Final = """() => {
    const host = document.querySelector("glossator-chat");
    customElements.whenDefined("glossator-chat").then(() => {
        const turns = host.shadowRoot.querySelector(".turns");
        const done = () => turns.querySelectorAll(":scope > [data-state=done]").length;
        new MutationObserver(() => console.log(`done ${done()}`)).observe(
            turns, {subtree: true, attributeFilter: ["data-state"]});
    });
}"""
"""Logs how many answers are complete. Looking for them from outside, again and again, would cost more than they do."""
SCROLL: Final = """async () => {
    const {shadowRoot} = document.querySelector("glossator-chat");
    const scroller = shadowRoot.querySelector("[part=conversation]");
    const questions = [...shadowRoot.querySelectorAll(".turn .question")];
    let most = 0;
    for (let at = 0; at <= 10; at++) {
        scroller.scrollTo(0, scroller.scrollHeight * at / 10);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        most = Math.max(most, questions.filter((one) => one.checkVisibility({contentVisibilityAuto: true})).length);
    }
    return most;
}"""
ANSWER: Final = """document.querySelector("glossator-chat").shadowRoot.querySelector(".turn:last-child .answer")"""
COUNT: Final = (
    f"() => {{ const answer = {ANSWER};"
    + """
    window.drawings = [];
    new MutationObserver((records) => {
        const changed = records.flatMap(({target, removedNodes}) => target === answer ? [...removedNodes] : [target]);
        drawings.push(new Set(changed).size);
        if (answer.textContent.includes("the end")) console.log("written");
    }).observe(answer, {childList: true, subtree: true, characterData: true});
}"""
)


@dataclass(frozen=True)
class Trace:
    """`blocks` are those that a frame changed of the answer that is written. `task` is in milliseconds of CPU."""

    laid_out: int
    blocks: float
    task: float


async def figures() -> AsyncIterator[Figure]:
    traces = await asyncio.to_thread(_traces, _trace)
    laid_out, blocks = tuple(one.laid_out for one in traces), tuple(one.blocks for one in traces)
    best = min(trace.task for trace in traces)
    yield Figure(f"{TURNS} turns: laid out at once", laid_out, "turns", LAID_OUT_LIMIT)
    yield Figure("  blocks that a drawn frame changes", blocks, "", BLOCKS_LIMIT)
    yield Figure(f"  longest task of its script, CPU, best of {TRACES}", (best,), "ms", TASK_LIMIT)
    tables = await asyncio.to_thread(_traces, _table_trace)
    yield Figure(f"a table of {ROWS} rows: longest task, CPU, best of {TRACES}", (min(tables),), "ms", TASK_LIMIT)


def _traces(trace: Callable[[Browser, ScriptedBackend], T]) -> list[T]:
    program = next(filter(None, map(shutil.which, NAMES)))
    with scripted_backend() as backend, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        return [trace(browser, backend) for _ in range(TRACES)]


def _trace(browser: Browser, backend: ScriptedBackend) -> Trace:
    """Opens a conversation of 200 turns, scrolls through it and has one more answer written."""
    kept = answer(RESPONSE, citation(1), citation(2))
    turns = [{"question": f"Question {number}?", "selected": "", "answer": kept} for number in range(TURNS)]
    with browser.new_context(viewport={"width": 460, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{backend.origin}/page")
        page.evaluate(RESTORE, [backend.origin, turns])
        page.add_init_script(f'addEventListener("DOMContentLoaded", {WATCH})')
        browser.start_tracing(page=page, categories=["disabled-by-default-devtools.timeline", "devtools.timeline"])
        with page.expect_console_message(lambda message: message.text == f"done {TURNS}"):
            page.reload()
        laid_out = page.evaluate(SCROLL)
        blocks = _write(page, backend)
        task = _longest_task(browser.stop_tracing())
    return Trace(laid_out, blocks, task)


def _table_trace(browser: Browser, backend: ScriptedBackend) -> float:
    """The milliseconds of the longest task while a huge table is streamed and then replaced by the final answer."""
    with browser.new_context(viewport={"width": 460, "height": 800}) as context:
        page = context.new_page()
        page.add_init_script(f'addEventListener("DOMContentLoaded", {WATCH})')
        browser.start_tracing(page=page, categories=["disabled-by-default-devtools.timeline", "devtools.timeline"])
        page.goto(f"{backend.origin}/page")
        field = page.get_by_role("combobox")
        field.fill("All of them?")
        field.press("Enter")
        backend.sends("delta", text=TABLE)
        page.wait_for_function(f"{ANSWER}?.textContent.includes('Cell {ROWS - 1}')")
        with page.expect_console_message(lambda message: message.text == "done 1"):
            backend.answers(TABLE, citation(1), citation(2))
        return _longest_task(browser.stop_tracing())


def _write(page: Page, backend: ScriptedBackend) -> float:
    """Streams an answer and returns how many blocks a drawn frame changed at most, besides new ones."""
    field = page.get_by_role("combobox")
    field.fill("And now?")
    field.press("Enter")
    backend.sends("delta", text=PARAGRAPH * 10 + "Begin")
    page.wait_for_function(f"{ANSWER}?.textContent.includes('Begin')")
    page.evaluate(COUNT)
    with page.expect_console_message(lambda message: message.text == "written"):
        for number in range(DELTAS):
            backend.sends("delta", text=f" word{number}")
        backend.sends("delta", text=" the end")
    changed = page.evaluate("drawings")
    with page.expect_console_message(lambda message: message.text == f"done {TURNS + 1}"):
        backend.answers(RESPONSE, citation(1), citation(2))
    return float(max(changed))


def _longest_task(trace: bytes) -> float:
    """CPU milliseconds of the longest task in which the component's script ran; its layout and drawing count too."""
    events = [event for event in json.loads(trace)["traceEvents"] if event["ph"] == "X"]
    [thread] = {_thread(event) for event in events if event["name"] == "EvaluateScript" and _is_ours(event)}
    here = [event for event in events if _thread(event) == thread]
    starts = sorted(event["ts"] for event in here if _is_script(event))
    tasks = [event for event in here if event["name"] == "RunTask"]
    ran = [task for task in tasks if bisect(starts, task["ts"]) < bisect(starts, task["ts"] + task["dur"])]
    return float(max(task.get("tdur", 0) for task in ran)) / 1000


def _thread(event: dict[str, Any]) -> tuple[int, int]:
    return event["pid"], event["tid"]


def _is_ours(event: dict[str, Any]) -> bool:
    return "/widget" in json.dumps(event["args"])


def _is_script(event: dict[str, Any]) -> bool:
    return _is_ours(event) or (event["name"] in SCRIPT and "playwright" not in json.dumps(event["args"]))
