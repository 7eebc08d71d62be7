import pytest

from fluxhound.errors import UsageError
from fluxhound.response.lists.choice import FORMS, render
from tests.response.lists.sample import ENTRIES, NAMES
from tests.response.rules import NOW


@pytest.mark.parametrize("form", FORMS)
def test_the_order_of_entries_does_not_matter(form: str) -> None:
    assert render(form, ENTRIES, NAMES, NOW) == render(form, ENTRIES[::-1], NAMES, NOW)


@pytest.mark.parametrize("form", FORMS)
def test_files_without_entries_are_whole(form: str) -> None:
    files = render(form, [], NAMES, NOW)
    assert files
    assert all(not text or text.endswith("\n") for text in files.values())


@pytest.mark.parametrize("form", [each for each in FORMS if each != "rpz"])
def test_names_with_odd_characters_stay_out(form: str) -> None:
    assert all("odd" not in text for text in render(form, ENTRIES, NAMES, NOW).values())


def test_an_unknown_form_is_told() -> None:
    with pytest.raises(UsageError, match="take one of rpz"):
        render("csv", [], NAMES, NOW)
