"""Installs Debian's Chromium and Chinese fonts where they are missing (`python -m tests.browser.install`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

CHROMIUM = "/usr/bin/chromium"
PACKAGES = ["chromium", "fonts-noto-cjk"]


def fonts_for_chinese() -> bool:
    """Whether fontconfig finds any font with Chinese glyphs."""
    if (tool := shutil.which("fc-list")) is None:
        return False
    return bool(subprocess.run([tool, ":lang=zh"], capture_output=True, text=True, check=False).stdout.strip())


def main() -> int:
    """Exit 0 when a browser and fonts are there, 1 with a sentence when they cannot be had."""
    if shutil.which(CHROMIUM) and fonts_for_chinese():
        return 0
    if (apt := shutil.which("apt-get")) is None:
        print("The browser tests need Chromium and a Chinese font; install them with your system's packages.")  # noqa: T201 - a command
        return 1
    become = [] if os.geteuid() == 0 else ["sudo", "--non-interactive"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in ([apt, "-qq", "update"], [apt, "-qq", "install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run([*become, *command], env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"{' '.join(command)} failed; run it yourself and try again.")  # noqa: T201 - a command
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
