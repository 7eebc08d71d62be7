"""The entry point: finds the command, and turns every failure into one sentence and a status.

Nothing heavy is imported here, so that ``--help`` and ``--version`` answer at once; a command's
module is imported when the command is used.
"""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence

import click

from fluxhound import __version__
from fluxhound.cli.groups import LazyGroup
from fluxhound.errors import FluxhoundError, UsageError

#: Command -> its one line in ``fluxhound --help``. The module has the command's name.
COMMANDS = {
    "analyze": "Rank the names in DNS logs that behave like fast flux.",
    "explain": "Show the evidence for and against one name.",
    "watch": "Show findings as they appear, grow and end.",
    "serve": "Judge DNS traffic as it happens, and tell what is found.",
    "clients": "List the clients that asked for a name.",
    "contacts": "List the clients that connected to the answers of a name.",
    "intel": "Keep feeds of known bad names, and look things up in them.",
    "export": "Write findings in the formats that others read: STIX, MISP, SIEMs.",
    "respond": "Plan what is done about findings, decide, publish, take back.",
    "sinkhole": "Listen where sinkholed names lead, and record who calls.",
    "victims": "List the hosts that called the sinkhole.",
    "compact": "Write a store anew, so that nothing purged is left in its file.",
    "share": "Send findings to a TAXII or MISP server, or keep a MISP feed.",
    "formats": "List the input formats, and what each cannot show.",
    "lab": "Make DNS traffic with known truth, to measure detectors on.",
    "doctor": "Check the installation and the service: tables, disk, inputs.",
}

DEFECT_STATUS = 70  # EX_SOFTWARE of BSD's sysexits
INTERRUPTED_STATUS = 130  # 128 + SIGINT, as shells report it
BROKEN_PIPE_STATUS = 141  # 128 + SIGPIPE, as shells report it
#: What can go wrong with writing the output, wherever it goes.
OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})

EXAMPLES = """
$ fluxhound analyze dns.log
$ fluxhound explain 'evil[.]example' dns.log
$ fluxhound analyze --help
"""


class _Ended(BaseException):
    """The process was told to end by a signal."""


#: The signals that told the process to end; the engine turns what a handler raises into another
#: exception, so it is noted here.
_SIGNALS: list[int] = []


@click.group(cls=LazyGroup, lazy=COMMANDS, package="fluxhound.cli", examples=EXAMPLES)
@click.version_option(__version__, message="fluxhound %(version)s")
def group() -> None:
    """Find fast flux in the DNS traffic you already record, with the evidence for and against."""


def _very_verbose(args: Sequence[str]) -> bool:
    flags = [arg for arg in args if arg == "--verbose" or set(arg) == {"-", "v"}]
    return sum(arg.count("v") if not arg.startswith("--") else 1 for arg in flags) > 1


def _say(message: str) -> None:
    """Write one sentence to standard error, with what a file name could smuggle in escaped."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(message.split()))
    click.echo(f"fluxhound: {shown}", err=True)


def _silence(stream: object) -> None:
    """Point a broken stream at nothing, so that the interpreter's last flush does not complain."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, stream.fileno())  # type: ignore[attr-defined]
    os.close(descriptor)


def run(args: Sequence[str]) -> int:  # noqa: PLR0911 - one for each way to end
    """Run one command line and return its exit status."""
    try:
        with group.make_context("fluxhound", list(args)) as context:
            group.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as exit_request:
        return exit_request.exit_code
    except click.ClickException as error:
        _say(_usage(error))
        return error.exit_code
    except FluxhoundError as error:
        if _SIGNALS:  # what a signal cut short may look like an input that ends too soon
            return _interrupted()
        _say(str(error))
        return error.exit_status
    except (KeyboardInterrupt, click.Abort, _Ended):
        return _interrupted()
    except BrokenPipeError:
        _silence(sys.stdout)
        return BROKEN_PIPE_STATUS
    except OSError as error:
        if error.errno not in OUTPUT_ERRORS:
            return _defect(error, args)
        _silence(sys.stdout)
        _say(f"the output cannot be written ({error.strerror}).")
        return UsageError.exit_status
    except Exception as error:  # noqa: BLE001 - the outermost: a defect must not look like a result
        return _defect(error, args)
    return 0


def _defect(error: Exception, args: Sequence[str]) -> int:
    logging.getLogger(__name__).debug("defect", exc_info=error)
    if _very_verbose(args):
        traceback.print_exception(error)
    _say(
        f"this is a defect in Fluxhound ({type(error).__name__}): run again with -vv and report it."
    )
    return DEFECT_STATUS


def _usage(error: click.ClickException) -> str:
    """Return the error of the command line in one line, with where to read more."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "fluxhound"
    return f"{error.format_message()} Try {path} --help."


def _end(number: int, _: object) -> None:
    _SIGNALS.append(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise _Ended


def _interrupted() -> int:
    if _SIGNALS and _SIGNALS[0] != signal.SIGINT:
        _say("ended by a signal.")
        return 128 + _SIGNALS[0]
    click.echo("\nfluxhound: interrupted.", err=True)
    return INTERRUPTED_STATUS


#: What signals do as they come, to Python and without it.
_USUAL = (signal.SIG_DFL, signal.default_int_handler)


def main() -> None:
    """Run the command line of this interpreter and exit."""
    if "_FLUXHOUND_COMPLETE" in os.environ:  # the shell asks for completions
        group.main(prog_name="fluxhound")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        if signal.getsignal(number) in _USUAL:  # nohup ignores one of them
            signal.signal(number, _end)  # so that temporary files are removed
    sys.exit(run(sys.argv[1:]))
