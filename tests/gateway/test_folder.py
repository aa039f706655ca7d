import shutil
from pathlib import Path

from gateway import folder
from tenants import embedded


def test_data_that_must_lie_elsewhere_goes_with_the_folder_that_led_there(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(embedded, "LONGEST_SOCKET", 0)  # no path is short enough
    monkeypatch.chdir(tmp_path)
    folder.HOME.mkdir()
    home = folder.own_servers().home
    home.mkdir()
    (home / "data").touch()

    assert home.parent == Path("/var/tmp")
    assert (folder.HOME / "servers").resolve() == home
    monkeypatch.setattr(embedded, "LONGEST_SOCKET", 90)
    assert folder.own_servers().home == home
    assert (home / "data").exists()

    shutil.rmtree(folder.HOME)
    folder.HOME.mkdir()
    monkeypatch.setattr(embedded, "LONGEST_SOCKET", 0)
    assert folder.own_servers().home == home
    assert not home.exists()
