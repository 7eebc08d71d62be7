r"""Hostile text made harmless for where it is shown: terminal, HTML, Markdown, spreadsheet."""

from __future__ import annotations

import html
import re

#: Printable by Python's word, and yet nothing is seen: fillers, blanks, joiners and variation
#: selectors (Unicode's Default_Ignorable_Code_Point, and the braille blank).
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
#: Characters that mean something to CommonMark or GitHub's tables.
_MARKDOWN = re.compile(r"([\\`*_\[\]|~])")
#: What starts a heading, a list, a quote or a rule at the start of a block.
_BLOCK_START = re.compile(r"^(\s*)([#+=-]|\d+(?=[.)]))")
#: What GitHub turns into a link without being asked.
_AUTOLINK = re.compile(r"(?i)(www)(?=\.)|(?<=[a-z])(?=://)")
#: What a spreadsheet takes for the start of a formula (OWASP, CSV Injection), with the full-width
#: forms that some spreadsheets take for it as well.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def printable(text: str, *, ascii_only: bool = False) -> str:
    r"""Return *text* with every character escaped that is not plainly seen.

    That is controls (escape sequences), line ends, overrides of writing direction, zero-width and
    invisible characters, lone surrogates; with *ascii_only* everything outside ASCII.

    >>> printable("a\x1b[31m\u202eb")
    'a\\x1b[31m\\u202eb'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character, ascii_only=ascii_only) for character in text)


def html_text(text: str) -> str:
    """Return *text* for HTML content and quoted attributes.

    >>> html_text("<script>")
    '&lt;script&gt;'
    """
    return html.escape(printable(text), quote=True)


def markdown(text: str) -> str:
    r"""Return *text* so that Markdown shows it as it is, in a paragraph or a table cell.

    >>> markdown("a|b <i> `c`")
    'a\\|b &lt;i&gt; \\`c\\`'
    """
    shown = _MARKDOWN.sub(r"\\\1", printable(text))
    angles = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _BLOCK_START.sub(_escaped_start, _AUTOLINK.sub(r"\1\\", angles))


def markdown_code(text: str) -> str:
    """Return *text* as a Markdown code span, whatever backticks and pipes it holds.

    >>> markdown_code("evil[.]example")
    '`evil[.]example`'
    """
    shown = printable(text).replace("|", "\\x7c")  # a pipe would end a cell even in code
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def csv_text(text: str) -> str:
    """Return *text* so that a spreadsheet does not take it for a formula.

    >>> csv_text("=1+1"), csv_text("evil.example")
    ("'=1+1", 'evil.example')
    """
    shown = printable(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) else shown


def _escaped_start(found: re.Match[str]) -> str:
    blank, sign = found.groups()
    return f"{blank}&#{ord(sign[0])};{sign[1:]}"


def _shown(character: str, *, ascii_only: bool) -> str:
    seen = character.isprintable() and character not in _INVISIBLE
    if seen and (character.isascii() or not ascii_only):
        return character
    return character.encode("unicode_escape").decode("ascii")
