import dataclasses
import shutil
import subprocess
from pathlib import Path

import pytest

from fluxhound.response.setups.unbound import FILE, setup
from tests.response.setups.sample import OPTIONS


def test_the_module_is_named_and_all_zones() -> None:
    text = setup(OPTIONS)[FILE]
    assert 'module-config: "respip validator iterator"' in text
    assert text.count("primary: 192.0.2.53@5402") == 4
    assert text.count("allow-notify: 192.0.2.53") == 4


@pytest.mark.skipif(not shutil.which("unbound-checkconf"), reason="needs unbound-checkconf")
def test_unbound_takes_it(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(setup(dataclasses.replace(OPTIONS, state=str(tmp_path)))[FILE])
    words = ["unbound-checkconf", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
