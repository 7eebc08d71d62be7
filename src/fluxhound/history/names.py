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
    labels = [label if label.isascii() else _a_label(label) for label in lowered.split(".")]
    return ".".join(labels).rstrip(".")


def _a_label(label: str) -> str:
    try:
        octets = label.encode("idna")
    except UnicodeError:
        octets = label.encode("utf-8", "replace")
    # Compatibility forms become what must not stand in a name unescaped: blanks, commas, controls.
    return "".join(chr(b) if _plain(b) else f"\\{b:03d}" for b in octets)


def _plain(octet: int) -> bool:
    return 0x21 <= octet < 0x7F and octet != ord(",")  # noqa: PLR2004
