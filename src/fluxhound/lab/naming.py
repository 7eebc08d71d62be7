"""Names of domains and hosts: unlike each other within one seed, and under real public suffixes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fluxhound.lab.dice import U64, Ints, below, key, mix, unit

#: A domain's code: what it is for (3 bits), its archetype (5), its number (27).
NUMBER_BITS, ARCHETYPE_BITS, ROLE_BITS = 27, 5, 3
MOST_DOMAINS = 1 << NUMBER_BITS
_BITS = NUMBER_BITS + ARCHETYPE_BITS + ROLE_BITS
_MASK = (1 << _BITS) - 1

#: Suffixes with weights: about how often they stand in lists of popular sites (chosen).
_SUFFIXES = {
    "com": 44, "net": 5, "org": 5, "de": 4, "co.uk": 3, "ru": 4, "info": 2, "com.br": 3, "fr": 2,
    "it": 2, "nl": 2, "pl": 2, "jp": 1, "co.jp": 1, "com.au": 2, "in": 1, "co.in": 0.5, "cn": 1.5,
    "com.cn": 0.5, "io": 1, "eu": 1, "xyz": 2, "top": 1.5, "online": 1, "site": 0.8, "shop": 0.8,
    "biz": 0.6, "us": 0.6, "ca": 1, "se": 0.7, "cz": 0.7, "ro": 0.5, "com.tr": 0.7, "co.za": 0.5,
    "com.mx": 0.5, "me": 0.5, "tv": 0.4, "app": 0.3, "dev": 0.3,
}  # fmt: skip
#: Suffixes in the private section of the public suffix list: each name below is a domain.
DYNAMIC_SUFFIXES = (
    "duckdns.org", "ddns.net", "no-ip.org", "dyndns.org", "hopto.org", "zapto.org", "dynu.net",
    "synology.me", "homeip.net", "servehttp.com", "freeddns.org", "spdns.de",
)  # fmt: skip

_ONSETS, _RIMES = "bcdfghklmnprstvz", ("a", "e", "i", "o", "u", "an", "er", "is")
#: Each begins with its only consonant before a vowel, so that no two rows of syllables read alike.
SYLLABLES = pa.array([onset + rime for onset in _ONSETS for rime in _RIMES], pa.string())
_LETTERS = pa.array(list("abcdefghijklmnopqrstuvwxyz"), pa.string())
_DIGITS = pa.array(["", *map(str, range(1, 25)), "24", "365", "360", "2", "1"], pa.string())


def codes(role: int, archetype: int, numbers: Ints) -> Ints:
    """Return the code of each domain, different for all domains of a seed."""
    return numbers | (archetype << NUMBER_BITS) | (role << (NUMBER_BITS + ARCHETYPE_BITS))


def scattered(code: Ints, seed: int) -> U64:
    """Return the codes in an order of the seed's own: one to one on 35 bits."""
    state = code.astype(np.uint64)
    with np.errstate(over="ignore"):
        for turn in range(3):
            odd = int(mix(seed, key("odd"), turn)) | 1
            state = (state * np.uint64(odd & _MASK) + np.uint64(int(mix(seed, turn)) & _MASK)) & (
                np.uint64(_MASK)
            )
            state ^= state >> np.uint64(18)
    return state


def joined(*parts: pa.Array | str) -> pa.StringArray:
    """Return the texts of each row put together."""
    return pc.binary_join_element_wise(*parts, "")


def words(state: U64) -> pa.StringArray:
    """Return one pronounceable label for each number of 35 bits, different for all of them."""
    parts = [_picked(SYLLABLES, (state >> np.uint64(7 * i)) & np.uint64(127)) for i in range(5)]
    # One label in eight has a hyphen, one in twelve ends in digits: neither makes two alike.
    h = mix(state, key("hyphen"))
    hyphens = pa.array(["", "-"], pa.string()).take(pa.array((unit(h) < 1 / 8).astype(np.int8)))
    digits = np.where(unit(mix(h, 1)) < 1 / 12, below(mix(h, 2), len(_DIGITS)), 0)
    return joined(*parts[:2], hyphens, *parts[2:], _picked(_DIGITS, digits))


