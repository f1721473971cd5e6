"""Uses `<glossator-chat>` as a reader does. Playwright finds elements inside its shadow tree by itself."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

QUESTION: Final = "What do the constants k1 and b do?"
PHONE: Final = {"width": 375, "height": 700}

FOCUSED: Final = """() => {
    let active = document.activeElement;
    while (active.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active.getAttribute("part") ?? active.id ?? active.localName;
}"""


class Component:
    """The component on a page. Opening the address loads the script and nothing else."""

    def __init__(self, page: "Page", address: str) -> None:
        self.page = page
        self.host = page.locator("glossator-chat")
        page.emulate_media(reduced_motion="reduce")
        page.goto(address)
        page.wait_for_function("document.querySelector('glossator-chat').shadowRoot?.firstChild")

    def part(self, name: str) -> "Locator":
        return self.host.locator(f"[part={name}]")

    @property
    def field(self) -> "Locator":
        return self.host.get_by_role("combobox")

    @property
    def turns(self) -> "Locator":
        return self.part("turn")

    def open(self) -> "Component":
        self.part("launcher").click()
        self.host.locator(".shell[data-state=ready]").wait_for()
        return self

    def ask(self, question: str = QUESTION) -> "Locator":
        """Asks, waits for the whole answer and returns its turn."""
        self.field.fill(question)
        self.field.press("Enter")
        return self.answered(question)

    def answered(self, question: str = QUESTION) -> "Locator":
        turn = self.turns.filter(has_text=question).last
        turn.and_(self.page.locator("[data-state=done]")).wait_for()
        return turn

    def focused(self) -> str:
        """The part or tag of the element that has the focus, inside the component or on the page."""
        return str(self.page.evaluate(FOCUSED))

    def wait_for_focus(self, part: str) -> None:
        """A dialog gives the focus back a moment after it has closed."""
        self.page.wait_for_function(f"part => ({FOCUSED})() === part", arg=part)
