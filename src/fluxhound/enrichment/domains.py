"""Names to registered domains, in columns."""

from __future__ import annotations

import functools
import re

import pyarrow as pa

from fluxhound.enrichment.addresses import Text, listed
from fluxhound.enrichment.suffixes import Rule, Suffixes, suffixes

#: One row for each name. ``private_suffix`` tells that the suffix belongs to a company that gives
#: names below it to anybody (dynamic DNS, hosting), not to a registry.
DOMAINS = pa.schema(
    [
        pa.field("name", pa.string()),
        pa.field("registered_domain", pa.string()),
        pa.field("suffix", pa.string()),
        pa.field("private_suffix", pa.bool_(), nullable=False),
    ]
)

#: As plain numbers: comparing with an enumeration would take a third of the time.
_WILDCARD, _EXCEPTION = int(Rule.WILDCARD), int(Rule.EXCEPTION)
_ESCAPED = re.compile(r"\\.", re.DOTALL)  # RFC 1035 section 5.1; \DDD holds no dot


class DomainTable:
    """Registered domains by one public suffix list."""

    def __init__(self, rules: Suffixes | None = None) -> None:
        """Take the user's *rules*, or the list that the package brings."""
        self._suffixes = rules or suffixes()

    @property
    def date(self) -> str:
        """Return the date of the list, "" if it does not state one."""
        return self._suffixes.date

    def lookup(self, names: Text) -> pa.Table:
        """Return a table in the schema DOMAINS with one row for each of *names*, in order."""
        texts = listed(names)
        found = [_NO_NAME if name is None else self.split(name) for name in texts]
        columns = [texts, *([row[i] for row in found] for i in range(3))]
        return pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, DOMAINS, strict=True)], schema=DOMAINS
        )

    def split(self, name: str) -> tuple[str, str, bool]:
        """Return registered domain, public suffix, and whether the suffix is a private one.

        The registered domain is the suffix and one more label; of a name that is a suffix, the name
        itself. A last label that the list does not know is the suffix, so that two labels remain
        ("printer.local"). Case and a trailing dot do not matter; a name with an empty label is left
        whole.
        """
        text = shape = name.lower()
        if "\\" in text:
            shape = _ESCAPED.sub("__", text)  # of the same length, without the dots inside labels
        if shape.endswith("."):
            text, shape = text[:-1], shape[:-1]
        if ".." in shape or shape.startswith(".") or shape.endswith("."):
            return text, text, False
        registered, suffix, private = self._places(shape)
        return text[registered:], text[suffix:], private

    def _places(self, text: str) -> tuple[int, int, bool]:
        """Return where registered domain and suffix begin in *text*, and the suffix's section.

        Goes from the longest ending to the shortest, so that the first rule is the longest, and
        keeps where the endings with one and with two labels more begin (-1 if there is none).
        """
        rules = self._suffixes.rules
        start = self._far_place(text) if text.count(".") > self._suffixes.longest else 0
        one = two = -1
        while not (code := rules.get(text[start:], 0)):
            two, one = one, start
            dot = text.find(".", start)
            if dot < 0:
                return (two if two >= 0 else one), one, False
            start = dot + 1
        rule, private = code >> 1, code & 1 == 1
        if rule == _EXCEPTION:
            return start, text.find(".", start) + 1, private
        if rule == _WILDCARD and one >= 0:
            start, one = one, two
        return (one if one >= 0 else start), start, private

    def _far_place(self, text: str) -> int:
        """Return where a long name is worth looking at: two labels before the longest rule."""
        labels = text.rsplit(".", self._suffixes.longest + 2)
        return len(labels[0]) + 1 if len(labels) > self._suffixes.longest + 2 else 0


_NO_NAME: tuple[str | None, str | None, bool] = (None, None, False)


@functools.cache
def domain_table() -> DomainTable:
    """Return the table of the list that the package brings."""
    return DomainTable()


def registered_domain(name: str) -> str:
    """Return the registered domain of one *name*; in columns, use ``DomainTable.lookup``.

    >>> registered_domain("www.example.co.uk"), registered_domain("bot.duckdns.org")
    ('example.co.uk', 'bot.duckdns.org')
    """
    return domain_table().split(name)[0]
