import errno
from pathlib import Path

import pytest

from fluxhound.errors import ConfigurationError
from fluxhound.response.lists.writing import write


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


def test_files_are_written_and_secrets_kept_close(tmp_path: Path) -> None:
    write(tmp_path / "new", {"hosts": "a\n", "key": "s\n"}, secret=frozenset({"key"}))
    assert modes(tmp_path / "new") == {"hosts": 0o644, "key": 0o600}
    assert (tmp_path / "new" / "hosts").read_text() == "a\n"


def test_a_file_that_is_right_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": "a\n"})
    before = (tmp_path / "hosts").stat().st_ino
    write(tmp_path, {"hosts": "a\n"})
    assert (tmp_path / "hosts").stat().st_ino == before
    write(tmp_path, {"hosts": "b\n"})
    assert (tmp_path / "hosts").read_text() == "b\n"


def test_a_secret_that_others_could_read_is_closed(tmp_path: Path) -> None:
    write(tmp_path, {"key": "s\n"})
    write(tmp_path, {"key": "s\n"}, secret=frozenset({"key"}))
    assert modes(tmp_path) == {"key": 0o600}


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"hosts": "a\n"})

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ConfigurationError, match="No space left"):
        write(tmp_path, {"hosts": "b\n"})
    assert (tmp_path / "hosts").read_text() == "a\n"
    assert modes(tmp_path) == {"hosts": 0o644}


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write(tmp_path / "x", {"hosts": ""})
