"""Names that imitate a brand: signs of phishing, from the name alone.

They move malice and priority, never the flux score: who imitates a bank need not use fast flux.
Each sign says which brand and how. A pure function of names; nothing is looked up anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fluxhound.enrichment.domains import domain_table
from fluxhound.intel.brands import CARRIERS, PLAIN_WORDS, POPULAR, Brand
from fluxhound.intel.confusables import decoded, read_as, skeleton


class Way(StrEnum):
    """How a name imitates, from the surest to the weakest."""

    HOMOGLYPH = "homoglyph"  # letters of other scripts, or with marks
    DIGITS = "look-alike characters"  # paypa1, rnicrosoft
    BITSQUAT = "bit flip"
    EDIT = "edit"  # one letter more, less, other, or two exchanged
    COMBINATION = "combination"  # paypal-login
    SUFFIX = "other suffix"  # paypal.example of paypal.com
    BELOW = "label below"  # paypal.com.evil.example


#: Log-odds towards malice. Chosen, not measured: there is no labelled traffic to fit them on. A
#: word that stands in an own label says less than one that is hidden.
POINTS = {
    Way.HOMOGLYPH: 3.0,
    Way.DIGITS: 2.5,
    Way.BITSQUAT: 1.5,
    Way.EDIT: 1.5,
    Way.COMBINATION: 1.5,
    Way.SUFFIX: 0.5,
    Way.BELOW: 1.5,
}
#: Labels shorter than this have too many neighbours to tell an edit from another word. As asked.
EDITED_FROM = 5
#: Words that phishing puts beside a brand. From names in public reports; not complete.
_BAIT = """
account accounts alert auth bank billing claim confirm customer delivery help id invoice
login logon mail my notice online parcel pay payment portal recover recovery refund reset
secure security service services shipping signin sso support team unlock update user verify
verification wallet webmail web
"""
BAIT = frozenset(_BAIT.split())
#: Names longer than this are cut: the signs stand in the labels people read.
_LONGEST_NAME = 253
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imitation:
    """One name, the brand that it imitates, and how."""

    name: str
    brand: str
    way: Way
    label: str  # the label that says so, decoded

    @property
    def points(self) -> float:
        """Return log-odds towards malice."""
        return POINTS[self.way]

    @property
    def sentence(self) -> str:
        """Return what is told to people; the label is not escaped."""
        return f"{self.label} imitates {self.brand} ({self.way})"


class Imitations:
    """Knows the brands, and finds in names what imitates them."""

    def __init__(self, brands: Sequence[Brand] = POPULAR) -> None:
        """Take the *brands*; the first that fits counts."""
        self._own = frozenset(domain for brand in brands for domain in brand.domains)
        self._suffixes = {
            brand.word: frozenset(d.partition(".")[2] for d in brand.domains) for brand in brands
        }
        self._words = {brand.word: brand.word for brand in brands}
        self._edited: dict[str, tuple[str, Way]] = {}
        for brand in brands:
            if len(brand.word) >= EDITED_FROM:
                for text in _neighbours(brand.word):
                    self._edited.setdefault(text, (brand.word, Way.EDIT))
                for text in _bit_flips(brand.word):
                    self._edited[text] = (brand.word, Way.BITSQUAT)
        for word in (*self._words, *PLAIN_WORDS):
            self._edited.pop(word, None)
        self._length = max(map(len, self._words), default=0)

    def of(self, name: str) -> Imitation | None:
        """Return the surest sign in *name* (any case, A-labels or not), or ``None``."""
        plain = name.lower().rstrip(".")[-_LONGEST_NAME:]
        registered, suffix, private = domain_table().split(plain)
        if registered in self._own or suffix in self._own:
            return None
        if _ends(plain) & CARRIERS:
            return None
        label = registered.removesuffix(suffix).rstrip(".")
        found = self._in_label(label, suffix, private=private) if label else None
        if found is None:
            found = self._below(plain.removesuffix(registered).rstrip("."))
        if found is None:
            return None
        brand, way, shown = found
        return Imitation(name=name, brand=brand, way=way, label=shown)

    def among(self, names: Iterable[str]) -> Iterator[Imitation]:
        """Yield the signs in *names*, at most one for each."""
        return (found for name in names if (found := self.of(name)) is not None)

    def _in_label(self, label: str, suffix: str, *, private: bool) -> tuple[str, Way, str] | None:
        """Return brand, way and decoded label, for the label that somebody registered.

        The bare word below a *private* suffix says nothing: whoever uses a service is called so.
        """
        shown = decoded(label)
        plain = skeleton(shown)
        if plain != shown:
            brand = self._words.get(plain) or self._combined(plain)
            return (brand, Way.HOMOGLYPH, shown) if brand else None
        if label in self._words:
            usual = private or self._is_usual(label, suffix)
            return None if usual else (label, Way.SUFFIX, shown)
        for text in read_as(label):
            if text in self._words:
                return text, Way.DIGITS, shown
        if edited := self._edited.get(label):
            return *edited, shown
        brand = self._combined(label)
        return (brand, Way.COMBINATION, shown) if brand else None

    def _is_usual(self, word: str, suffix: str) -> bool:
        """Tell whether the brand itself may have this domain: it has it under several suffixes.

        Brands register their word in every country; only suffixes that are no country's are told.
        """
        last = suffix.rpartition(".")[2]
        return len(last) == 2 or suffix in self._suffixes[word]  # noqa: PLR2004 - ISO 3166

    def _combined(self, label: str) -> str | None:
        """Return the brand that stands beside bait: between hyphens, or run together with it."""
        parts = label.split("-")
        if len(parts) > 1:
            read = [next((t for t in (p, *read_as(p)) if t in self._words), None) for p in parts]
            brand = next((b for b in read if b), None)
            others = [p for p, b in zip(parts, read, strict=True) if not b]
            return brand if brand and any(p in BAIT for p in others) else None
        for at in range(1, len(label)):
            head, tail = label[:at], label[at:]
            if head in self._words and tail in BAIT:
                return head
            if tail in self._words and head in BAIT:
                return tail
        return None

    def _below(self, labels: str) -> tuple[str, Way, str] | None:
        """Return a brand's whole domain, or a word that is hidden or stands with bait.

        The bare word alone says nothing: whoever links an application to a service names it so.
        """
        parts = labels.split(".") if labels else []
        for at, part in enumerate(parts):
            shown = decoded(part)
            plain = skeleton(shown)
            brand = self._words.get(plain)
            if brand and plain != shown:
                return brand, Way.HOMOGLYPH, shown
            whole = ".".join(parts[at:])
            if brand and any(whole == d or whole.startswith(d + ".") for d in self._own):
                return brand, Way.BELOW, whole
            if hidden := next((text for text in read_as(plain) if text in self._words), None):
                return hidden, Way.DIGITS, shown
            if combined := self._combined(plain):
                return combined, Way.COMBINATION, shown
        return None


def _ends(name: str) -> set[str]:
    """Return the last two labels of *name*, and the last three."""
    labels = name.split(".")
    return {".".join(labels[-2:]), ".".join(labels[-3:])}


def _neighbours(word: str) -> Iterator[str]:
    """Yield every text at Damerau-Levenshtein distance 1 that can be a label (Damerau 1964)."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in _LETTERS)


def _bit_flips(word: str) -> Iterator[str]:
    """Yield the labels that one wrong bit in memory makes of *word* (Dinaburg, Defcon 19, 2011)."""
    for at, letter in enumerate(word):
        for bit in range(8):
            other = chr(ord(letter) ^ (1 << bit)).lower()
            if other in _LETTERS and other != letter:
                yield word[:at] + other + word[at + 1 :]
