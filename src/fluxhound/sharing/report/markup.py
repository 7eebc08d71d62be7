"""HTML and SVG built from parts, so that text from outside is always escaped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NewType

from fluxhound.sharing.escape import html_text

#: Text that is HTML already. Only this module makes it from anything else.
Markup = NewType("Markup", str)

#: What a part of an element may be: text (it gets escaped), markup, or nothing.
Part = str | Markup | None


class _Element(str):
    """Markup at run time, to be told from text."""

    __slots__ = ()


def element(name: str, /, *parts: Part, **attributes: str | float | None) -> Markup:
    """Return an element; parts that are text are escaped, attributes always.

    Attribute names: a trailing underscore is dropped, other underscores become hyphens;
    ``None`` leaves the attribute out.

    >>> element("p", "a < b", class_="note")
    '<p class="note">a &lt; b</p>'
    """
    inner = "".join(_rendered(part) for part in parts)
    return _made(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def void(name: str, /, **attributes: str | float | None) -> Markup:
    """Return an element that has no end tag (HTML) or no content (SVG)."""
    return _made(f"<{name}{_attributes(attributes)}/>")


def joined(parts: Iterable[Part]) -> Markup:
    """Return *parts* one after the other."""
    return _made("".join(_rendered(part) for part in parts))


def trusted(text: str) -> Markup:
    """Return our own text (style, document type) as markup. Never for text from outside."""
    return _made(text)


def _made(text: str) -> Markup:
    return Markup(_Element(text))


def _rendered(part: Part) -> str:
    if part is None:
        return ""
    return part if isinstance(part, _Element) else html_text(part)


def _attributes(attributes: dict[str, str | float | None]) -> str:
    return "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html_text(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
