"""The documentation tells what is there: links lead somewhere, commands and examples run."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fluxhound.cli.main import COMMANDS, group
from fluxhound.config import keys
from fluxhound.sources.sniff import FORMATS
from tools.write_docs import PAGES

ROOT = Path(__file__).parent.parent
MARKDOWN = sorted(
    path for pattern in ("*.md", "docs/*.md", "examples/**/*.md") for path in ROOT.glob(pattern)
)
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    return [body for kind, body in FENCE.findall(text) if kind == language]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads(page: Path, link: str) -> bool:
    """Tell whether the file that a link names exists, and its anchor in it."""
    target, _, anchor = link.partition("#")
    there = page.parent / target if target else page
    return there.exists() and (not anchor or anchor in anchors(there.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    links = LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8")))
    assert [link for link in links if "://" not in link and not leads(path, link)] == []


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert DOCS[name] == PAGES[name](), "run: make docs"


def test_every_page_is_in_the_index() -> None:
    missing = [
        name for name in DOCS if name != "README.md" and f"({name})" not in DOCS["README.md"]
    ]
    assert missing == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str) -> None:
    found = group.get_command(click.Context(group), command)
    assert found is not None
    options = [
        name for param in found.params if isinstance(param, click.Option) for name in param.opts
    ]
    assert [name for name in options if name not in DOCS["cli.md"]] == []
    assert f"## fluxhound {command}" in DOCS["cli.md"]


def test_every_key_and_variable_is_documented() -> None:
    missing = [
        key
        for key in keys()
        if f"`{key.name}`" not in DOCS["configuration.md"]
        or key.env not in DOCS["configuration.md"]
    ]
    assert missing == []


def test_every_format_is_documented() -> None:
    assert [each.name for each in FORMATS if f"| `{each.name}` |" not in DOCS["sources.md"]] == []


def commands() -> Iterator[tuple[str, str]]:
    """Yield every documented command: the page, and the line after the prompt."""
    for path in MARKDOWN:
        for block in blocks(path.read_text(encoding="utf-8"), "console"):
            for line in block.splitlines():
                if line.startswith("$ fluxhound "):
                    yield name_of(path), line.removeprefix("$ ")


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as a reader has it who cloned the repository."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    for variable in [name for name in os.environ if name.startswith("FLUXHOUND_")]:
        monkeypatch.delenv(variable)
    return tmp_path


@pytest.mark.usefixtures("clone")
@pytest.mark.parametrize("command", sorted({line for _, line in commands()}))
def test_documented_commands_run(command: str) -> None:
    words = shlex.split(command)
    assert "|" not in words, "write commands with pipes in a sh block: they are not run"
    program = [sys.executable, "-c", "from fluxhound.cli.main import main; main()"]
    result = subprocess.run([*program, *words[1:]], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "defect" not in result.stderr
    assert result.stdout or "-o" in words


def test_there_are_documented_commands() -> None:
    assert {page for page, _ in commands()} >= {"README.md", "examples/README.md"}


@pytest.mark.usefixtures("clone")
def test_the_python_examples_run() -> None:
    cells: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for number, cell in enumerate(blocks(DOCS["python-api.md"], "python"), 1):
            exec(compile(cell, f"python-api.md, block {number}", "exec"), cells)  # noqa: S102 - our own docs
    text = printed.getvalue()
    assert "thearmynext.info" in text
    assert "pool.ntp.org" in text


@pytest.mark.skipif(sys.platform == "win32", reason="make is no part of Windows")
def test_every_target_named_in_the_docs_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        target
        for path in MARKDOWN
        for target in re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", path.read_text(), re.MULTILINE)
    }
    assert {one or other for one, other in named} - targets == set()
