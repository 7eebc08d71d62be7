"""Files of every form, read by the programs that they are for."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import dns.zone
import pytest

from fluxhound.response.entries import Answer, Entry, Mode, Trigger
from fluxhound.response.lists.choice import FORMS, render
from fluxhound.response.lists.writing import write
from fluxhound.response.zone import ZoneNames
from tests.response.rules import NOW, entry, logged, passing, sinkholed
from tests.servers.namespace import Namespace, usable

NAMES = ZoneNames.below("rpz.fluxhound")
ENTRIES = [
    entry("bad.example"),
    entry("nodata.example", answer=Answer.NODATA),
    entry("host.shared.example", exact=True),
    sinkholed("flux.example"),
    sinkholed("one.shared.example", exact=True),
    entry("alias.example", mode=Mode.SINKHOLE, answer=Answer.CNAME, target=("s.corp.example",)),
    entry(r"odd\032name\034.example"),
    entry("under_score-.example"),
    passing("good.bad.example"),
    passing("corp.example"),
    entry("host.corp.example"),
    logged("watched.example"),
    entry("ns.bad.example", trigger=Trigger.NSDNAME, exact=True),
    entry("192.0.2.0/24", trigger=Trigger.NSIP),
    entry("198.51.100.7", trigger=Trigger.ADDRESS, hours=2),
    entry("198.51.100.0/28", trigger=Trigger.ADDRESS),
    entry("2001:db8:5::/48", trigger=Trigger.ADDRESS),
]
MANY = [
    *ENTRIES,
    *(entry(f"10.{n // 250}.{n % 250}.0/24", trigger=Trigger.ADDRESS) for n in range(2000)),
]


def checked(tmp_path: Path, form: str, entries: Sequence[Entry] = ENTRIES) -> Mapping[str, str]:
    files = render(form, entries, NAMES, NOW)
    write(tmp_path, files)
    return files


def run(*words: str, expected: int = 0) -> str:
    if not shutil.which(words[0]):
        pytest.skip(f"needs {words[0]}")
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=30)
    told = done.stdout + done.stderr
    assert done.returncode == expected, told
    return told


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


@pytest.mark.parametrize("zone", ["pass", "block", "watch"])
def test_policy_zones_are_zones_to_bind(tmp_path: Path, zone: str) -> None:
    name = f"{zone}.rpz.fluxhound"
    files = checked(tmp_path, "rpz")
    told = run("named-checkzone", "-k", "ignore", name, str(tmp_path / f"{name}.zone"))
    assert f"loaded serial {int(NOW.timestamp())}" in told
    assert dns.zone.from_text(files[f"{name}.zone"], f"{name}.")


def test_local_zones_are_taken_by_unbound(tmp_path: Path) -> None:
    checked(tmp_path, "unbound")
    run("unbound-checkconf", str(tmp_path / "unbound.conf"))


def test_lines_are_taken_by_dnsmasq(tmp_path: Path) -> None:
    checked(tmp_path, "dnsmasq")
    assert "syntax check OK" in run("dnsmasq", "--test", f"--conf-file={tmp_path}/dnsmasq.conf")


@pytest.mark.skipif(not usable(), reason="needs root and network namespaces")
def test_sets_are_taken_by_nftables_twice(tmp_path: Path) -> None:
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    checked(tmp_path, "nftables", MANY)
    with Namespace() as namespace:
        for _ in range(2):
            namespace.run("nft", "-f", str(tmp_path / "fluxhound.nft"))
        told = namespace.run("nft", "list", "ruleset")
    assert "198.51.100.0/28 timeout 1d" in told
    assert "198.51.100.7" not in told  # lies within
    assert "2001:db8:5::/48" in told
    assert told.count("/24 timeout") == 2000


@pytest.mark.skipif(not usable(), reason="needs root and network namespaces")
def test_sets_are_taken_by_ipset_twice(tmp_path: Path) -> None:
    if not shutil.which("ipset"):
        pytest.skip("needs ipset")
    checked(tmp_path, "ipset", MANY)
    with Namespace() as namespace:
        for _ in range(2):
            namespace.run("ipset", "restore", "-exist", "-file", str(tmp_path / "fluxhound.ipset"))
        told = namespace.run("ipset", "list")
    assert "198.51.100.0/28 timeout 86" in told
    assert told.count("/24 timeout") == 2000


def test_hosts_and_filter_lists_say_what_they_can(tmp_path: Path) -> None:
    hosts = checked(tmp_path, "hosts")["hosts"].splitlines()
    assert "0.0.0.0 bad.example" in hosts
    assert ":: host.shared.example" in hosts
    assert "127.0.9.9 flux.example" in hosts
    assert "2001:db8::9 flux.example" in hosts
    assert not any("corp.example" in line for line in hosts)
    rules = checked(tmp_path, "adblock")["adblock.txt"].splitlines()
    assert "||bad.example^" in rules
    assert "|host.shared.example^" in rules
    assert "@@||good.bad.example^" in rules
    assert not any("corp.example" in line for line in rules)
    assert "! Left out, as this kind of file cannot say them: 7." in rules


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
