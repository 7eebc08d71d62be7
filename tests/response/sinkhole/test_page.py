from __future__ import annotations

import pytest

from fluxhound.errors import UsageError
from fluxhound.response.sinkhole.page import LONGEST_CONTACT, render_answer, render_head


def parts(answer: bytes) -> tuple[list[str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode("ascii").split("\r\n"), body


def test_the_answer_says_why_and_is_not_kept() -> None:
    head, body = parts(render_answer())
    assert head[0] == "HTTP/1.1 403 Forbidden"
    assert f"Content-Length: {len(body)}" in head
    assert {"Cache-Control: no-store", "Connection: close"} <= set(head)
    assert b"may be infected" in body


def test_head_has_the_same_head() -> None:
    assert parts(render_head("x")) == (parts(render_answer("x"))[0], b"")


def test_the_operators_text_is_shown_as_text() -> None:
    body = parts(render_answer("<b>Call</b> 'Büro' & \"x\""))[1].decode()
    assert "<p>&lt;b&gt;Call&lt;/b&gt; &#x27;Büro&#x27; &amp; &quot;x&quot;</p>" in body


def test_the_operators_text_is_bounded() -> None:
    with pytest.raises(UsageError, match="at most 500"):
        render_answer("x" * (LONGEST_CONTACT + 1))
