"""The time of day where a host is: hours to add to UTC, by country."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fluxhound.enrichment.tables import country_code
from fluxhound.lab.dice import U64, Ints, Reals, below

#: Standard time (IANA time zone database; no daylight saving, which moves a day by an hour at
#: most) of the countries with one zone, or where nearly all people live in one.
_ONE_ZONE: Mapping[float, str] = {
    -11: "AS NU UM",
    -10: "CK PF",
    -8: "PN",
    -6: "BZ CR GT HN NI SV",
    -5: "BS CO CU EC HT JM KY PA PE TC",
    -4: "AG AI AN AW BB BL BM BO BQ CL CW DM DO GD GP GY KN LC MF MQ MS PR PY SX TT VC VE VG VI",
    -3: "AR FK GF PM SR UY",
    -2: "GL GS",
    -1: "CV",
    0: "AC BF CI EH FO GB GG GH GM GN GW IE IM IS JE LR MA ML MR PT SH SL SN ST TG",
    1: "AD AL AO AT BA BE BJ BV CD CF CG CH CM CZ DE DK DZ ES FR GA GI GQ HR HU IT LI LU MC ME MK"
    " MT NE NG NL NO PL RS SE SI SJ SK SM TD TN VA XK",
    2: "AX BG BI BW CY EE EG FI GR IL LB LS LT LV LY MD MW MZ NA PS RO RW SD SS SZ UA ZA ZM ZW",
    3: "BH BY DJ ER ET IQ JO KE KM KW MG QA SA SO SY TR TZ UG YE YT",
    3.5: "IR",
    4: "AE AM AZ GE MU OM RE SC",
    4.5: "AF",
    5: "KZ MV PK TF TJ TM UZ",
    5.5: "IN LK",
    5.75: "NP",
    6: "BD BT IO KG",
    6.5: "CC MM",
    7: "CX KH LA TH VN",
    8: "BN CN HK MO MY PH SG TW",
    9: "JP KP KR PW TL",
    10: "GU MP PG",
    11: "NC NF SB VU",
    12: "FJ KI MH NR NZ TV WF",
    13: "TK TO WS",
}

#: Countries whose people live in several zones; which of them a stretch of addresses is in, the
#: tables do not tell. Repeated zones have more people (chosen, not measured).
_ZONES: Mapping[str, tuple[float, ...]] = {
    "US": (-5, -5, -5, -6, -6, -7, -8, -8),
    "CA": (-5, -5, -5, -8, -7, -6, -4),
    "MX": (-6, -6, -6, -7),
    "BR": (-3, -3, -3, -3, -4),
    "RU": (3, 3, 3, 3, 5, 5, 7, 10),
    "AU": (10, 10, 10, 8, 9.5),
    "ID": (7, 7, 7, 8, 9),
    "MN": (8, 7),
    "FM": (11, 10),
}

_WIDEST = 8  # zones listed for one country at most


def utc_offsets(country: Ints, h: U64) -> Reals:
    """Return hours to add to UTC for country codes; the hash chooses among several zones.

    What is in no table (satellites, Antarctica, unknown) keeps UTC.
    """
    return OFFSETS[country, below(h, _WIDEST)]


def _offsets() -> Reals:
    table = np.zeros((1 << 16, _WIDEST), dtype=np.float64)
    for hours, letters in _ONE_ZONE.items():
        for country in letters.split():
            table[country_code(country)] = hours
    for country, zones in _ZONES.items():
        table[country_code(country)] = (zones * _WIDEST)[:_WIDEST]
    return table


OFFSETS = _offsets()
