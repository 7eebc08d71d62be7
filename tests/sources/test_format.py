from __future__ import annotations

import pytest

from fluxhound.sources.format import Format, ReadOptions
from fluxhound.sources.sniff import FORMATS

#: What a format may say that it cannot show.
UNSEEN = {"ttl", "clients", "name-servers"}


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_formats_are_named_for_the_command_line(form: Format) -> None:
    assert form.name == form.name.lower().replace(" ", "-")
    assert form.title.strip()
    assert set(form.not_observable) <= UNSEEN


def test_options_default_to_what_the_source_says() -> None:
    options = ReadOptions()
    assert (options.sensor, dict(options.columns), options.time_unit) == (None, {}, None)
