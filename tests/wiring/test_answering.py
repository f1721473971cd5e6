"""Which hosts a page names as receivers of a question."""

from pathlib import Path

import pytest

from glossator.configuration import core as conf
from glossator.wiring.answering import question_hosts

KEY = {"OPENAI_API_KEY": "sk-test-key-that-is-long-enough", "QDRANT_URL": "https://qdrant.example:6333"}


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ({"PLUGINS": "openai,qdrant"}, ("api.openai.com",)),
        ({"PLUGINS": "openai,qdrant", "OPENAI_BASE_URL": "https://models.example/v1"}, ("models.example",)),
        ({"PLUGINS": "openai,qdrant", "OPENAI_BASE_URL": "http://ollama:11434/v1"}, ()),
        ({"PLUGINS": "local_models,qdrant"}, ()),
    ],
)
def test_models_on_other_networks_receive_questions(options: dict[str, str], hosts: tuple[str, ...]) -> None:
    configuration = conf.load({**KEY, **options}, dotenv=Path("none"), session_secret=lambda _: None)

    assert question_hosts(configuration) == hosts
