"""A token of SoftHSM2, Debian's PKCS#11 in software: one for the run, a label for each test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

LATER = "no SoftHSM2 here: apt-get install softhsm2"
MODULES = tuple(f"{folder}/libsofthsm2.so" for folder in ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib"))
PIN = "246810"
_serial = count(1)


def tokens(folder: Path) -> Callable[[], dict[str, str]]:
    """Makes places for keys; returns what `keys.hsm` says of one. Without SoftHSM2 a test is skipped at a desk and
    fails in the gate. The module reads its place once a process and sees no token that is made later."""
    module = next((path for path in MODULES if Path(path).exists()), None)
    if module is None:
        if os.environ.get("CI"):
            pytest.fail(LATER)
        pytest.skip(LATER)
    conf = folder / "softhsm2.conf"
    (folder / "tokens").mkdir()
    conf.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(conf)

    command = ["softhsm2-util", "--init-token", "--free", "--label", "test", "--pin", PIN, "--so-pin", "13579"]
    subprocess.run(command, check=True, capture_output=True)
    return lambda: {"module": str(module), "token_label": "test", "pin": PIN, "key_label": f"key-{next(_serial)}"}
