"""A store outlives what happens to the process: interrupts, kills, a full disk."""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fluxhound.history.store import Store
from fluxhound.service.analysis import analyze
from tests.service.drafts import WIDE, documents, log, zeek_lines

COMMAND = (
    "import os, signal, sys; from fluxhound.cli.main import run; "
    "signal.signal(signal.SIGINT, signal.default_int_handler); "
    "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    "print('started', flush=True); os._exit(run(sys.argv[1:]))"
)
PARTS = 3


def contents() -> list[bytes]:
    """Return parts large enough that an analysis is caught in each of its steps."""
    records = zeek_lines()[1]
    share = len(records) // PARTS
    return [log(records[i * share : (i + 1) * share] * 10) for i in range(PARTS)]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("logs")
    paths = [folder / f"{i}.log" for i in range(PARTS)]
    for path, content in zip(paths, contents(), strict=True):
        path.write_bytes(content)
    return paths


@pytest.fixture(scope="module")
def undisturbed(logs: list[Path]) -> bytes:
    return documents(*[path.read_bytes() for path in logs])


def start(
    logs: list[Path], store: Path, *, file_limit: int | None = None
) -> subprocess.Popen[bytes]:
    def limit() -> None:
        if file_limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

    arguments = ["analyze", *map(str, logs), "--store", str(store), "-q", "--threads", "1"]
    begun = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(store.parent)},  # a killed process clears nothing away
        preexec_fn=limit,  # noqa: PLW1509 - single-threaded here
    )
    assert begun.stdout is not None
    assert begun.stdout.readline() == b"started\n"
    return begun


def run_for(begun: subprocess.Popen[bytes], seconds: float, sign: signal.Signals) -> str:
    """Let the process run so long, send the signal, and return its last words."""
    try:
        begun.wait(seconds)
    except subprocess.TimeoutExpired:
        begun.send_signal(sign)
    _, told = begun.communicate(timeout=60)
    return told.decode()


def after(logs: list[Path], store: Path) -> bytes:
    """Analyse all again into the same store and return what is found."""
    return documents(*[path.read_bytes() for path in logs], options=replace(WIDE, store=store))


@pytest.fixture(scope="module")
def span(logs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> float:
    """Return how long an analysis takes here, from its start."""
    begun = start(logs, tmp_path_factory.mktemp("span") / "s")
    started = time.monotonic()
    begun.communicate(timeout=60)
    return time.monotonic() - started


@pytest.mark.parametrize("part", [0.3, 0.6])
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_a_process_that_dies_loses_nothing_and_counts_nothing_twice(
    tmp_path: Path,
    logs: list[Path],
    undisturbed: bytes,
    span: float,
    part: float,
    sign: signal.Signals,
) -> None:
    store = tmp_path / "s"
    told = run_for(start(logs, store), span * part, sign)
    assert "Traceback" not in told, told
    assert after(logs, store) == undisturbed
    with Store(store) as opened:
        assert len(opened.inputs()) == PARTS


@pytest.mark.parametrize("limit", [100_000])
def test_a_full_disk_is_one_sentence_and_leaves_a_sound_store(
    tmp_path: Path, logs: list[Path], undisturbed: bytes, limit: int
) -> None:
    store = tmp_path / "s"
    begun = start(logs, store, file_limit=limit)
    told = run_for(begun, 60, signal.SIGKILL)
    assert begun.returncode == 2, told
    assert len(told.splitlines()) == 1
    assert "disk" in told
    assert after(logs, store) == undisturbed


@pytest.mark.parametrize("seed", range(1))
def test_an_interrupt_between_batches_leaves_the_store_as_it_was(
    tmp_path: Path, seed: int, undisturbed: bytes, logs: list[Path]
) -> None:
    """Interrupted in the reading of the second input: the first stays, and only that."""
    rng = np.random.default_rng(seed)

    class Interrupting(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            del size
            return super().read(int(rng.integers(1, 2_000)))

    store = tmp_path / "s"
    told = 0

    def interrupt(progress: object) -> None:
        nonlocal told
        told += 1
        if getattr(progress, "stage", "") == "judge":
            raise KeyboardInterrupt

    options = replace(WIDE, store=store)
    with pytest.raises(KeyboardInterrupt):
        analyze(Interrupting(logs[0].read_bytes()), options=options, progress=interrupt)
    with Store(store) as opened:
        assert len(opened.inputs()) == 1
    assert after(logs, store) == undisturbed
