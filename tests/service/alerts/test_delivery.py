from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fluxhound.service.alerts.delivery import DeliveryError, Letter, written
from fluxhound.service.alerts.settings import MessageFormat
from fluxhound.sharing.headline import Told
from tests.service.alerts import letters
from tests.sharing import alerting, builders


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        (MessageFormat.ECS, b'{"@timestamp":'),
        (MessageFormat.OCSF, b'{"category_uid":2'),
        (MessageFormat.CEF, b"CEF:0|"),
        (MessageFormat.LEEF, b"LEEF:2.0|"),
        (MessageFormat.JSON, b'{"schema_version":1,'),
    ],
)
def test_every_format_is_written(form: MessageFormat, begin: bytes) -> None:
    assert written(letters.letter(), form).startswith(begin)


@pytest.mark.parametrize("form", list(MessageFormat))
@pytest.mark.parametrize("limit", [900, 2048, 8192])
def test_messages_are_as_detailed_as_fits(form: MessageFormat, limit: int) -> None:
    letter = Letter(told=alerting.alert(), addresses=alerting.ADDRESSES)
    assert len(written(letter, form, limit)) <= limit


@pytest.mark.parametrize("form", list(MessageFormat))
def test_longest_names_fit_a_datagram(form: MessageFormat) -> None:
    name = ".".join(["\\255" * 60] * 4) + ".example"
    letter = Letter(told=alerting.alert(builders.finding(name), link="https://x/" + "y" * 3000))
    assert len(written(letter, form, 1800)) <= 1800


def test_what_cannot_be_short_enough_is_refused() -> None:
    with pytest.raises(DeliveryError) as caught:
        written(letters.letter(), MessageFormat.ECS, 100)
    assert caught.value.permanent


@given(alerting.told, st.sampled_from(MessageFormat), alerting.addresses)
def test_a_message_is_one_line(told: Told, form: MessageFormat, addresses: list[str]) -> None:
    message = written(Letter(told=told, addresses=tuple(addresses)), form)
    assert not set(message) & set(b"\r\n\0")
    if form not in {MessageFormat.CEF, MessageFormat.LEEF}:
        assert isinstance(orjson.loads(message), dict)
