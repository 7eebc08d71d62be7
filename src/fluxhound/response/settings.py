"""The policy that a configuration describes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fluxhound.config import ResponseSettings
from fluxhound.errors import ConfigurationError
from fluxhound.history.names import canonical_name
from fluxhound.response.entries import Answer, Mode
from fluxhound.response.policy import Approval, Policy

#: A list of names longer than this is none. Chosen, not measured.
LARGEST_LIST = 16 << 20


def policy_of(keys: ResponseSettings) -> Policy:
    """Return the policy of a configuration's section [response].

    Raises:
        ConfigurationError: a value makes no sense, or the never-list cannot be read.
    """
    return Policy(
        mode=Mode(keys.mode),
        answer=Answer(keys.answer),
        sinkhole=tuple(keys.sinkhole),
        sinkhole_name=canonical_name(keys.sinkhole_name or ""),
        expiry=keys.expiry,
        continuing=keys.continuing,
        own=names_of(keys.own),
        never=read_names(keys.never_file) if keys.never_file else (),
        resolvers=tuple(keys.resolvers),
        ceiling=keys.ceiling,
        ceiling_per_hour=keys.ceiling_per_hour,
        nsdname=keys.nsdname,
        nsip=keys.nsip,
        approval=Approval(
            automatic=keys.auto,
            flux=keys.auto_flux,
            malice=keys.auto_malice,
            clients=keys.auto_clients,
        ),
    )


def names_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Return names in their one form, sorted, each once.

    >>> names_of(["Corp.Example.", "*.corp.example"])
    ('corp.example',)
    """
    plain = (canonical_name(text.strip().removeprefix("*.")) for text in texts)
    return tuple(sorted({name for name in plain if name}))


def read_names(path: Path) -> tuple[str, ...]:
    """Return the names in a list: one in a line; what follows a # is a comment.

    Raises:
        ConfigurationError: it cannot be read. A list that protects is never taken as empty.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_LIST + 1)
        if len(content) > LARGEST_LIST:
            raise ConfigurationError(f"{path}: the list is larger than {LARGEST_LIST >> 20} MiB.")
        lines = content.decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigurationError(f"{path}: the list cannot be read ({reason}).") from error
    names = [line.partition("#")[0].strip() for line in lines]
    wrong = next((at for at, name in enumerate(names, 1) if len(name.split()) > 1), None)
    if wrong:
        raise ConfigurationError(f"{path}: line {wrong} holds more than one name.")
    return names_of(names)
