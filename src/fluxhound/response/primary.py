"""Where the zones are published to, and the key that signs what is said there."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from fluxhound.errors import ConfigurationError

#: Algorithms that a key may have (RFC 8945 section 6), besides those that are not recommended.
ALGORITHMS = ("hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512")


@dataclass(frozen=True, slots=True)
class Key:
    """A TSIG key; its secret is shown nowhere."""

    name: str
    secret: bytes = field(repr=False)
    algorithm: str = "hmac-sha256"

    def __post_init__(self) -> None:
        """Refuse what cannot sign.

        Raises:
            ConfigurationError: the algorithm is unknown or the secret is empty.
        """
        if self.algorithm not in ALGORITHMS:
            known = ", ".join(ALGORITHMS)
            raise ConfigurationError(f"[publish] algorithm: take one of {known}.")
        if not self.secret:
            raise ConfigurationError("[publish] key_file: the secret is empty.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Primary:
    """The server that takes updates and hands the zones on."""

    address: str
    port: int = 53
    key: Key
    timeout_s: float = 10.0

    @property
    def where(self) -> str:
        """Return how it is called in messages to people."""
        return f"The primary at {self.address} port {self.port}"


def read_key(path: Path, key_name: str, algorithm: str = "hmac-sha256") -> Key:
    """Read the secret of a key from a file that holds nothing but its base64 text.

    Raises:
        ConfigurationError: the file cannot be read, is open to others, or holds no secret.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(4096)
    except OSError as error:
        raise ConfigurationError(
            f"[publish] key_file: {path} cannot be read ({error.strerror})."
        ) from error
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise ConfigurationError(
            f"[publish] key_file: {path} is open to others. Whoever has the secret may block any "
            f"name, so make it yours alone: chmod 600 {path}"
        )
    try:
        secret = base64.b64decode(b"".join(text.split()), validate=True)
    except binascii.Error as error:
        raise ConfigurationError(
            f"[publish] key_file: {path} has to hold the secret in base64 and nothing else."
        ) from error
    return Key(key_name, secret, algorithm)
