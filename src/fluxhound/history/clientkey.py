"""The key of the clients' pseudonyms: in a file of its own, never in the store."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path

from fluxhound.errors import StoreError
from fluxhound.history.store import Store

KEY_BYTES = 32
#: A key file has 65 bytes; more is no key file.
_LARGEST_FILE = 1024
_CHECK = "client_key_check"


def load_key(path: Path, *, create: bool = True) -> bytes:
    """Return the key in *path*, made when there is none: 32 random bytes, as hexadecimal digits.

    Raises:
        StoreError: it cannot be read or made, is no key, or others than its owner can read it.
    """
    try:
        if create and not path.exists():
            _make(path)
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LARGEST_FILE)
    except OSError as error:
        raise StoreError(
            f"{path}: the clients' key cannot be used ({error.strerror}). Check the path."
        ) from error
    if stat.S_IMODE(mode) & 0o077:
        raise StoreError(f"{path}: others can read the clients' key. Run chmod 600 on it.")
    try:
        key = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path}: this is no key: it holds 64 hexadecimal digits.")
    return key


def _make(path: Path) -> None:
    """Write a new key; of two processes that do so at once, one makes it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secrets.token_hex(KEY_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())


def check_value(key: bytes) -> str:
    """Return what tells a wrong key, and from which the key cannot be found."""
    return hashlib.blake2b(b"fluxhound client key", key=key, digest_size=8).hexdigest()


def is_key_of(store: Store, key: bytes) -> bool:
    """Tell whether *key* is the one that the live clients of *store* were hashed with."""
    rows = store.connection.execute("SELECT value FROM meta WHERE key = ?", [_CHECK]).fetchall()
    return bool(rows) and rows[0][0] == check_value(key)


def bind_key(store: Store, key: bytes) -> None:
    """Note in *store* which key its live clients are hashed with.

    Raises:
        StoreError: they were hashed with another key.
    """
    with store.transaction():
        store.connection.execute(
            "INSERT OR IGNORE INTO meta VALUES (?, ?)", [_CHECK, check_value(key)]
        )
    if not is_key_of(store, key):
        raise StoreError(
            f"{store.path or 'The store'}: its clients were hashed with another key. Name the key "
            "file it was filled with, or start a new store."
        )
