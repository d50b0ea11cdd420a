"""A whole TellOnce, as `tellonce serve` runs it, with every logger at DEBUG.

`python -m tests.crash.server FOLDER HTTP WEB CLOSED`; codes are first offered to port CLOSED, where nobody listens.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from bot.app import App
from bot.config import Config
from bot.config_fields import FieldsSection
from bot.serving import run
from tests.crash.scene import config

CARD = {
    "label": {"en": "loyalty card number", "zh": "会员卡号"},
    "purpose": {"en": "so that your points are counted", "zh": "让积分记到您的会员卡上"},
    "pattern": "LC-?[0-9]{8}",
    "examples": {"en": ["my loyalty card has changed to LC-99990000"], "zh": ["我的会员卡号换成LC-99990000了"]},
}


def configuration(folder: Path, http: int, web: int, closed: int) -> Config:
    """The company's, with a web server and a first way for codes that fails."""
    plain = config(folder, http)
    nobody = f"json://127.0.0.1:{closed}/"
    ways = {kind: (nobody, *getattr(plain.notify, kind)) for kind in ("phone", "email")}
    address = {"port": web, "public_url": f"http://127.0.0.1:{web}"}
    return plain.model_copy(
        update={
            "notify": plain.notify.model_copy(update=ways),
            "web": plain.web.model_copy(update=address),
            "fields": FieldsSection.model_validate({"loyalty_card": CARD}),
        }
    )


def main() -> None:
    """Serve until terminated."""
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.captureWarnings(True)
    logging.getLogger("test").debug("everything is logged")
    folder, *ports = sys.argv[1:]
    app = App(configuration(Path(folder), *map(int, ports)))
    app.check()
    run(app, lambda: print("ready", flush=True))  # noqa: T201 - the parent waits for it
    app.close()


if __name__ == "__main__":
    main()
