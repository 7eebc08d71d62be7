"""Bearer tokens: made at the first start, kept in a file that only the service reads."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from fluxhound.errors import ConfigurationError
from fluxhound.intel.indicator import Tlp, tlp_named

#: Octets of chance in a token (RFC 4086 section 8 asks for 16 and more of them for keys).
TOKEN_OCTETS = 32
#: A shorter token could be guessed; ours have 43 characters and a prefix.
SHORTEST = 32
LONGEST = 512
LARGEST_FILE = 1 << 16
PREFIX = "fh_"


class Scope(StrEnum):
    """What a token allows."""

    READ = "read"  # findings
    CLIENTS = "clients"  # who asked for a name
    OBSERVE = "observe"  # posting observations
    METRICS = "metrics"  # /metrics, /healthz and /readyz from another machine
    RESPOND = "respond"  # what is done about findings: approve, reject, undo
    INTEL = "intel"  # sources of indicators, and what analysts allow and deny
    SHARE = "share"  # findings for others, up to a TLP level: TAXII, passive DNS, exports


#: The tokens that the first start makes: for people, for what sends logs, for monitoring.
FIRST: Mapping[str, tuple[Scope, ...]] = {
    "analyst": (Scope.READ, Scope.CLIENTS, Scope.METRICS),
    "responder": (Scope.RESPOND,),
    "curator": (Scope.READ, Scope.INTEL),
    "sensor": (Scope.OBSERVE,),
    "monitor": (Scope.METRICS,),
}

_HEAD = """\
# Tokens of Fluxhound's API, one section for each. Whoever has a token may do what its scopes say:
# read (findings), clients (who asked), observe (post observations), metrics, respond (approve,
# reject and undo what is done about findings), intel (fetch, add and remove sources of indicators,
# allow and deny names), and share (TAXII, passive DNS and exports for others), which needs the most
# restricted level that they may see: tlp = "green".
# Change a token here and reload the service (SIGHUP) to take the old one out of use.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The tokens in force, as digests, with their scopes."""

    scopes: Mapping[bytes, frozenset[Scope]] = field(default_factory=dict, repr=False)
    #: The most restricted level that a token with the scope ``share`` may see.
    ceilings: Mapping[bytes, Tlp] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: Path) -> Tokens:
        """Return the tokens of a file; make it, with a token of each kind, if it is not there.

        Raises:
            ConfigurationError: it cannot be used, or others may read it.
        """
        try:
            if not path.exists():
                _make(path)
            _check_mode(path)
            with path.open("rb") as file:
                octets = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise ConfigurationError(
                f"{path}: the token file cannot be used ({error.strerror}). Check token_file in "
                "[service] and the permissions of its folder."
            ) from error
        return cls.parse(octets, where=str(path))

    @classmethod
    def parse(cls, octets: bytes, *, where: str) -> Tokens:
        """Return the tokens of a file's content.

        Raises:
            ConfigurationError: it is not in the form of a token file; no token is repeated.
        """
        if len(octets) > LARGEST_FILE:
            raise ConfigurationError(f"{where}: this is too large for a token file.")
        try:
            sections = tomllib.loads(octets.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise ConfigurationError(
                f"{where}: not a token file (no TOML). Remove it and restart for new tokens."
            ) from error
        found: dict[bytes, frozenset[Scope]] = {}
        ceilings: dict[bytes, Tlp] = {}
        for name, section in sections.items():
            token, scopes, ceiling = _entry(name, section, where)
            found[digest(token)] = found.get(digest(token), frozenset()) | scopes
            ceilings[digest(token)] = max(ceilings.get(digest(token), Tlp.UNMARKED), ceiling)
        return cls(scopes=found, ceilings=ceilings)

    def allowed(self, token: str) -> frozenset[Scope]:
        """Return the scopes of *token*: none if it is unknown.

        Every known token is compared, in constant time, so that the answer's time tells nothing.
        """
        given = digest(token[: LONGEST + 1])
        granted: frozenset[Scope] = frozenset()
        for known, scopes in self.scopes.items():
            if hmac.compare_digest(known, given):
                granted = scopes
        return granted

    def ceiling(self, token: str) -> Tlp:
        """Return the most restricted level that *token* may see; UNMARKED is none at all."""
        return self.ceilings.get(digest(token[: LONGEST + 1]), Tlp.UNMARKED)


def digest(token: str) -> bytes:
    """Return what stands for a token, so that none is kept in memory in the clear."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _entry(name: str, section: object, where: str) -> tuple[str, frozenset[Scope], Tlp]:
    if not isinstance(section, dict) or set(section) - {"tlp"} != {"token", "scopes"}:
        raise ConfigurationError(
            f"{where}: [{name}] needs token and scopes, and nothing else but tlp."
        )
    token, scopes = section["token"], section["scopes"]
    if not isinstance(token, str) or not SHORTEST <= len(token) <= LONGEST:
        raise ConfigurationError(
            f"{where}: the token of [{name}] needs {SHORTEST} to {LONGEST} characters."
        )
    try:
        granted = frozenset(Scope(scope) for scope in scopes)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(
            f"{where}: scopes of [{name}] are a list of {', '.join(Scope)}."
        ) from error
    ceiling = tlp_named(str(section.get("tlp", "")))
    if (Scope.SHARE in granted or "tlp" in section) and not ceiling:
        levels = ", ".join(each.word for each in Tlp if each)
        raise ConfigurationError(f"{where}: [{name}] may see up to which tlp? One of {levels}.")
    return token, granted, ceiling


def _make(path: Path) -> None:
    """Write a new file that nobody else may read; one that appears meanwhile is left as it is."""
    parts = [_HEAD]
    for name, scopes in FIRST.items():
        listed = ", ".join(f'"{scope}"' for scope in scopes)
        token = PREFIX + secrets.token_urlsafe(TOKEN_OCTETS)
        parts.append(f'\n[{name}]\nscopes = [{listed}]\ntoken = "{token}"\n')
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(parts))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _check_mode(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            f"{path}: others may use the token file. Take that from them: chmod 600 {path}"
        )
