"""Runs `python -m ...` in forks of a process that has imported the libraries and loaded the local models, which is most
of what a start costs.

A client sends a job as one line of JSON. It gets the pid, and the exit code when the process has ended.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from multiprocessing import get_context
from pkgutil import walk_packages
from typing import Final, TypedDict

import glossator.commands
import glossator_plugins
from glossator.kernel.discovery import GROUP
from glossator.web.http.pages import environment
from glossator_plugins.local_models.model_files import use_one_blas_thread
from glossator_plugins.local_models.models import load_models

LIBRARIES: Final = (
    "anyio._backends._asyncio", "argon2", "asyncpg", "bcrypt", "dynaconf.loaders.env_loader",
    "dynaconf.loaders.py_loader", "glossator.app", "hypercorn.asyncio", "jinja2.sandbox", "numpy", "openai",
    "qdrant_client", "qdrant_edge", "quart.cli", "rapidfuzz", "uvloop", "watchfiles",
)  # fmt: skip


class Job(TypedDict):
    """`output`, `errors` and `input` are files."""

    module: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    output: str
    errors: str
    input: str


def accept_jobs(listener: socket.socket) -> None:
    """Until the standard input is closed. A process for each job waits for another one that does it."""
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            listener.close()
            start_job(connection)
            os._exit(0)
        connection.close()
    with suppress(ChildProcessError):
        while os.wait():
            pass


def start_job(connection: socket.socket) -> None:
    with connection.makefile("r") as lines:
        job: Job = json.loads(lines.readline())
    process = get_context("fork").Process(target=run, args=(job, connection))
    process.start()
    with suppress(OSError):
        connection.sendall(f"{process.pid}\n".encode())
    process.join()
    with suppress(OSError):
        connection.sendall(f"{process.exitcode}\n".encode())


def run(job: Job, connection: socket.socket) -> None:
    """As if the interpreter had been started for it, but its modules are not taken apart at the end."""
    connection.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    for path, flags, standard in (
        (job["input"], os.O_RDONLY, 0), (job["output"], os.O_WRONLY, 1), (job["errors"], os.O_WRONLY, 2),
    ):  # fmt: skip
        opened = os.open(path, flags)
        os.dup2(opened, standard)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing has replaced it
    added = job["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [job["folder"], *(folder for folder in added if folder and folder not in sys.path)]
    sys.argv = [job["module"], *job["arguments"]]
    runpy.run_module(job["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in LIBRARIES:
        import_module(name)
    for plugin in entry_points(group=GROUP):
        plugin.load()
    for package in (glossator.commands, glossator_plugins):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    use_one_blas_thread()
    load_models(sys.path)
    environment()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(sys.argv[1])
        server.listen(128)
        accept_jobs(server)
