from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from fluxhound.errors import StoreError
from fluxhound.history.clientkey import bind_key, check_value, is_key_of, load_key
from fluxhound.history.store import Store

KEY, OTHER = b"k" * 32, b"o" * 32


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    old = os.umask(0)
    try:
        key = load_key(path)
    finally:
        os.umask(old)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(path) == key
    assert load_key(path, create=False) == key
    assert load_key(tmp_path / "other") != key


def test_two_that_make_it_at_once_have_the_same(tmp_path: Path) -> None:
    keys: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: keys.append(load_key(tmp_path / "key"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "no key"), ("xyz\n", "no key"), ("ab" * 31, "no key"), ("ab" * 40_000, "no key")],
)
def test_what_is_no_key_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(StoreError, match=told):
        load_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_key(path)
    path.chmod(mode)
    with pytest.raises(StoreError, match="chmod 600"):
        load_key(path)


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        load_key(tmp_path / "key", create=False)
    with pytest.raises(StoreError, match="No such file"):
        load_key(tmp_path / "missing" / "key")


def test_a_store_knows_its_key_and_does_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with Store(path) as store:
        assert not is_key_of(store, KEY)
        bind_key(store, KEY)
        bind_key(store, KEY)
        assert is_key_of(store, KEY)
    with Store(path) as store:
        with pytest.raises(StoreError, match="another key"):
            bind_key(store, OTHER)
        assert is_key_of(store, KEY)
    content = path.read_bytes()
    assert check_value(KEY).encode() in content
    assert KEY not in content
    assert KEY.hex().encode() not in content
