"""The logs of a service: one line for each event, as text for people or JSON for collectors."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import IO

import orjson

from fluxhound.cli.session import LOG_LEVELS

FORMS = ("text", "json")
#: Characters of one message; some hold a sample of what could not be read.
LONGEST = 2000


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{moment} {record.levelname.lower()}: {_message(self, record)}"


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "thread": record.threadName,
            "message": _message(self, record),
        }
        return orjson.dumps(fields).decode()


def _message(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return the message in one line, without anything that could act on a terminal."""
    text = record.getMessage()
    if record.exc_info:
        text = f"{text} {formatter.formatException(record.exc_info)}"
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:LONGEST])


def log_to(stream: IO[str], *, form: str, verbosity: int) -> None:
    """Send the logs of the program to *stream*; *verbosity* is -1 (errors) to 2 (everything)."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if form == "json" else _Text())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    # Of a service it is of interest that it started, and with what; of libraries it is not.
    level = LOG_LEVELS[verbosity]
    logging.getLogger("fluxhound").setLevel(min(level, logging.INFO) if verbosity >= 0 else level)