def random_letters(state: U64) -> pa.StringArray:
    """Return one label of 8 to 20 random letters for each number of 35 bits, all different."""
    rest, parts = state, []
    for _ in range(8):  # 26^8 > 2^35
        parts.append(_picked(_LETTERS, rest % np.uint64(26)))
        rest = rest // np.uint64(26)
    h = mix(state, key("letters"))
    extra = below(h, 13)
    more = pa.concat_arrays([pa.array([""], pa.string()), _LETTERS])
    for place in range(12):
        letter = below(mix(h, place + 1), 26) + 1
        parts.append(_picked(more, np.where(place < extra, letter, 0)))
    return joined(*parts)


def suffixes(state: U64) -> pa.StringArray:
    """Return a public suffix for each domain."""
    edges = np.cumsum(list(_SUFFIXES.values()))
    place = np.searchsorted(edges / edges[-1], unit(mix(state, key("suffix"))), side="right")
    return _picked(pa.array(list(_SUFFIXES), pa.string()), np.minimum(place, len(edges) - 1))


def registered(
    code: Ints, seed: int, style: str = "words", operator: Ints | None = None
) -> pa.StringArray:
    """Return the registered domain of each code in a style of the parameters.

    Domains of dynamic DNS stand under the suffix of their *operator*.
    """
    state = scattered(code, seed)
    if style == "dynamic" and operator is not None:
        names = pa.array(DYNAMIC_SUFFIXES, pa.string())
        return joined(words(state), ".", _picked(names, operator % len(DYNAMIC_SUFFIXES)))
    if style == "words":
        return joined(words(state), ".", suffixes(state))
    random = random_letters(state)
    if style == "half-random":
        half = pa.array(unit(mix(state, key("half"))) < 0.5)  # noqa: PLR2004 - half of them
        random = pc.if_else(half, random, words(state))
    return joined(random, ".", suffixes(state))


# ------------------------------------------------------------------------------------------ hosts

_USUAL = (
    "www", "", "api", "mail", "cdn", "m", "static", "img", "app", "shop", "blog", "dev", "ftp",
    "vpn", "autodiscover", "webmail", "login", "media", "assets", "news", "portal", "secure",
    "support", "help", "status", "docs", "files", "download", "update", "test", "stage", "video",
)  # fmt: skip
_NUMBERED = ("", "0", "1", "2", "3", "de", "us", "jp", "br", "in", "au", "europe", "asia", "uk")
_SEEDS = ("seed", "dnsseed", "x5.seed", "x9.seed")


def _dotted(labels: tuple[str, ...]) -> pa.StringArray:
    return pa.array([f"{label}." if label else "" for label in labels], pa.string())


_USUAL_TEXTS, _NUMBER_TEXTS, _SEED_TEXTS = map(_dotted, (_USUAL, _NUMBERED, _SEEDS))


def host_labels(sort: str, domain: U64, host: Ints) -> pa.StringArray:
    """Return the text before the registered domain, with its dot or empty, of each host.

    *domain* is the key of the registered domain, *host* the number of the host in it.
    """
    if sort == "numbers":
        return _picked(_NUMBER_TEXTS, host % len(_NUMBERED))
    if sort == "seeds":
        return _picked(_SEED_TEXTS, host % len(_SEEDS))
    if sort == "fresh":
        state = mix(domain, key("label"), host)
        first = np.uint64(_MASK)
        both = joined(random_letters(state & first), ".")
        return pc.if_else(pa.array(unit(mix(domain, key("spoken"))) < 1 / 3),
                          joined(words(state & first), "."), both)  # fmt: skip
    if sort == "users":
        return joined(words(mix(domain, key("user"), host) & np.uint64(_MASK)), ".")
    return _usual(domain, host)


def _usual(domain: U64, host: Ints) -> pa.StringArray:
    """Return www or the domain itself first, the other one second, then words of a list."""
    swapped = (unit(mix(domain, key("www"))) < 0.4).astype(np.int64)  # noqa: PLR2004 - chosen
    rest = len(_USUAL) - 2
    later = 2 + (host + below(mix(domain, key("labels")), rest)) % rest
    place = np.where(host < 2, (host + swapped) % 2, later)  # noqa: PLR2004 - the first two
    far = host >= rest  # beyond the list: numbered hosts
    if not far.any():
        return _picked(_USUAL_TEXTS, place)
    numbered = joined("s", pa.array(host).cast(pa.string()), ".")
    return pc.if_else(pa.array(far), numbered, _picked(_USUAL_TEXTS, place))


def _picked(texts: pa.StringArray, place: Ints | U64) -> pa.StringArray:
    return texts.take(pa.array(place.astype(np.int32)))
