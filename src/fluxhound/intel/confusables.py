# ruff: noqa: RUF001, RUF002 - the characters that are taken for others are what this is about
"""Characters that are taken for others, and the skeleton of a label: what a person reads in it.

The table is ours: letters of other scripts and with marks whose usual glyph is that of a Latin
letter, as UTS 39 section 4 describes the idea. It is far smaller than Unicode's table and covers
what registries of generic top-level domains admit; sequences (rn for m) come from phishing names.
"""

from __future__ import annotations

import unicodedata

#: Latin letter -> code points that look like it: Cyrillic, Greek, Armenian, Latin extensions.
_LOOKALIKES = {
    "a": "аɑαạӑǎ",
    "b": "Ьвƅḅ",
    "c": "сϲƈ",
    "d": "ԁɗḍ",
    "e": "еҽєẹ",
    "f": "ƒքғ",
    "g": "ɡցǥ",
    "h": "һհḥ",
    "i": "іıɩɪịι",
    "j": "јϳʝ",
    "k": "кκƙḳ",
    "l": "ӏǀɭḷŀł",
    "m": "мṃ",
    "n": "ոռпṇŋ",
    "o": "оοօσөọø",
    "p": "рρƥ",
    "q": "ԛգ",
    "r": "гṛɼ",
    "s": "ѕʂṣ",
    "t": "тτṭŧ",
    "u": "υսʋц",
    "v": "νѵ",
    "w": "ѡԝաẉ",
    "x": "хχ",
    "y": "уүγỵ",
    "z": "ᴢẓʐ",
    "ss": "ß",
    "ae": "æ",
    "oe": "œ",
}
_CHARACTERS = str.maketrans({look: plain for plain, looks in _LOOKALIKES.items() for look in looks})
#: Digits read as letters.
_DIGITS = str.maketrans("01345", "oleas")
#: Sequences that are read as one letter.
_SEQUENCES = (("rn", "m"), ("vv", "w"), ("cl", "d"))
#: RFC 1035 section 2.3.4, in A-label form.
LONGEST_LABEL = 63


def decoded(label: str) -> str:
    """Return an A-label as what is shown for it; other labels, and broken ones, as they are.

    >>> decoded("xn--bcher-kva")
    'bücher'
    """
    if not label.startswith("xn--") or len(label) > LONGEST_LABEL:
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


def skeleton(label: str) -> str:
    """Return *label* (decoded) with every look-alike letter as the Latin letter it is taken for.

    >>> skeleton("pаypаl"), skeleton("gооglé")
    ('paypal', 'google')
    """
    plain = label.lower().translate(_CHARACTERS)
    if plain.isascii():
        return plain
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(c for c in parts if not unicodedata.combining(c)).translate(_CHARACTERS)


def read_as(label: str) -> tuple[str, ...]:
    """Return what the ASCII *label* may be read as: digits as letters, sequences as one letter.

    >>> read_as("paypa1"), read_as("rnicrosoft")
    (('paypal',), ('microsoft',))
    """
    plain = label.translate(_DIGITS)
    found = {plain}
    for sequence, letter in _SEQUENCES:
        found |= {text.replace(sequence, letter) for text in found}
    return tuple(sorted(found - {label}))
