import shutil
from pathlib import Path

from tests.response.lists.sample import checked, run


def test_suricata_gets_a_dataset_and_rules_with_numbers_of_their_own(tmp_path: Path) -> None:
    """Its grammar, checked by hand: there is no Suricata in the distribution that tests run on."""
    files = checked(tmp_path, "suricata")
    rules = [line for line in files["fluxhound.rules"].splitlines() if not line.startswith("#")]
    assert all(line.startswith("alert dns any any -> any any (msg:") for line in rules)
    assert all(line.endswith("; rev:1;)") and line.count('"') % 2 == 0 for line in rules)
    numbers = [line.split("sid:")[1].split(";")[0] for line in rules]
    assert len(set(numbers)) == len(numbers)
    assert files["fluxhound-names.lst"].splitlines()[0] == "YWxpYXMuZXhhbXBsZQ=="  # alias.example
    assert any('content:".watched.example"; nocase; endswith;' in line for line in rules)
    if shutil.which("suricata"):
        run("suricata", "-T", "-S", str(tmp_path / "fluxhound.rules"), "-l", str(tmp_path))
