"""The layout is the flow, and the house rules that a tool can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "fluxhound"
TESTS = ROOT / "tests"

#: From left to right as observations travel. A package imports only from packages before it.
FLOW = (
    "sources",
    "history",
    "enrichment",
    "profiles",
    "detection",
    "intel",
    "response",
    "sharing",
    "service",
    "lab",
    "cli",
)
#: Modules that every package may import; they themselves import only one another.
COMMON = ("records", "errors", "quantities", "config")

FORBIDDEN_WORDS = {"data", "info", "manager", "util", "utils", "helper", "helpers", "process"}
LONGEST_FILE = 400

#: Modules whose tests stand under another name, and where.
TESTED_ELSEWHERE: dict[str, str] = {}

MODULES = sorted(PACKAGE.rglob("*.py"))
TREE = {path: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}


def place(path: Path) -> str:
    """Return a module's path within the package, for messages."""
    return path.relative_to(PACKAGE).as_posix()


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the full dotted name of everything imported from fluxhound, or used through it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            yield from (name for name in names if name.startswith("fluxhound."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fluxhound"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "fluxhound":
            yield f"fluxhound.{node.attr}"


def wrong_imports(path: Path, tree: ast.AST) -> list[str]:
    """Return the imports of a module that go against the flow."""
    here = place(path).removesuffix(".py").split("/")[0]
    wrong = []
    for name in imported(tree):
        there = name.split(".")[1]
        if here in COMMON:
            allowed = there in COMMON
        elif here in FLOW:
            position = FLOW.index(here)
            allowed = there in (*COMMON, *FLOW[: position + 1], "__version__")
        else:  # the package's own __init__, which exports lazily
            allowed = True
        if not allowed:
            wrong.append(f"{place(path)} imports {name}")
    return wrong


def test_every_package_has_its_place_in_the_flow() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages <= {*FLOW, *COMMON}


def test_imports_follow_the_flow() -> None:
    assert [text for path, tree in TREE.items() for text in wrong_imports(path, tree)] == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("sources/zeek.py", "from fluxhound.records import OBSERVATION", False),
        ("sources/zeek.py", "from fluxhound.history.store import Store", True),
        ("sources/zeek.py", "import fluxhound.cli.main", True),
        ("cli/main.py", "from fluxhound.service.analysis import analyze", False),
        ("cli/main.py", "from fluxhound import __version__", False),
        ("sharing/document.py", "from fluxhound import analyze", True),
        ("sharing/document.py", "import fluxhound\nfluxhound.analyze()", True),
        ("sharing/document.py", "import fluxhound\nfluxhound.__version__", False),
        ("records.py", "from fluxhound.sources.tally import Tally", True),
        ("config.py", "from fluxhound.errors import ConfigurationError", False),
    ],
)
def test_the_import_rule_itself(module: str, source: str, *, wrong: bool) -> None:
    assert bool(wrong_imports(PACKAGE / module, ast.parse(source))) is wrong


def functions(tree: ast.AST) -> list[str]:
    """Return the names of all functions and classes."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node.name for node in ast.walk(tree) if isinstance(node, kinds)]


def test_names_say_what_things_are() -> None:
    wrong = []
    for path, tree in TREE.items():
        for name in [path.stem, *functions(tree)]:
            words = set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))
            wrong += [f"{place(path)}: {name}"] if words & FORBIDDEN_WORDS else []
    assert wrong == []


def test_no_file_grows_too_long() -> None:
    lengths = {place(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_every_module_is_mirrored_by_a_test() -> None:
    missing = []
    for path, tree in TREE.items():
        name = place(path)
        folder = TESTS / path.relative_to(PACKAGE).parent
        if path.stem.startswith("__") or not functions(tree):
            continue
        if name in TESTED_ELSEWHERE:
            assert (TESTS / TESTED_ELSEWHERE[name]).exists(), name
        elif not [*folder.glob(f"test_{path.stem}.py"), *folder.glob(f"test_{path.stem}_*.py")]:
            missing.append(name)
    assert missing == []


def calls(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted names of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_only_the_command_line_prints() -> None:
    printing = {place(path) for path, tree in TREE.items() if "print" in set(calls(tree))}
    assert {name for name in printing if not name.startswith("cli/")} == set()


def test_input_is_never_code() -> None:
    forbidden = {"eval", "exec", "compile", "os.system", "os.popen", "pickle.loads", "pickle.load"}
    assert [
        (place(p), name) for p, t in TREE.items() for name in calls(t) if name in forbidden
    ] == []


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler swallows everything; one that cleans up and raises again does not."""
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    caught = ast.unparse(handler.type) if handler.type else "BaseException"
    return caught in {"Exception", "BaseException"} and not raises_again


def test_no_broad_except_but_the_outermost() -> None:
    broad = {
        place(path)
        for path, tree in TREE.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    }
    assert broad <= {"cli/main.py"}


def written_files() -> Iterator[Path]:
    """Yield the files that people write: code, docs, build files, examples' descriptions."""
    for pattern in (
        "*.md",
        "*.toml",
        "*.lock",
        "Makefile",
        "NOTICE",
        ".ci/*",
        "tools/*.*",
        "docs/*.md",
    ):
        yield from ROOT.glob(pattern)
    for folder in ("src", "tests", "bench", "examples"):
        for suffix in (".py", ".md", ".toml", ".json", ".sh", ".html"):
            yield from (ROOT / folder).rglob(f"*{suffix}")


def test_no_file_names_a_path_of_one_machine() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|farm|root|opt|Users|home/[a-z]+)/[a-z]")
    here = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in written_files()
        if path != here
        for match in pattern.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    requirements = re.split(r"\n(?=[a-z])", text)
    assert [item.splitlines()[0] for item in requirements if "--hash=sha256:" not in item] == []
    assert "://" not in text
    assert "--index" not in text


def test_locks_hold_what_the_package_asks_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    asked = set(re.findall(r'^  "([a-z0-9-]+)>=', text, flags=re.MULTILINE))
    locked = set(
        re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE)
    )
    assert asked - locked == set()
