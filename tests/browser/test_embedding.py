"""The lines of docs/embedding.md on a page of another origin: pinned, isolated, and hosted beside the site."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from click.testing import CliRunner

from glossator.cli import main
from glossator.web.widget import read_component
from tests.browser.component import Component
from tests.browser.host_pages import HostSite, host_site
from tests.servers.app_server import served_in_thread
from tests.servers.scripted_backend import scripted_backend
from tests.web.apps import Parts

if TYPE_CHECKING:
    from playwright.sync_api import Page

JAVASCRIPT: Final = {"Content-Type": "text/javascript; charset=utf-8"}
ISOLATED: Final = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
}
QUESTION: Final = "What does the inverted index map a word to?"


@pytest.fixture(scope="module")
def site() -> Iterator[HostSite]:
    with host_site() as site:
        yield site


@pytest.fixture(scope="module")
def backend(site: HostSite) -> Iterator[str]:
    """The address of the app over in-memory ports, which allows the site."""
    with served_in_thread(Parts(origins=(site.origin,)).app()) as url:
        yield url


def printed_lines(*arguments: str) -> str:
    """The last two lines that `glossator widget` prints."""
    result = CliRunner().invoke(main, ["widget", *arguments])
    assert result.exit_code == 0, result.output
    return "\n".join(result.stdout.splitlines()[-2:])


def answers(component: Component) -> str:
    return component.open().ask(QUESTION).locator("[part=answer]").inner_text()


def test_the_printed_line_embeds_the_component(backend: str, site: HostSite, page: "Page") -> None:
    site.pages["/pinned"] = (f"<!doctype html><body>{printed_lines('--backend', backend)}", {})

    assert "maps a word to its passages" in answers(Component(page, f"{site.origin}/pinned"))


def test_a_pinned_script_that_changed_is_not_run(backend: str, site: HostSite, page: "Page") -> None:
    lines = re.sub("sha384-....", "sha384-AAAA", printed_lines("--backend", backend))
    site.pages["/changed"] = (f"<!doctype html><body>{lines}", {})

    with page.expect_console_message() as refused:
        page.goto(f"{site.origin}/changed", wait_until="load")

    assert page.evaluate("customElements.get('glossator-chat') === undefined")
    assert "Failed to find a valid digest in the 'integrity' attribute" in refused.value.text


def test_an_isolated_page_may_embed_it(backend: str, site: HostSite, page: "Page") -> None:
    address = site.adds("/isolated", backend)
    text, _ = site.pages["/isolated"]
    site.pages["/isolated"] = (text, ISOLATED)

    assert "maps a word to its passages" in answers(Component(page, address))
    assert page.evaluate("crossOriginIsolated")


def test_a_token_does_not_block_public_routes(backend: str, site: HostSite, page: "Page") -> None:
    """A browser would ask in a preflight whether the token may be sent to them."""
    component = Component(page, site.adds("/signed-in", backend))
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))

    component.host.evaluate("element => element.setToken('token')")
    component.open()

    assert "is not available" not in component.part("panel").inner_text()
    assert failed == []


def test_files_beside_the_site_ask_the_backend_alone(
    backend: str, site: HostSite, page: "Page", tmp_path: Path
) -> None:
    lines = printed_lines(str(tmp_path / "glossator"), "--backend", backend)
    for file in (tmp_path / "glossator").iterdir():
        site.pages[f"/glossator/{file.name}"] = (file.read_text("utf-8"), JAVASCRIPT)
    policy = f"default-src 'none'; script-src 'self'; connect-src {backend}"
    site.pages["/hosted"] = (f"<!doctype html><body>{lines}", {"Content-Security-Policy": policy})
    scripts: list[str] = []
    page.on("request", lambda request: scripts.append(request.url) if request.resource_type == "script" else None)

    assert "maps a word to its passages" in answers(Component(page, f"{site.origin}/hosted"))
    assert scripts == [f"{site.origin}/glossator/widget.js"]


def test_a_bundle_of_the_site_may_contain_it(backend: str, site: HostSite, page: "Page") -> None:
    """The site's script is not the component's own, so nothing is loaded from beside it."""
    site.pages["/main.js"] = (read_component().script.data.decode(), JAVASCRIPT)
    embedded = f'<script src="/main.js"></script><glossator-chat backend="{backend}"></glossator-chat>'
    site.pages["/bundled"] = (f"<!doctype html><body>{embedded}", {})

    assert "maps a word to its passages" in answers(Component(page, f"{site.origin}/bundled"))


def test_a_part_that_changed_is_not_run(page: "Page") -> None:
    """The hash in the script proves the part too, so a pinned script pins everything."""
    changed = {"access-control-allow-origin": "*", "content-type": "text/javascript"}
    page.route("**/widget-code-*.js", lambda route: route.fulfill(body="window.harmed = 1", headers=changed))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    with scripted_backend() as scripted:
        page.goto(f"{scripted.origin}/page")
        page.get_by_role("combobox").fill("How?")
        page.get_by_role("combobox").press("Enter")
        with page.expect_event("console"):
            scripted.answers("```python\nimport this\n```\n")

        assert "Failed to find a valid digest in the 'integrity' attribute" in refused[0]
        assert page.locator(".turn code").inner_text() == "import this"
        assert page.evaluate("window.harmed") is None
