"""Whether a browser marks exactly a sentence: the marked pixels of a screenshot are compared with its boxes."""

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from quart import Quart

from glossator.domain.answering.proof.links import sentence_url
from glossator.domain.answering.proof.passage_sentences import PassageSentence, passage_sentences
from glossator.domain.book.ingest.book_options import READER_URL
from glossator.domain.book.pages.parsing import parse_page
from glossator.domain.book.passages import Page as BookPage
from glossator.domain.book.passages import Passage
from glossator.domain.book.splitting.packing import Limits
from glossator.domain.book.splitting.splitter import Splitter
from tests.browser.hard_sentences import LINKED_PARTS
from tests.web.apps import Parts

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

HOST: Final = "http://book.example"
ATTEMPTS: Final = 100
TOLERANCE: Final = 2  # pixels
"""What is marked is one flat colour; the text in it cannot be seen, so that no glyph hides a pixel of it."""
FLAT: Final = "{ background: rgb(255, 0, 255) !important; color: transparent !important; }"
STYLE: Final = (
    f"::target-text {FLAT} mark {{ background: none }} a {{ text-decoration: none }} table {{ overflow: visible }} "
    "glossator-chat { display: none } main { hyphens: none }"
)
COMPARE: Final = """async ([png, texts, tolerance]) => {
    const isLetter = character => /[\\p{L}\\p{N}]/u.test(character);
    const lettersOf = text => Array.from(text).filter(isLetter).join("");
    const shown = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
        if (node.parentElement.closest("h1, h2, h3, h4, h5, h6")) continue;
        let at = 0;
        for (const character of node.data) {
            if (character.trim()) shown.push({character, node, at, after: at + character.length});
            at += character.length;
        }
    }
    const letters = shown.map((_, index) => index).filter(index => isLetter(shown[index].character));
    const wholeText = letters.map(index => shown[index].character);
    let from = 0, to = 0;
    for (const text of texts) {
        const sought = Array.from(lettersOf(text));
        for (let at = to; at + sought.length <= wholeText.length; at++)
            if (sought.every((letter, index) => wholeText[at + index] === letter)) {
                [from, to] = [at, at + sought.length];
                break;
            }
    }
    if (from === to || wholeText.slice(from, to).join("") !== lettersOf(texts.at(-1))) return "not on the page";
    const said = Array.from(texts.at(-1)).filter(character => character.trim());
    let low = letters[from], high = letters[to - 1];
    for (let at = said.findIndex(isLetter) - 1; at >= 0 && shown[low - 1]?.character === said[at]; at--) low--;
    const behind = said.findLastIndex(isLetter) + 1;
    for (let at = behind; at < said.length && shown[high + 1]?.character === said[at]; at++) high++;
    const {node: first, at: start} = shown[low], {node: last, after: end} = shown[high];
    if (first.parentElement.closest("pre")) return "in code";

    const boxes = [];
    const inside = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    let reached = false;
    for (let node; (node = inside.nextNode()); ) {
        reached ||= node === first;
        if (!reached) continue;
        const range = document.createRange();
        range.setStart(node, node === first ? start : 0);
        range.setEnd(node, node === last ? end : node.length);
        boxes.push(...range.getClientRects());
        if (node === last) break;
    }
    const visible = boxes.filter(box => box.bottom > 0 && box.top < innerHeight);
    if (!visible.length) return `not in view at ${scrollY}`;
    const bytes = Uint8Array.from(atob(png), character => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const pixels = canvas.getImageData(0, 0, image.width, image.height).data;
    const paint = by => {
        const mask = new Uint8Array(image.width * image.height);
        for (const box of visible) {
            const left = Math.max(0, Math.ceil(box.left - by));
            const right = Math.min(image.width, Math.floor(box.right + by));
            const bottom = Math.min(image.height, Math.floor(box.bottom + by));
            for (let y = Math.max(0, Math.ceil(box.top - by)); y < bottom && left < right; y++)
                mask.fill(1, y * image.width + left, y * image.width + right);
        }
        return mask;
    };
    const allowed = paint(tolerance), required = paint(-tolerance);
    let extra = 0, lacking = 0;
    for (let at = 0; at < allowed.length; at++) {
        const marked = pixels[4 * at] === 255 && pixels[4 * at + 1] === 0 && pixels[4 * at + 2] === 255;
        if (marked && !allowed[at]) extra++;
        if (!marked && required[at]) lacking++;
    }
    return extra || lacking ? `${extra} pixels too many, ${lacking} too few` : "";
}"""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a page, and its link. `number` counts the sentences of the page."""

    page: str
    number: int
    sentence: PassageSentence
    passage: Passage

    @property
    def url(self) -> str:
        return HOST + sentence_url(READER_URL, self.passage, self.sentence)

    @property
    def has_fragment(self) -> bool:
        return ":~:text=" in self.url


class Book:
    """Pages in the built-in reader, without a server: the browser's requests go to the app."""

    def __init__(self, sources: dict[str, str]) -> None:
        pages = [parse_page(path, text) for path, text in sources.items()]
        self._texts = {page.path: [one.sentence.text for one in sentences_of(page)] for page in pages}
        self.sentences = [one for page in pages for one in sentences_of(page)]
        parts = Parts()
        parts.index.stored[1].pages.update({page.path: page for page in pages})
        self._app = parts.app()

    def open_in(self, page: "Page") -> None:
        page.route(f"{HOST}/**", self._answer)

    def _answer(self, route: "Route") -> None:
        parts = urlsplit(route.request.url)
        with ThreadPoolExecutor(1) as thread:  # playwright's own event loop runs in this one
            reply = thread.submit(asyncio.run, request(self._app, f"{parts.path}?{parts.query}")).result()
        status, headers, body = reply
        if parts.path.endswith(".css"):
            body += STYLE.encode()
        route.fulfill(status=status, headers=headers, body=body)

    def difference(self, page: "Page", one: Sentence) -> str:
        """Opens the link; empty when what is marked is the sentence, within two pixels."""
        texts = self._texts[one.page][: one.number + 1]
        texts[-1] = LINKED_PARTS.get(texts[-1], texts[-1])
        page.goto(one.url)
        found = ""
        for _ in range(ATTEMPTS):
            png = base64.b64encode(page.screenshot()).decode()
            found = str(page.evaluate(COMPARE, [png, texts, TOLERANCE]))
            if not found:
                break
            page.wait_for_timeout(50)
        return found and f"{one.page} {one.sentence.text!r} {one.url}: {found}"


async def request(app: Quart, path: str) -> tuple[int, dict[str, str], bytes]:
    reply = await app.test_client().get(path)
    return reply.status_code, dict(reply.headers), await reply.get_data(as_text=False)


def sentences_of(page: BookPage) -> list[Sentence]:
    passages = Splitter(Limits(1000))(page)
    listed = [(passage, one) for passage in passages for one in passage_sentences(passage)]
    return [Sentence(page.path, number, one, passage) for number, (passage, one) in enumerate(listed)]
