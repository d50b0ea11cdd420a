"""The demo: a whole TellOnce with invented people, in one process, from an empty folder."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from pathlib import Path

from bot import intake
from bot.app import App, database_file
from bot.config import load_config
from bot.demo_crm import EVENTS, NAME, DemoCrm, secret_in
from bot.demo_phone import DemoPhone
from bot.live import Hub
from bot.master_key import create_master_key
from dialogs.types import Actor, ActorKind
from store.uow import UnitOfWork

FOLDER = Path("demo")
PEOPLE = Path(__file__).with_name("demo_people.csv")
STAFF = (("mei", "reviewer", "en"), ("omar", "supervisor", "en"))
PORTS = range(8000, 8050)
INVENTOR = Actor(ActorKind.SYSTEM, "demo", "command line")


def demo_settings(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo: everything in one folder, codes on the demo phone, one target: the demo's CRM.

    What the caller's environment sets already stays as it is.
    """
    port = int(environ.get("TELLONCE__WEB__PORT") or free_port())
    url = environ.get("TELLONCE__WEB__PUBLIC_URL") or f"http://127.0.0.1:{port}"
    target = {
        "name": NAME,
        "url": f"http://127.0.0.1:{port}{EVENTS}",
        "secret": secret_in(folder / "crm.secret"),
        "fields": ["address", "phone", "email", "name"],
    }
    return {
        "TELLONCE__STORE__URL": f"sqlite:///{folder}/tellonce.db",
        "TELLONCE__KEYS__MASTER_FILE": str((folder / "master.key").absolute()),
        "TELLONCE__BACKUPS__FOLDER": str((folder / "backups").absolute()),
        "TELLONCE__BACKUPS__ERASURES": str((folder / "erasures.list").absolute()),
        "TELLONCE__WEB__PORT": str(port),
        "TELLONCE__WEB__PUBLIC_URL": url,
        "TELLONCE__NOTIFY__PHONE": json.dumps(["demo://phone"]),
        "TELLONCE__NOTIFY__EMAIL": json.dumps(["demo://phone"]),
        "TELLONCE__TARGETS": json.dumps([target]),
        "TELLONCE__STAFF__TOTP": "optional",  # the printed links are all one needs
        "TELLONCE__RISKS__YOUNG_LINK__ADD_PROOF": "false",  # every chat of a demo is young
    } | dict(environ)


def free_port() -> int:
    """The first port of ours that nobody uses."""
    for port in PORTS:
        with contextlib.closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise OSError(f"ports {PORTS.start} to {PORTS.stop - 1} are all in use")


def open_demo(folder: Path, environ: Mapping[str, str]) -> App:
    """The application of the demo, its store ready and its people invented. Opens the same demo again later."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = demo_settings(folder, environ)
    config = load_config(None, settings)
    if not config.keys.master_file.exists():
        create_master_key(config.keys.master_file)
    if (file := database_file(config)) is not None:
        file.touch(mode=0o600)  # readable by this account alone
    hub = Hub()
    crm = DemoCrm(json.loads(settings["TELLONCE__TARGETS"])[0]["secret"])
    app = App(config, hub=hub, demo_phone=DemoPhone(hub.publish), demo_crm=crm)
    app.database.upgrade()
    app.database.write(lambda uow: invent(app, uow))
    return app


def invent(app: App, uow: UnitOfWork) -> None:
    """The people, once."""
    now = app.clock()
    if uow.customers.page("", 1):
        return
    tiers = frozenset(app.policy.check_in.cycles)
    house = intake.House(app.policy.region, app.policy.language.value, app.config.timezone, tiers)
    for row in intake.read_customers(PEOPLE, house, now).rows:
        if row.customer is None:
            raise ValueError(f"{PEOPLE.name}:{row.line}: {row.wrong[0]}")
        uow.customers.add(row.customer, now, INVENTOR)
    for name, role, language in STAFF:
        uow.staff.add(name, role, now, INVENTOR, language=language)


def sign_in_links(app: App) -> dict[str, str]:
    """A fresh one-time sign-in link per member of staff."""
    now = app.clock()

    def act(uow: UnitOfWork) -> dict[str, str]:
        return {f"{m.name} ({m.role})": uow.staff.sign_in_link(m.name, now) for m in uow.staff.all()}

    base = f"{app.config.web.public_url}/console/sign-in"
    return {who: f"{base}/{token}" for who, token in app.database.write(act).items()}
