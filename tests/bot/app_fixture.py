"""A whole application on an empty database, and a client that calls its server in-process."""

from __future__ import annotations

import atexit
import datetime as dt
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from starlette.exceptions import StarletteDeprecationWarning

from bot.app import App
from bot.config import Config
from bot.demo_phone import DemoPhone
from bot.server import make_server
from dialogs.types import Actor, ActorKind
from store.customers import NewCustomer

with warnings.catch_warnings():  # it would rather have httpx2, which nothing else here needs
    warnings.simplefilter("ignore", StarletteDeprecationWarning)
    from starlette.testclient import TestClient

SITE = "http://testserver"
OPERATOR = Actor(ActorKind.SYSTEM, "test", "test")
START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)  # a Monday morning


class Clock:
    """Time that moves only when told to."""

    def __init__(self, now: dt.datetime = START) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def forward(self, by: dt.timedelta) -> None:
        self.now += by


class House:
    """An application with what tests need around it."""

    def __init__(self, app: App, clock: Clock, server: object, client: TestClient) -> None:
        self.app, self.clock, self.server, self.client = app, clock, server, client

    def customer(self, no: str = "CUST202601010001", **values: object) -> str:
        """Add a customer with a name, a phone and an address; returns the number."""
        new = NewCustomer(
            name={"full": "Ada Example"},
            phone={"e164": "+12025550147"},
            address={"number": "4", "street": "Elm Street", "city": "Springfield", "postcode": "62701"},
            no=no,
            **values,  # type: ignore[arg-type]  # names of NewCustomer
        )
        self.app.database.write(lambda uow: uow.customers.add(new, self.clock(), OPERATOR))
        return no

    def staff(self, name: str, role: str, password: str | None = None) -> str:
        """Add a member of staff; returns the name."""

        def act(uow):  # type: ignore[no-untyped-def]
            uow.staff.add(name, role, self.clock(), OPERATOR)
            if password is not None:
                uow.staff.set_password(name, password, self.clock(), OPERATOR)

        self.app.database.write(act)
        return name

    def token(self, name: str, scopes: Sequence[str], channel: str | None = None) -> dict[str, str]:
        """The header of a new API token; one that may decide is active, as if its person had activated it."""

        def act(uow):  # type: ignore[no-untyped-def]
            made = uow.staff.token_new(name, scopes, self.clock(), OPERATOR, channel=channel)
            if {"decide", "erase"} & set(scopes):
                uow.staff.token_activate(uow.staff.token_of(made).id, self.clock(), OPERATOR)
            return made

        secret = self.app.database.write(act)
        return {"Authorization": f"Bearer {secret}"}


MASTER = b"k" * 32


@cache
def migrated() -> Path:
    """An empty database, upgraded once; the others are copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="tellonce-house-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    app = App(Config.model_validate(_places(folder)))
    app.database.upgrade()
    app.close()
    return folder / "t.db"


def _places(folder: Path) -> dict[str, object]:
    key = folder / "master.key"
    key.write_bytes(MASTER)
    key.chmod(0o600)
    return {
        "store": {"url": f"sqlite:///{folder}/t.db"},
        "keys": {"master_file": str(key)},
        "backups": {"erasures": str(key.with_name("erasures.list"))},
    }


@contextmanager
def house(folder: Path, *, public_url: str = SITE, demo: bool = False, **sections: object) -> Iterator[House]:
    """The application, its server and a client; `sections` are further ones of config.yml."""
    if not (folder / "t.db").exists():
        shutil.copy(migrated(), folder / "t.db")
    config = Config.model_validate({**_places(folder), "web": {"public_url": public_url}, **sections})
    clock = Clock()
    app = App(config, clock=clock, demo_phone=DemoPhone() if demo else None)
    try:
        app.database.upgrade()
        server = make_server(app)
        with TestClient(server, base_url=public_url, headers={"Origin": public_url}) as client:
            yield House(app, clock, server, client)
    finally:
        app.close()
