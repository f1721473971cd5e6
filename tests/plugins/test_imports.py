"""What is loaded late: a vendor's library when its plugin is opened, and rare code when it is asked for."""

import subprocess
import sys

from tests.places import ROOT

LOADED = """
import asyncio, sys
from importlib.metadata import entry_points

from glossator.kernel.discovery import GROUP

for plugin in entry_points(group=GROUP):
    plugin.load()
print(sorted({"asyncpg", "grpc", "openai", "opentelemetry", "qdrant_client", "qdrant_edge"} & set(sys.modules)))
from tests.plugins.tracing.apps import tracing_services

async def start():
    async with tracing_services({}):
        print("opentelemetry" in sys.modules)

asyncio.run(start())
"""


def test_plugins_load_no_sdk_and_tracing_that_is_off_loads_no_opentelemetry() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], check=True, cwd=ROOT, capture_output=True, text=True)

    assert done.stdout == "[]\nFalse\n"


RARE = """
import sys
import glossator.app
rare = {"yaml", "langcodes", "glossator.domain.book.ingest.ingest", "glossator.web.operator", "glossator.wiring.ingest"}
print(sorted(rare & set(sys.modules)))
"""


def test_the_app_loads_no_code_of_the_ingest_and_of_rare_routes() -> None:
    done = subprocess.run([sys.executable, "-c", RARE], check=True, cwd=ROOT, capture_output=True, text=True)

    assert done.stdout == "[]\n"
