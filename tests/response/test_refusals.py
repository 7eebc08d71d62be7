import pytest

from fluxhound.response import refusals
from fluxhound.response.refusals import PublishError, UnreachableError, clocks, mistrusted, refused


@pytest.mark.parametrize(
    ("rcode", "words"),
    [
        (refusals.REFUSED, "allow-update"),
        (refusals.NOTAUTH, "key_name"),
        (refusals.NXDOMAIN, "respond setup"),
        (refusals.NOTIMP, "dynamic"),
        (refusals.FORMERR, "FORMERR"),
        (refusals.NOTZONE, "outside"),
        (15, "response code 15"),
    ],
)
def test_codes_become_sentences(rcode: int, words: str) -> None:
    error = refused(rcode, "The primary", "block.rpz", "key")
    assert words in str(error)
    assert "block.rpz" in str(error) or rcode in {refusals.NOTIMP, refusals.FORMERR}
    assert not isinstance(error, UnreachableError)


def test_a_primary_that_cannot_now_is_tried_again() -> None:
    assert isinstance(refused(refusals.SERVFAIL, "The primary", "z", "key"), UnreachableError)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (refusals.BADSIG, "key_file"),
        (refusals.BADKEY, "does not know the key k"),
        (refusals.BADTIME, "NTP"),
        (refusals.BADTRUNC, "longer signatures"),
        (99, "error 99"),
    ],
)
def test_distrust_becomes_sentences(code: int, words: str) -> None:
    assert words in str(mistrusted(code, "The primary", "k", None))


@pytest.mark.parametrize(
    ("skew", "words"),
    [(600, "600 s ahead of ours"), (-600, "600 s behind ours"), (None, "differ;")],
)
def test_clocks_are_compared(skew: float | None, words: str) -> None:
    assert words in clocks("The primary", skew)


def test_errors_without_a_text_say_what_to_do() -> None:
    assert "[publish]" in str(PublishError())
