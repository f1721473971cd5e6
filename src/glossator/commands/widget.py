"""`glossator widget`: writes the component's files for hosting beside a site, and prints the lines that embed them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from glossator.commands.runner import format_json
from glossator.kernel.settings.setting import BadValue
from glossator.kernel.settings.url import parse_url
from glossator.web.widget import SCRIPT, BuiltFile, Component, read_component

ELEMENT: Final = "glossator-chat"


def widget(out: Path | None, backend: str, as_json: bool) -> None:
    address, component = backend_address(backend), read_component()
    if out is not None:
        write_files(out, named_files(component))
    lines = embedding_lines(component, out, address)
    report = format_json(report_to_json(component, out, lines)) if as_json else format_report(component, out, lines)
    click.echo(report)


def backend_address(text: str) -> str:
    try:
        return parse_url(text)
    except BadValue as error:
        raise click.BadParameter(f"{error}.", param_hint="'--backend'") from None


def named_files(component: Component) -> dict[str, BuiltFile]:
    """The script has its plain name, the others the names by which it loads them. The script comes last."""
    others = {address: file for address, file in component.files.items() if file is not component.script}
    return {**others, SCRIPT: component.script}


def write_files(out: Path, files: Mapping[str, BuiltFile]) -> None:
    """In order, so that a script never names a part that is not there yet."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, file in files.items():
            (out / name).write_bytes(file.data)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror} - choose another folder") from None


def embedding_lines(component: Component, out: Path | None, backend: str) -> list[str]:
    """A file of the site itself needs no integrity value: the page that names it comes from the same place."""
    script = component.script
    if out is None:
        source = f'src="{backend}/{script.address}" integrity="{script.integrity}" crossorigin="anonymous"'
        return [f"<script {source} defer></script>", f"<{ELEMENT}></{ELEMENT}>"]
    return [
        f'<script src="/{out.resolve().name}/{SCRIPT}" defer></script>',
        f'<{ELEMENT} backend="{backend}"></{ELEMENT}>',
    ]


def report_to_json(component: Component, out: Path | None, lines: list[str]) -> dict[str, Any]:
    return {
        "out": None if out is None else str(out),
        "files": [
            {"name": name, "integrity": file.integrity, "bytes": len(file.data), "compressed": len(file.compressed)}
            for name, file in named_files(component).items()
        ],
        "lines": lines,
    }


def format_report(component: Component, out: Path | None, lines: list[str]) -> str:
    shown = [
        f"  {name:<34}{len(file.compressed) / 1000:>7.1f} KB compressed"
        for name, file in named_files(component).items()
    ]
    if out is None:
        return "\n".join(["Add these lines to your pages:", *lines])
    served = "Add these lines to your pages; src is where your site serves the folder:"
    return "\n".join([f"Wrote {len(shown)} files to {out}:", *shown, served, *lines])
