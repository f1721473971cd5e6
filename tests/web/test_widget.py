"""The component's files: for any origin, compressed, cached, and proved by their hashes."""

import base64
import gzip
import hashlib
import json
from typing import Final

import pytest
from quart import Quart

from tests.places import ROOT
from tests.web.apps import ORIGIN, Parts

BUILT: Final = ROOT / "src" / "glossator" / "web" / "built"
MANIFEST: Final = json.loads((BUILT / "manifest.json").read_text("utf-8"))
NAMES: Final = sorted(MANIFEST)
PLAIN: Final = {"Accept-Encoding": "identity"}


@pytest.fixture
def app() -> Quart:
    return Parts().app()


def address_of(name: str) -> str:
    return f"/{MANIFEST[name]['address']}" if name in MANIFEST else name


@pytest.mark.parametrize("name", ["/widget.js", *NAMES])
@pytest.mark.parametrize("origin", [None, ORIGIN, "https://elsewhere.example"])
async def test_every_origin_may_load_each_file(app: Quart, name: str, origin: str | None) -> None:
    reply = await app.test_client().get(address_of(name), headers={"Origin": origin} if origin else {})

    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert "Origin" not in reply.headers["Vary"]
    assert reply.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Type"] == f"text/{'plain' if name.endswith('.txt') else 'javascript'}; charset=utf-8"


@pytest.mark.parametrize("name", ["/widget.js", *NAMES])
async def test_a_client_that_accepts_gzip_gets_the_same_bytes_compressed(app: Quart, name: str) -> None:
    plain = await app.test_client().get(address_of(name), headers=PLAIN)
    compressed = await app.test_client().get(address_of(name), headers={"Accept-Encoding": "br, gzip"})

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(await compressed.get_data(as_text=False)) == await plain.get_data(as_text=False)
    assert all("Accept-Encoding" in reply.headers["Vary"] for reply in (plain, compressed))
    assert plain.headers["ETag"] != compressed.headers["ETag"]


async def test_the_script_is_cached_for_five_minutes_and_an_address_with_a_hash_forever(
    app: Quart,
) -> None:
    policies = {name: (await app.test_client().get(address_of(name))).headers["Cache-Control"] for name in NAMES}

    assert (await app.test_client().get("/widget.js")).headers["Cache-Control"] == "public, max-age=300"
    assert policies.pop("licenses.txt") == "public, max-age=300"
    assert set(policies.values()) == {"public, max-age=31536000, immutable"}


@pytest.mark.parametrize("headers", [PLAIN, {"Accept-Encoding": "gzip"}])
async def test_an_unchanged_file_is_not_sent_again(app: Quart, headers: dict[str, str]) -> None:
    first = await app.test_client().get("/widget.js", headers=headers)
    again = await app.test_client().get("/widget.js", headers={**headers, "If-None-Match": first.headers["ETag"]})

    assert (again.status_code, await again.get_data(as_text=False)) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert again.headers[name] == first.headers[name]


async def test_an_old_tag_gets_the_new_file(app: Quart) -> None:
    assert (await app.test_client().get("/widget.js", headers={"If-None-Match": '"old"'})).status_code == 200


@pytest.mark.parametrize("path", ["/widget-0000000000000000.js", "/widget-code.js", "/widget-", "/widget-../app.py"])
async def test_an_unknown_address_is_not_found(app: Quart, path: str) -> None:
    reply = await app.test_client().get(path)

    assert (reply.status_code, "immutable" in reply.headers.get("Cache-Control", "")) == (404, False)


@pytest.mark.parametrize("name", NAMES)
async def test_the_integrity_value_is_that_of_the_served_bytes(app: Quart, name: str) -> None:
    data = await (await app.test_client().get(address_of(name), headers=PLAIN)).get_data(as_text=False)

    digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
    assert MANIFEST[name]["integrity"] == f"sha384-{digest}"
    assert name == "licenses.txt" or hashlib.sha256(data).hexdigest()[:16] in address_of(name)


def test_the_script_names_the_parts_it_loads_and_their_hashes() -> None:
    text = (BUILT / "widget.js").read_text("ascii")

    for name in ("code.js", "feedback.js", "math.js"):
        assert MANIFEST[name]["address"] in text
        assert MANIFEST[name]["integrity"] in text


def test_the_guide_pins_this_version() -> None:
    guide = (ROOT / "docs" / "embedding.md").read_text("utf-8")

    script = MANIFEST["widget.js"]
    assert f'/{script["address"]}" integrity="{script["integrity"]}"' in guide, "run `make widget`"


def test_licences_of_all_packages_are_beside_the_script() -> None:
    licenses = (BUILT / "licenses.txt").read_text("utf-8")

    assert "widget-licenses.txt" in (BUILT / "widget.js").read_text("ascii")[:200]
    for name in ("lowlight", "highlight.js", "temml"):
        assert f"\n{name} " in f"\n{licenses}"
