"""The header lines of a Zeek log in its tab-separated form.

Format: https://docs.zeek.org/en/master/log-formats.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fluxhound.sources.tally import Tally

MAX_FIELDS = 256  # a dns.log has about 24; chosen as a bound, not measured


@dataclass(slots=True)
class Layout:
    """What the header lines of a log say."""

    separator: bytes = b"\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = "dns"
    fields: list[str] = field(default_factory=list)

    def learn(self, line: bytes, tally: Tally) -> None:
        """Take in one header line (it starts with ``#``)."""
        if line.startswith(b"#separator "):
            self.separator = _separator(line[len(b"#separator ") :].strip())
            return
        key, _, rest = line[1:].partition(self.separator)
        value = rest.decode("utf-8", "replace")
        match key:
            case b"set_separator":
                self.set_separator = _unescaped(rest).decode("utf-8", "replace") or ","
            case b"empty_field":
                self.empty = value
            case b"unset_field":
                self.unset = value
            case b"path":
                self.path = value
            case b"fields":
                names = value.split(self.separator.decode("latin-1")) if value else []
                if len(names) > MAX_FIELDS:
                    tally.reject("too many columns", line[:200])
                    names = []
                self.fields = names


def _unescaped(text: bytes) -> bytes:
    r"""Return *text* with ``\xNN`` decoded, as Zeek writes its separators."""
    parts = text.split(b"\\x")
    out = parts[0]
    for part in parts[1:]:
        try:
            out += bytes([int(part[:2], 16)]) + part[2:]
        except ValueError:
            out += b"\\x" + part
    return out


def _separator(text: bytes) -> bytes:
    """Return the separator, or the usual one for what cannot part the columns of a line."""
    first = _unescaped(text)[:1]
    return first if first.isascii() and first not in {b"", b"\0", b"\r", b"\n"} else b"\t"
