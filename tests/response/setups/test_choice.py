import pytest

from fluxhound.errors import UsageError
from fluxhound.response.setups.choice import KINDS, setup
from fluxhound.response.setups.options import secret
from tests.response.setups.sample import OPTIONS, SECRET


@pytest.mark.parametrize("kind", KINDS)
def test_the_secret_is_only_in_files_that_are_kept_close(kind: str) -> None:
    files = setup(kind, OPTIONS)
    assert files == setup(kind, OPTIONS)
    for name, text in files.items():
        assert (SECRET in text) == secret(name)
        assert text.endswith("\n")


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "knot"])
def test_resolvers_take_the_zones_in_order(kind: str) -> None:
    text = "".join(setup(kind, OPTIONS).values())
    places = [text.index(f"{zone}.rpz.fluxhound") for zone in ("pass", "block", "servers", "watch")]
    assert places == sorted(places)


def test_an_unknown_kind_is_told() -> None:
    with pytest.raises(UsageError, match="take one of knot"):
        setup("nsd", OPTIONS)
