from __future__ import annotations

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.errors import FluxhoundError, UnreadableInputError
from fluxhound.records import Finding
from fluxhound.sharing.document import render_json, render_jsonl, to_document
from fluxhound.sharing.saved import from_document, read_saved
from tests.sharing import builders, strategies


@pytest.mark.parametrize("finding", builders.everything(), ids=lambda finding: ascii(finding.name))
def test_a_saved_finding_comes_back_whole(finding: Finding) -> None:
    assert from_document(to_document(finding)) == finding


@given(strategies.findings)
def test_what_was_read_back_is_written_the_same(finding: Finding) -> None:
    document = to_document(finding)
    assert to_document(from_document(document)) == document


def test_both_saved_forms_are_read() -> None:
    findings = tuple(builders.everything())
    assert read_saved(b"".join(render_jsonl(findings))) == findings
    assert read_saved(render_json(findings, builders.totals())) == findings
    assert read_saved(b"\n\n") == ()


def test_one_line_alone_is_a_finding() -> None:
    assert read_saved(next(iter(render_jsonl([builders.cdn()])))) == (builders.cdn(),)


def test_keys_of_a_later_version_are_passed_over() -> None:
    document = {**to_document(builders.cdn()), "later": {"x": 1}}
    assert from_document(document) == builders.cdn()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"1\t2\t3", "Line 1"),
        (b"[]", "Line 1"),
        (b'{"a":1}', "schema version 1"),
        (b'{"findings":[3]}', "schema version 1"),
        (b'{"findings":3}', "schema version 1"),
        (b"\xff\xfe", "Line 1"),
    ],
)
def test_what_is_no_result_is_refused_in_one_sentence(content: bytes, told: str) -> None:
    with pytest.raises(UnreadableInputError, match=told):
        read_saved(content)


def test_a_time_that_is_none_is_refused() -> None:
    document = {**to_document(builders.cdn()), "first_seen": "2026-13-40T99:00:00Z"}
    with pytest.raises(UnreadableInputError, match="time"):
        from_document(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(to_document(builders.single_flux()))), JSON)
def test_a_spoilt_document_never_ends_in_a_traceback(key: str, value: object) -> None:
    document = {**to_document(builders.single_flux()), key: value}
    with contextlib.suppress(FluxhoundError):
        read_saved(orjson.dumps(document))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(FluxhoundError):
        read_saved(content)
