r"""Names in their one form: lower case, no trailing dot, A-labels (RFC 5890)."""

from __future__ import annotations

#: Longest name in presentation form that is kept: 255 octets, all escaped as ``\DDD``.
NAME_LIMIT = 1024


def canonical_name(name: str) -> str:
    r"""Return *name* in lower case, without its trailing dot, its U-labels as A-labels.

    A label that IDNA does not allow is kept, its bytes escaped as ``\DDD`` (RFC 1035 5.1).

    >>> canonical_name("WWW.Bücher.Example.")
    'www.xn--bcher-kva.example'
    """
    lowered = name.lower().rstrip(".")
    if lowered.isascii():
        return lowered
    return ".".join(label if label.isascii() else _a_label(label) for label in lowered.split("."))


def _a_label(label: str) -> str:
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        octets = label.encode("utf-8", "replace")
        return "".join(chr(b) if 0x21 <= b < 0x7F else f"\\{b:03d}" for b in octets)  # noqa: PLR2004
