"""What each measure of a finding is called, in which unit it is, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

#: What stands where a value could not be observed: never 0, never "no".
UNSEEN = "\u2013"  # en dash

MINUTE, HOUR, DAY = 60, 3_600, 86_400
#: From here on, digits after the point say nothing.
THOUSAND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure: its key in the document, its title, its unit and what it counts."""

    key: str
    title: str
    unit: str  # "" for a count, "s" for seconds, "share" for 0 to 1
    about: str


#: The measures that every finding carries, in the order in which they are shown.
KNOWN = (
    Measure(key="addresses", title="addresses", unit="", about="Distinct addresses answered."),
    Measure(key="ipv4", title="IPv4 addresses", unit="", about="Distinct IPv4 addresses."),
    Measure(key="ipv6", title="IPv6 addresses", unit="", about="Distinct IPv6 addresses."),
    Measure(
        key="prefixes",
        title="prefixes",
        unit="",
        about="Distinct address prefixes that the addresses lie in.",
    ),
    Measure(
        key="asns",
        title="ASNs",
        unit="",
        about="Distinct autonomous systems that announce the addresses.",
    ),
    Measure(
        key="countries",
        title="countries",
        unit="",
        about="Distinct countries that the addresses are registered in.",
    ),
    Measure(
        key="ttl_max",
        title="largest TTL",
        unit="s",
        about="Largest TTL seen: caches count down, so the mean would say less.",
    ),
    Measure(key="answers", title="answers", unit="", about="Responses that carried addresses."),
    Measure(
        key="refreshes",
        title="refreshes",
        unit="",
        about="Changes from one answer set to the next, per vantage point.",
    ),
    Measure(
        key="new_rate",
        title="new addresses per refresh",
        unit="share",
        about="Mean share of an answer set that was never seen before, over the refreshes.",
    ),
    Measure(key="clients", title="clients", unit="", about="Distinct clients that asked."),
    Measure(
        key="ns_hosts",
        title="name-server hosts",
        unit="",
        about="Distinct name-server names of the zone.",
    ),
    Measure(
        key="ns_addresses",
        title="name-server addresses",
        unit="",
        about="Distinct addresses of the zone's name servers.",
    ),
)

#: Other measures that the detector gives: key -> title and unit.
MORE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "operators": ("operators", ""),
        "subnets": ("subnets", ""),
        "sensors": ("vantage points", ""),
        "names": ("names", ""),
        "asked_names": ("names asked for", ""),
        "pool_domains": ("registered domains on the same pool", ""),
        "ns_refreshes": ("address changes of name servers", ""),
        "ns_set_changes": ("changes of the name-server set", ""),
        "ns_ttl": ("largest TTL of NS", "s"),
        "ns_address_ttl": ("largest TTL of name-server addresses", "s"),
        "set_largest": ("largest answer", "addresses"),
        "new_rate_late": ("new addresses per refresh, later half", "share"),
        "heaps": ("exponent of pool growth", ""),
        "fluxiness": ("addresses per answer size (fluxiness)", ""),
        "growth": ("addresses per response", ""),
        "set_size": ("mean answer", "addresses"),
        "mixed_sets": ("answers of several operators", "share"),
        "prefix_spread": ("spread over prefixes, 0 to 1", ""),
        "asn_spread": ("spread over ASNs, 0 to 1", ""),
        "eyeball_share": ("addresses on access lines", "share"),
        "hosting_share": ("addresses in hosting and cloud", "share"),
        "cdn_share": ("addresses in CDNs", "share"),
        "education_share": ("addresses in education and government", "share"),
        "unknown_share": ("addresses of unknown kind", "share"),
        "unroutable_share": ("addresses that cannot be routed", "share"),
        "residence_s": ("stay of an address (median)", "s"),
        "return_rate": ("addresses that came back", "share"),
        "change_interval_s": ("time between changes (median)", "s"),
        "change_ratio": ("time between changes, in TTLs", ""),
        "retention_1d": ("pool still there after 1 day", "share"),
        "retention_3d": ("pool still there after 3 days", "share"),
        "retention_7d": ("pool still there after 7 days", "share"),
        "pool_estimate": ("estimated pool", "addresses"),
        "agreement": ("agreement of vantage points", "share"),
        "domains_per_address": ("registered domains per address (median)", ""),
        "reused_share": ("addresses shared by names of the domain", "share"),
        "name_life_s": ("life of a name (median)", "s"),
        "ns_new_per_day": ("new name-server addresses", "a day"),
        "ns_eyeball_share": ("name servers on access lines", "share"),
        "ns_self_hosted": ("name servers inside the domain", "share"),
    }
)

