import pytest


@pytest.fixture(autouse=True)
def stores(tmp_path, monkeypatch):
    """Every test has its own folder of stores."""
    monkeypatch.setenv("KINEOGRAPH_STORES", str(tmp_path / "stores"))
    return tmp_path / "stores"
