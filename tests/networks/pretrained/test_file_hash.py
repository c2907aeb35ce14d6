import hashlib

from kineograph.networks.pretrained.file_hash import file_hash


def test_equals_hashlib(tmp_path):
    path = tmp_path / "weights"
    path.write_bytes(b"kineograph")
    assert file_hash(path) == hashlib.sha256(b"kineograph").hexdigest()