BY_KEY: Mapping[str, Measure] = MappingProxyType({measure.key: measure for measure in KNOWN})


def count(value: float | None) -> str:
    """Return a count with thousands separated, or a dash.

    >>> count(4812331)
    '4,812,331'
    """
    return UNSEEN if value is None else f"{value:,.0f}"


def amount(number: int, noun: str, nouns: str = "") -> str:
    """Return how many there are of a thing; *nouns* is its plural where that is not *noun* + s.

    >>> amount(1, "record"), amount(2000, "address", "addresses")
    ('1 record', '2,000 addresses')
    """
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def number(value: float | None) -> str:
    """Return any number, as short as it stays true to three digits.

    >>> number(0.98342), number(61.0), number(12345.6)
    ('0.983', '61', '12,346')
    """
    if value is None:
        return UNSEEN
    if float(value).is_integer() or abs(value) >= THOUSAND:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def share(value: float | None) -> str:
    """Return a share of one in per cent.

    >>> share(0.964), share(0.0004), share(0.997)
    ('96%', '<1%', '>99%')
    """
    if value is None:
        return UNSEEN
    if 0 < value < 0.005:  # noqa: PLR2004 - rounds to none, and is not
        return "<1%"
    if 0.995 <= value < 1:  # noqa: PLR2004 - rounds to all, and is not
        return ">99%"
    return f"{value:.0%}"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units.

    >>> duration(45), duration(5400), duration(90000), duration(0.25)
    ('45 s', '1 h 30 min', '1 d 1 h', '0.25 s')
    """
    if seconds < 10:  # noqa: PLR2004 - below this, fractions of a second are worth showing
        return f"{seconds:.2g} s"
    whole = round(seconds)
    steps = ((whole // DAY, "d"), (whole % DAY // HOUR, "h"), (whole % HOUR // MINUTE, "min"))
    parts = [f"{amount:,} {unit}" for amount, unit in (*steps, (whole % MINUTE, "s"))]
    first = next(place for place, part in enumerate(parts) if not part.startswith("0 "))
    kept = [part for part in parts[first : first + 2] if not part.startswith("0 ")]
    return " ".join(kept)


def unit_of(key: str) -> str:
    """Return the unit of the measure *key*; of one that we do not know, by how its name ends.

    >>> unit_of("ttl_max"), unit_of("odd_share"), unit_of("odd_s"), unit_of("odd")
    ('s', 'share', 's', '')
    """
    if key in BY_KEY:
        return BY_KEY[key].unit
    if key in MORE:
        return MORE[key][1]
    if key.endswith(("_share", "_rate")):
        return "share"
    return "s" if key.endswith("_s") else ""


def others(seen: Mapping[str, float | None]) -> list[str]:
    """Return the keys beyond the known ones that have a value, related ones side by side."""
    unknown = sorted(seen.keys() - BY_KEY.keys() - MORE.keys())
    return [key for key in (*MORE, *unknown) if seen.get(key) is not None]


def title(key: str) -> str:
    """Return the title of the measure *key*; one that we do not know is its own title."""
    if key in BY_KEY:
        return BY_KEY[key].title
    return MORE[key][0] if key in MORE else key.replace("_", " ")


def with_unit(value: float | None, unit: str) -> str:
    """Return *value* with its unit, as evidence shows it.

    >>> with_unit(0.96, "share"), with_unit(300, "s"), with_unit(1, "refreshes")
    ('96%', '300 s', '1 refresh')
    """
    if value is None:
        return UNSEEN
    if unit == "share":
        return share(value)
    return f"{number(value)} {_singular(unit) if value == 1 else unit}".rstrip()


def written(key: str, value: float | None) -> str:
    """Return the value of the measure *key* as people read it."""
    if key.endswith("_s") and value is not None and value >= 0:
        return duration(value)
    return with_unit(value, unit_of(key))


#: Nouns that end in a hiss take "es".
_SIBILANTS = (("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"))


def _singular(unit: str) -> str:
    """Return the unit for one of a thing; symbols of one or two letters have no plural."""
    if len(unit) <= 2:  # noqa: PLR2004 - s, ms, ns
        return unit
    for plural, one in (("ies", "y"), *_SIBILANTS, ("s", "")):
        if unit.endswith(plural):
            return unit.removesuffix(plural) + one
    return unit
