"""Any finding at all, for property tests."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from fluxhound.records import EntityKind, Evidence, Finding, LookAlike, Severity, VerdictKind
from fluxhound.sharing.measures import BY_KEY

#: Names and texts as a hostile source may give them: controls, overrides, lone surrogates.
texts = st.text(st.characters(exclude_categories=()), max_size=24)
names = st.text(st.characters(exclude_categories=()), min_size=1, max_size=40)
times = st.datetimes(
    datetime(1970, 1, 2), datetime(2099, 12, 31), timezones=st.just(UTC)  # noqa: DTZ001
)  # fmt: skip
scores = st.floats(0, 1)
numbers = st.none() | st.integers(0, 2**53) | st.floats(allow_nan=True, allow_infinity=True)
counts = st.none() | st.integers(0, 10**9)

evidence = st.builds(
    Evidence,
    id=names,
    points=st.floats(-50, 50),
    text=texts,
    value=numbers,
    unit=texts | st.sampled_from(["s", "share", "ASNs", ""]),
    normal=texts,
    score=st.sampled_from(["flux", "malice"]),
)
look_alikes = st.builds(LookAlike, verdict=st.sampled_from(VerdictKind), fit=scores, reason=texts)
measures = st.fixed_dictionaries(
    {key: counts if key != "new_rate" else st.none() | scores for key in BY_KEY},
    optional={"ns_new_per_day": numbers, "eyeball_share": st.none() | scores},
)
findings = st.builds(
    Finding,
    name=names,
    entity=st.sampled_from(EntityKind),
    registered_domain=texts,
    verdict=st.sampled_from(VerdictKind),
    finding=st.booleans(),
    flux=scores,
    malice=scores,
    severity=st.sampled_from(Severity),
    first_seen=times,
    last_seen=times,
    evidence=st.lists(evidence, max_size=4).map(tuple),
    measures=measures,
    baselines=st.dictionaries(texts, st.none() | st.booleans(), max_size=3),
    not_observable=st.lists(texts, max_size=2).map(tuple),
    look_alikes=st.lists(look_alikes, max_size=2).map(tuple),
    counterfactuals=st.lists(texts, max_size=2).map(tuple),
    members=st.lists(texts, max_size=3).map(tuple),
    network=texts,
)
