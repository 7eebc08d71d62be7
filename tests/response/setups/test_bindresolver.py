from fluxhound.response.setups.bindresolver import OPTIONS_FILE, ZONES_FILE, setup
from tests.response.setups.sample import OPTIONS


def test_changes_are_taken_at_once_and_signed_answers_are_rewritten() -> None:
    text = setup(OPTIONS)[OPTIONS_FILE]
    assert text.count("min-update-interval 1") == 4
    assert "break-dnssec yes" in text
    assert "qname-wait-recurse no" in text
    assert text.index("pass.rpz") < text.index("block.rpz") < text.index("watch.rpz")


def test_zones_are_taken_with_the_key() -> None:
    text = setup(OPTIONS)[ZONES_FILE]
    assert text.count('primaries { 192.0.2.53 port 5402 key "fluxhound"; };') == 4
    assert text.count('allow-notify { key "fluxhound"; };') == 4
