"""``fluxhound respond setup``: configuration for the primary and the resolvers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from fluxhound.cli.help import GroupedCommand, option
from fluxhound.cli.options import with_options
from fluxhound.errors import UsageError

#: Told here, because --help must not wait for what knows them.
KINDS = ("knot", "bind-primary", "bind", "unbound", "powerdns")
WHERE, KEY, ZONES = "Where", "Key", "Zones"
KEY_FILE = "fluxhound.key"

EXAMPLES = """
$ fluxhound respond setup knot --resolver bind:192.0.2.1 --write rpz
$ fluxhound respond setup bind --key-file rpz/fluxhound.key --write r1
$ fluxhound respond setup unbound --primary 127.0.0.1:5402
"""

_PATH = click.Path(path_type=Path)


@click.command(cls=GroupedCommand, examples=EXAMPLES)
@click.argument("kind", type=click.Choice(KINDS))
@with_options(
    option(
        WHERE,
        "--primary",
        default="127.0.0.1:5402",
        metavar="ADDRESS[:PORT]",
        help="Where the hidden primary listens [127.0.0.1:5402].",
    ),
    option(
        WHERE,
        "--resolver",
        multiple=True,
        metavar="KIND:ADDRESS[:PORT]",
        help="A resolver that takes the zones (for a primary): bind, unbound, powerdns.",
    ),
    option(WHERE, "--folder", metavar="PATH", help="Where the files will lie [by the server]."),
    option(WHERE, "--state", metavar="PATH", help="Where the server keeps the zones [by server]."),
    option(
        WHERE, "--write", type=_PATH, metavar="FOLDER", help="Write files there, not to screen."
    ),
    option(KEY, "--key-file", type=_PATH, metavar="FILE", help="Secret in base64 [a new one]."),
    option(KEY, "--key-name", default="fluxhound", metavar="NAME", help="Its name [fluxhound]."),
    option(KEY, "--algorithm", default="hmac-sha256", metavar="NAME", help="[hmac-sha256]"),
    option(
        ZONES,
        "--zone",
        default="rpz.fluxhound",
        metavar="NAME",
        help="pass., block., ... are put before it [rpz.fluxhound].",
    ),
)
def command(**given: Any) -> None:
    """Write complete configuration for a hidden primary (knot, bind-primary) or a resolver.

    A new secret is made with the primary, once; give it to the resolvers with --key-file.
    """
    from fluxhound.response.lists.writing import write  # noqa: PLC0415 - --help must not wait
    from fluxhound.response.primary import read_key  # noqa: PLC0415
    from fluxhound.response.setups.choice import setup  # noqa: PLC0415
    from fluxhound.response.setups.options import (  # noqa: PLC0415
        FOLDERS,
        SetupOptions,
        place_of,
        resolver_of,
        secret,
    )
    from fluxhound.response.zone import ZoneNames  # noqa: PLC0415

    kind = given["kind"]
    key = _secret(given, read_key)
    folder, state = FOLDERS[kind]
    options = SetupOptions(
        names=ZoneNames.below(given["zone"]),
        primary=place_of(given["primary"]),
        secret=key,
        key_name=given["key_name"],
        algorithm=given["algorithm"],
        resolvers=tuple(resolver_of(each) for each in given["resolver"]),
        folder=given["folder"] or folder,
        state=given["state"] or state,
    )
    files = dict(setup(kind, options))
    if given["write"] is None:
        _show(files, {name for name in files if secret(name)})
        return
    if kind != "unbound" and given["key_file"] is None:
        files[KEY_FILE] = f"{options.secret_text}\n"
    write(given["write"], files, secret=frozenset(name for name in files if secret(name)))
    for name in sorted(files):
        told = "  (has the secret: mode 0600)" if secret(name) else ""
        click.echo(f"{given['write'] / name}{told}", err=True)


def _secret(given: Mapping[str, Any], read_key: Any) -> bytes:
    """Return the secret of the key that is named, or a new one.

    A resolver without a key would get a secret that the primary does not know.
    """
    if given["key_file"] is not None:
        found: bytes = read_key(given["key_file"], given["key_name"], given["algorithm"]).secret
        return found
    if given["kind"] in {"bind", "powerdns"}:
        raise UsageError(
            "Give the secret of the primary with --key-file; fluxhound respond setup knot "
            f"--write FOLDER leaves it in FOLDER/{KEY_FILE}."
        )
    return secrets.token_bytes(32)


def _show(files: Mapping[str, str], hidden: set[str]) -> None:
    """Write the texts to the screen, without the secret."""
    for name, text in files.items():
        click.echo(f"# ---- {name}")
        click.echo("# (has the secret: --write FOLDER writes it)" if name in hidden else text)
