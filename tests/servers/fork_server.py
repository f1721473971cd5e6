"""Runs `python -m ...` in forks of a process that has imported the libraries, which is most of what a start costs.

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
from typing import Final, TypedDict

LIBRARIES: Final = (
    "argon2", "asyncpg", "bcrypt", "glossator.app", "glossator.cli", "hypercorn.asyncio", "numpy", "openai",
    "qdrant_client", "quart.cli", "uvloop",
)  # fmt: skip


class Job(TypedDict):
    """`output` and `errors` are files."""

    module: str
    arguments: list[str]
    folder: str
    environment: dict[str, str]
    output: str
    errors: str


def accept_jobs(listener: socket.socket) -> Job | None:
    """Returns in a new process for each job, and without one when the standard input is closed."""
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if os.fork() == 0:
            listener.close()
            return start_job(connection)
        connection.close()
    with suppress(ChildProcessError):
        while os.wait():
            pass
    return None


def start_job(connection: socket.socket) -> Job:
    """Returns in the process of the job; its parent reports how it ends."""
    with connection.makefile("r") as lines:
        job: Job = json.loads(lines.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        return job
    with suppress(OSError):
        connection.sendall(f"{pid}\n".encode())
    status = os.waitpid(pid, 0)[1]
    with suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def run(job: Job) -> None:
    """As if the interpreter had been started for it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    for path, flags, standard in (
        (os.devnull, os.O_RDONLY, 0), (job["output"], os.O_WRONLY, 1), (job["errors"], os.O_WRONLY, 2),
    ):  # fmt: skip
        opened = os.open(path, flags)
        os.dup2(opened, standard)
        os.close(opened)
    added = job["environment"].get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:1] = [job["folder"], *(folder for folder in added if folder and folder not in sys.path)]
    sys.argv = [job["module"], *job["arguments"]]
    runpy.run_module(job["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in LIBRARIES:
        import_module(name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(sys.argv[1])
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        found = accept_jobs(server)
    if found:
        run(found)
