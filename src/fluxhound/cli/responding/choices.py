"""The options that the commands of ``fluxhound respond`` share, and the policy they make."""

from __future__ import annotations

import dataclasses
import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fluxhound import config
from fluxhound.cli.help import option
from fluxhound.cli.options import SCREEN
from fluxhound.config import Settings
from fluxhound.errors import UsageError

if TYPE_CHECKING:
    from fluxhound.response.policy import Policy

STORE = "Store"
POLICY = "Policy, in place of the configuration's"
FORMATS = ("table", "jsonl")
#: Told here, because --help must not wait for what knows them.
MODES = ("observe", "alert", "log", "block", "sinkhole")

_PATH = click.Path(path_type=Path)

STORE_OPTIONS = (
    option(STORE, "--store", type=_PATH, metavar="FILE", help="The store, if no service uses it."),
    option(STORE, "--config", type=_PATH, metavar="FILE", help="Settings [$FLUXHOUND_CONFIG]."),
)

POLICY_OPTIONS = (
    option(POLICY, "--mode", type=click.Choice(MODES), help="The most that is done [alert]."),
    option(POLICY, "--sinkhole", multiple=True, metavar="ADDRESS", help="Address of the listener."),
    option(POLICY, "--own", multiple=True, metavar="NAME", help="One more domain of your own."),
    option(
        POLICY, "--never-file", type=_PATH, metavar="FILE", help="More names never to be touched."
    ),
    option(POLICY, "--auto", is_flag=True, help="Approve by itself what is certain enough."),
)

SCREEN_OPTIONS = (
    option(
        SCREEN,
        "--format",
        type=click.Choice(FORMATS),
        help="Format of the result [table on a terminal, else jsonl].",
    ),
    option(
        SCREEN,
        "--defang/--no-defang",
        default=None,
        help="Make names unclickable in output for people [yes].",
    ),
)


def policy_from(given: Mapping[str, Any], settings: Settings) -> Policy:
    """Return the policy of the configuration, with what the command line says in its place.

    Names of one's own and the never-list are added to, never replaced.
    """
    from fluxhound.response.entries import Mode  # noqa: PLC0415 - --help must not wait
    from fluxhound.response.settings import names_of, policy_of, read_names  # noqa: PLC0415

    policy = policy_of(settings.response)
    more = read_names(given["never_file"]) if given["never_file"] else ()
    return dataclasses.replace(
        policy,
        mode=Mode(given["mode"]) if given["mode"] else policy.mode,
        sinkhole=given["sinkhole"] or policy.sinkhole,
        own=names_of((*policy.own, *given["own"])),
        never=names_of((*policy.never, *more)),
        approval=dataclasses.replace(
            policy.approval, automatic=policy.approval.automatic or given["auto"]
        ),
    )


def load(given: Mapping[str, Any]) -> Settings:
    """Return the settings of the command line's configuration."""
    return config.load(given["config"])


def store_path(given: Mapping[str, Any], settings: Settings) -> Path:
    """Return the store that is meant.

    Raises:
        UsageError: there is none.
    """
    path: Path | None = given["store"] or settings.engine.store
    if path is None or not path.exists():
        raise UsageError("Name a --store that exists: the register is kept in it.")
    return path


def user() -> str:
    """Return the account that runs this, and the one behind it if it says so."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    behind = os.environ.get("SUDO_USER")
    return f"{name} (sudo: {behind})" if behind else name
