"""Answers in the component: what a hostile one cannot do, its proof, and how little a stream changes."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from glossator.domain.answering.question import PATH_MARK
from tests.servers.scripted_backend import STRICT, ScriptedBackend, answer, citation, scripted_backend

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SECTION: Final = f"Guide{PATH_MARK}Section 1"
HOSTILE: Final = """<script>window.harmed = 1</script>

<img src=x onerror="window.harmed = 2"> and <a href="javascript:window.harmed = 3">raw</a>

[a link](javascript:window.harmed=4), [another](https://evil.example/a), [data](data:text/html,x), https://evil.example/b,
[relative](//evil.example/c), [book](https://book.example/guide/start), [1](https://evil.example/d) and ![a picture](https://evil.example/e.png).

[2]: https://evil.example/f

<iframe src="https://evil.example/g"></iframe><style>*{display:none}</style>

Formulas: $\\href{javascript:window.harmed=5}{x}$ and $\\includegraphics{https://evil.example/h.png}$ and [2].

```html
<script>window.harmed = 6</script>
```

> > > deep [1](javascript:window.harmed=7)
"""
COUNT_MUTATIONS: Final = """() => {
    const answer = document.querySelector("glossator-chat").shadowRoot.querySelector(".turn:last-child .answer");
    window.kept = [...answer.children].slice(0, -1);
    window.mutations = [];
    new MutationObserver((records) => window.mutations.push(...records)).observe(
        answer, {childList: true, subtree: true, characterData: true});
}"""
CHANGED: Final = """() => {
    const answer = document.querySelector("glossator-chat").shadowRoot.querySelector(".turn:last-child .answer");
    return {
        kept: window.kept.every((block, at) => block === answer.children[at]),
        outside: window.mutations.filter(({target}) => target !== answer).length,
        removed: window.mutations.reduce((sum, {removedNodes}) => sum + removedNodes.length, 0),
        frames: window.mutations.filter(({addedNodes}) => addedNodes.length > 0).length,
    };
}"""
ADD_COMPONENT: Final = """(account) => {
    const element = document.createElement("glossator-chat");
    for (const name of ["inline", "open"]) element.toggleAttribute(name);
    if (account) element.setAttribute("signed-in", account);
    document.body.append(element);
    const {length} = element.shadowRoot.querySelectorAll(".turn");
    element.remove();
    return length;
}"""
REMEMBER: Final = """([key, account]) => sessionStorage.setItem(key, JSON.stringify(
    {session: null, account, turns: [{question: "Why?", selected: "", answer: null}]}))"""
COUNT_LETTERS: Final = """(answer) => {
    const whole = answer.cloneNode(true);
    for (const head of [...whole.querySelectorAll("thead")].slice(1)) head.remove();
    return whole.textContent.replace(/[^xap]/g, "").length;
}"""
"""Each part of a long table has its head."""
HAS_FOCUS: Final = "e => e.getRootNode().activeElement === e"
LAID_OUT: Final = """() => {
    const questions = document.querySelector("glossator-chat").shadowRoot.querySelectorAll(".turn .question");
    return [...questions].filter((one) => one.checkVisibility({contentVisibilityAuto: true})).length;
}"""


@pytest.fixture(scope="module")
def shared() -> Iterator[ScriptedBackend]:
    with scripted_backend() as backend:
        yield backend


@pytest.fixture
def backend(shared: ScriptedBackend) -> ScriptedBackend:
    shared.forgets()
    return shared


def start(page: "Page", backend: ScriptedBackend, question: str = "Why?") -> "Locator":
    """Asks on the host page and returns the turn, whose events the test sends."""
    if page.url != f"{backend.origin}/page":
        page.goto(f"{backend.origin}/page")
    field = page.get_by_role("combobox")
    field.fill(question)
    field.press("Enter")
    backend.sends("start", question=question, request_id="request-1", session_id=None, message_id=None)
    turn = page.locator(".turn").last
    turn.wait_for()
    return turn


def ask(page: "Page", backend: ScriptedBackend, response: str, *cited: dict[str, Any], **fields: Any) -> "Locator":
    turn = start(page, backend)
    backend.sends("sources", citations=list(cited))
    backend.answers(response, *cited, **fields)
    turn.and_(page.locator("[data-state=done]")).wait_for()
    return turn


def test_a_hostile_answer_runs_nothing_and_links_to_the_book_alone(page: "Page", backend: ScriptedBackend) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    turn = ask(page, backend, HOSTILE, citation(1), citation(2))
    turn.locator(".formula.plain").nth(1).wait_for()
    shown = turn.locator(".answer")

    assert page.evaluate("window.harmed") is None
    assert all(url.startswith(backend.origin) for url in asked)
    assert shown.locator("script, img, iframe, style, object, [onerror], [style]").count() == 0
    hrefs = {str(link.get_attribute("href")) for link in turn.locator("a").all()}
    sections = {f"https://book.example/guide/page#section-{n}" for n in (1, 2)}
    assert hrefs == sections | {"https://book.example/guide/start"}
    text = shown.inner_text()
    for raw in ("<script>window.harmed = 1</script>", "<iframe", "a link", "a picture", "https://evil.example/b"):
        assert raw in text


@pytest.mark.parametrize(
    "response",
    [
        "x" * 300_000,
        "".join("|" + "a|" * 30 + "\n" + ("|" + "-|" * 30 + "\n") * (n == 0) for n in range(500)),
        "> " * 10_000 + "deep",
        "_a_[1]" * 3_000,
    ],
    ids=["line", "table", "nested", "marks"],
)
def test_a_huge_answer_is_shown_whole(page: "Page", backend: ScriptedBackend, response: str) -> None:
    turn = ask(page, backend, response, citation(1))

    assert turn.locator(".answer").evaluate(COUNT_LETTERS) == len(re.sub("[^xap]", "", response))


def test_a_delta_changes_the_last_block_only(page: "Page", backend: ScriptedBackend) -> None:
    turn = start(page, backend)
    backend.sends("delta", text="# First\n\nSecond paragraph.\n\n- a list\n\n```py\nx = 1\n```\n\nThe last one")
    turn.get_by_text("The last one").wait_for()
    turn.locator(".hljs-number").wait_for()  # its colours arrive later

    page.evaluate(COUNT_MUTATIONS)
    for number in range(40):
        backend.sends("delta", text=f" grows {number}")
    turn.get_by_text("grows 39").wait_for()
    changed = page.evaluate(CHANGED)
    backend.answers("Done.")

    assert changed["kept"]
    assert changed["outside"] == 0
    assert changed["removed"] == changed["frames"] <= 40


def test_deltas_that_arrive_together_are_drawn_together(page: "Page", backend: ScriptedBackend) -> None:
    turn = start(page, backend)
    backend.sends("delta", text="Begin")
    turn.get_by_text("Begin").wait_for()

    page.evaluate(COUNT_MUTATIONS)
    backend.sends_together(*[("delta", {"text": f" {number}"}) for number in range(200)])
    turn.get_by_text("199").wait_for()
    frames = page.evaluate(CHANGED)["frames"]
    backend.answers("Done.")

    assert frames < 20


def test_numbers_open_the_sentence_and_show_its_quote_by_keyboard(page: "Page", backend: ScriptedBackend) -> None:
    response = "🚀 Rockets fly. [1] Cars drive. [1]"
    first, second = response.index("[1]") + 1, len(response.encode("utf-16-le")) // 2
    quotes = [
        {
            "text": "A rocket flies.",
            "url": "https://book.example/guide/page#a:~:text=flies",
            "claim": {"start": 0, "end": first},
        },
        {
            "text": "A car drives.",
            "url": "https://book.example/guide/page#a:~:text=drives",
            "claim": {"start": first + 3, "end": second},
        },
    ]
    turn = ask(page, backend, response, citation(1, quotes=quotes))
    chips = turn.locator("[part=citation]")
    preview = page.locator("[part=preview]")

    chips.first.focus()
    assert preview.inner_text() == f"{SECTION}\nA rocket flies."
    page.keyboard.press("Tab")
    assert preview.inner_text() == f"{SECTION}\nA car drives."
    assert chips.nth(1).get_attribute("aria-describedby") == preview.get_attribute("id")
    page.keyboard.press("Escape")
    assert preview.count() == 0
    assert chips.nth(1).evaluate(HAS_FOCUS)

    assert [str(chip.get_attribute("href")).partition("text=")[2] for chip in chips.all()] == ["flies", "drives"]
    assert chips.first.get_attribute("rel") == "noopener"
    assert chips.first.get_attribute("aria-label") == f"Source 1: {SECTION}"


def test_a_number_keeps_the_focus_while_its_block_is_drawn_again(page: "Page", backend: ScriptedBackend) -> None:
    turn = start(page, backend)
    backend.sends("sources", citations=[citation(1)])
    backend.sends("delta", text="A claim [1] and")
    chip = turn.locator("[part=citation]")
    chip.focus()

    backend.sends("delta", text=" more")
    turn.get_by_text("and more").wait_for()
    assert chip.evaluate(HAS_FOCUS)
    backend.answers("A claim [1] and more.", citation(1))
    turn.and_(page.locator("[data-state=done]")).wait_for()
    assert chip.evaluate(HAS_FOCUS)


def test_a_finished_answer_is_announced_without_numbers_and_buttons(page: "Page", backend: ScriptedBackend) -> None:
    start(page, backend)
    backend.sends("delta", text="A cla")
    page.locator(".turn").get_by_text("A cla").wait_for()
    log = page.get_by_role("log")
    assert log.inner_text() == ""

    backend.answers("A claim [1].\n\n- One\n- Two\n\n```py\nx = 1\n```", citation(1))
    page.locator("[data-state=done]").wait_for()

    assert " ".join(str(log.text_content()).split()) == "Answer: A claim . One Two x = 1"


@pytest.mark.parametrize("width", [360, 900])
def test_a_preview_stays_in_the_window(page: "Page", backend: ScriptedBackend, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 500})
    turn = ask(page, backend, "word [1] " * 60, citation(1, "A long quote. " * 20))

    for chip in (turn.locator("[part=citation]").nth(at) for at in (0, 7, 30, 59)):
        chip.focus()
        box = page.locator("[part=preview]").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 500


def test_the_first_touch_shows_the_quote_and_the_second_follows_the_link(
    browser: "Browser", backend: ScriptedBackend
) -> None:
    with browser.new_context(has_touch=True, viewport={"width": 400, "height": 700}) as context:
        page = context.new_page()
        context.route("https://book.example/**", lambda route: route.fulfill(body="The section"))
        chip = ask(page, backend, "A claim [1].", citation(1)).locator("[part=citation]")

        chip.tap()
        assert "The proof." in page.locator("[part=preview]").inner_text()
        assert page.url.startswith(backend.origin)
        chip.tap()
        page.wait_for_url("https://book.example/guide/page#section-1")


def test_code_and_formulas_need_no_exception_from_a_strict_policy(page: "Page", backend: ScriptedBackend) -> None:
    backend.policy = STRICT
    blocked: list[str] = []
    page.on("console", lambda message: blocked.append(message.text))

    turn = ask(page, backend, "So $a^2$:\n\n$$\\frac{a}{b}$$\n\n```python\nimport this\n```\n")

    turn.locator(".hljs-keyword", has_text="import").wait_for()
    turn.locator("math mfrac").wait_for()
    assert turn.locator("math").count() == 2
    assert turn.locator("pre").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert blocked == []


def test_code_and_formulas_are_shown_as_text_without_their_parts(page: "Page", backend: ScriptedBackend) -> None:
    for part in ("code", "math"):
        page.route(f"**/widget-{part}-*.js", lambda route: route.abort())

    turn = ask(page, backend, "So $a^2$:\n\n```python\nimport this\n```\n")

    turn.locator(".formula.plain", has_text="$a^2$").wait_for()
    assert turn.locator("pre").inner_text() == "import this"
    assert turn.locator("math, [class^=hljs]").count() == 0


def test_every_sentence_that_proves_one_is_listed_once(page: "Page", backend: ScriptedBackend) -> None:
    quotes = [
        {
            "text": f"Proof {name}.",
            "url": f"https://book.example/guide/page#a:~:text={name}",
            "claim": {"start": 0, "end": 2},
        }
        for name in ("one", "two", "one")
    ]
    turn = ask(page, backend, "Is. [1] Are. [1]", citation(1, quotes=quotes))
    turn.locator("[part=sources] summary").click()

    listed = turn.locator("[part=sources] blockquote a")
    assert listed.all_inner_texts() == ["Proof one.", "Proof two."]
    assert str(listed.last.get_attribute("href")).endswith("#a:~:text=two")


def test_an_answer_without_code_and_formulas_loads_no_parts(page: "Page", backend: ScriptedBackend) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    ask(page, backend, "It costs $5 and `code` is short.")

    assert not [url for url in asked if "widget-" in url]


MODES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "generated": ({}, "A language model wrote this from the book."),
    "no_model": ({"mode": "extractive", "reason": "no_model"}, "Quoted word for word from the book. No language model"),
    "too_slow": ({"mode": "extractive", "reason": "too_slow"}, "The language model took too long."),
    "over_budget": (
        {
            "mode": "extractive",
            "reason": "over_budget",
            "budget": {"limit": "day", "scope": "site", "resets_at": "2030-01-02T03:04:05.000Z", "detail": ""},
        },
        "2030",
    ),
    "unsupported": ({"mode": "extractive", "reason": "unsupported"}, "the book does not prove it"),
    "keywords": ({"retrieval": "keywords"}, "Only keywords were searched"),
}


def test_every_mode_and_reason_has_its_line(page: "Page", backend: ScriptedBackend) -> None:
    shown = {
        name: " ".join(
            ask(page, backend, "A sentence. [1]", citation(1), **fields).locator("[part=note]").all_inner_texts()
        )
        for name, (fields, _) in MODES.items()
    }

    assert [name for name, (_, line) in MODES.items() if line not in shown[name]] == []


def test_a_declined_question_gets_the_nearest_sections(page: "Page", backend: ScriptedBackend) -> None:
    nearest = [{"title": "Guide > Start", "url": "https://book.example/guide/start#here"}]

    turn = ask(page, backend, "The book does not say.", mode="declined", reason="not_in_book", nearest=nearest)

    assert "Nothing was made up." in turn.inner_text()
    assert turn.get_by_role("link", name="Guide > Start").get_attribute("href") == nearest[0]["url"]
    assert turn.locator("[part=sources]").count() == 0


def test_sentences_that_the_book_does_not_prove_are_marked(page: "Page", backend: ScriptedBackend) -> None:
    response = "Proven 🚀. [1]\n\n- This **is not** proven.\n- This is."
    begin = len(response[: response.index("This **")].encode("utf-16-le")) // 2
    sentences = [{"start": begin, "end": begin + len("This **is not** proven."), "verdict": "unsupported", "n": []}]
    grounding = {"score": 0.5, "sentences": sentences, "unsupported": []}

    turn = ask(page, backend, response, citation(1), grounding=grounding)
    marked = turn.locator(".doubt").evaluate_all("all => all.map((e) => e.lastChild.textContent).join('')")

    assert marked == "This is not proven."
    assert "The book does not clearly prove the underlined sentences." in turn.inner_text()


def test_an_answer_in_urdu_reads_from_right_to_left_and_its_code_does_not(
    page: "Page", backend: ScriptedBackend
) -> None:
    backend.lang = "ur"

    turn = ask(page, backend, "BM25 نایاب الفاظ کو زیادہ وزن دیتا ہے [1]\n\n```py\nx = 1\n```", citation(1))

    assert turn.locator(".answer").get_attribute("dir") == "rtl"
    assert turn.locator(".answer p").evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert turn.locator("pre").evaluate("e => getComputedStyle(e).direction") == "ltr"
    assert "لسانی ماڈل" in turn.locator("[part=note]").inner_text()


def test_copying_gives_the_text_with_its_sources(page: "Page", backend: ScriptedBackend) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, backend, "A **claim**. [1]\n\n```sh\nls\n```", citation(1))

    turn.get_by_role("button", name="Copy", exact=True).click()
    turn.get_by_role("button", name="Copied").wait_for()
    code = page.evaluate("navigator.clipboard.readText()")
    turn.get_by_role("button", name="Copy answer").click()
    page.wait_for_function("code => navigator.clipboard.readText().then(text => text !== code)", arg=code)

    assert code == "ls"
    assert page.evaluate("navigator.clipboard.readText()") == (
        f"A **claim**. [1]\n\n```sh\nls\n```\n\nSources:\n[1] {SECTION}: https://book.example/guide/page#section-1\n"
    )


def test_a_follow_up_question_is_asked_by_its_button(page: "Page", backend: ScriptedBackend) -> None:
    follow_ups = [{"question": f"{place}?", "url": "https://book.example/guide/page"} for place in ("Here", "There")]
    turn = ask(page, backend, "A claim. [1]", citation(1), follow_ups=follow_ups)
    buttons = turn.get_by_role("group", name="Ask next").get_by_role("button")

    assert buttons.all_inner_texts() == ["Here?", "There?"]
    buttons.first.click()
    backend.answers("Again.")
    page.locator(".turn").nth(1).get_by_text("Again.").wait_for()
    assert [body["query"] for body in backend.received["/chat/stream"]] == ["Why?", "Here?"]


def test_a_citation_that_proves_nothing_can_be_reported(page: "Page", backend: ScriptedBackend) -> None:
    turn = ask(page, backend, "A claim. [2]", citation(2))
    assert turn.get_by_role("button", name="Bad answer").get_attribute("aria-pressed") == "false"

    turn.locator("[part=sources] summary").click()
    turn.get_by_role("button", name="This does not prove it").click()
    turn.locator("[part=feedback]").wait_for()
    page.wait_for_function("performance.getEntriesByName(location.origin + '/feedback').length > 0")

    assert backend.received["/feedback"][0] | {"rating": "down", "citation": 2} == backend.received["/feedback"][0]


def test_a_stopped_answer_keeps_its_text_and_can_be_asked_again(page: "Page", backend: ScriptedBackend) -> None:
    turn = start(page, backend)
    backend.sends("delta", text="Half an ans")
    turn.get_by_text("Half an ans").wait_for()
    page.get_by_role("button", name="Stop").click()
    turn.get_by_text("You stopped this answer.").wait_for()

    assert "Half an ans" in turn.inner_text()
    backend.answers("Ignored.")
    turn.get_by_role("button", name="Try again").click()
    backend.answers("A whole answer.")
    page.locator(".turn").get_by_text("A whole answer.").wait_for()
    assert page.locator(".turn").count() == 1


def test_of_200_turns_at_most_60_are_laid_out(page: "Page", backend: ScriptedBackend) -> None:
    kept = answer("A **claim**. [1]\n\n" + "- A point of some length. [1]\n" * 8, citation(1))
    turns = [{"question": f"Question {number}?", "selected": "", "answer": kept} for number in range(200)]
    page.goto(f"{backend.origin}/page")
    page.evaluate(
        "([origin, turns]) => sessionStorage.setItem(`glossator:${origin}`, JSON.stringify({session: null, turns}))",
        [backend.origin, turns],
    )
    page.reload()
    page.locator(".turn[data-state=done]").nth(199).wait_for(state="attached")

    page.locator("[part=conversation]").evaluate("e => e.scrollTo(0, e.scrollHeight / 2)")
    page.wait_for_function(f"({LAID_OUT})() > 0")
    middle = page.evaluate(LAID_OUT)

    assert page.locator(".turn").count() == 200
    assert 1 <= middle <= 60


def test_a_second_component_and_another_account_do_not_see_the_conversation(
    page: "Page", backend: ScriptedBackend
) -> None:
    ask(page, backend, "First.")
    turns = [page.evaluate(ADD_COMPONENT, account) for account in ("", "ada")]
    page.evaluate(REMEMBER, [f"glossator:{backend.origin}#1", "ada"])

    seen = [page.evaluate(ADD_COMPONENT, account) for account in ("ada", "", "ada")]

    assert (turns, seen) == ([0, 0], [1, 0, 0])
