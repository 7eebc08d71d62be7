"""Errors a person can act on: the class docstring is the message, and it says what to do next."""

from __future__ import annotations


class FluxhoundError(Exception):
    """Fluxhound could not go on. Run again with -v to see more."""

    #: Process exit status of the command line for this error.
    exit_status: int = 2

    def __init__(self, message: str | None = None) -> None:
        """Take *message*, or the class docstring when there is none."""
        super().__init__(message or (type(self).__doc__ or "").strip())


class ConfigurationError(FluxhoundError):
    """The configuration is not usable. Compare it with docs/configuration.md."""


class UsageError(FluxhoundError):
    """The command was not given what it needs. Add --help to see examples."""


class UnreadableInputError(FluxhoundError):
    """No input could be read. Check the paths, or name the format with --input-format."""

    exit_status = 3


class UnknownFormatError(UnreadableInputError):
    """The format of the input was not recognised. Name it with --input-format."""


class CorruptInputError(UnreadableInputError):
    """The input is damaged. Everything before the damage was read."""


class NoAnswersError(UnreadableInputError):
    """The input holds queries but no answers; turn on answer logging at its source."""


class UnknownNameError(FluxhoundError):
    """The name was not seen in the input. Check its spelling, or analyse more logs."""


class StoreError(FluxhoundError):
    """The store could not be used. Check the path, its permissions and the free disk space."""


class TableError(FluxhoundError):
    """An address table could not be used. Check its path and format with fluxhound doctor."""


class MissingExtraError(FluxhoundError):
    """An optional part is not installed. Install it with pip install 'fluxhound[EXTRA]'."""
