"""config.yml: every key is read and documented, every mistake has its line, secrets stay out."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from bot.config import Config, ConfigError, explain, file_of, json_schema, load_config
from bot.config_explain import explanation
from bot.config_fields import FieldSection
from bot.config_sections import TargetSection
from bot.config_source import DEPTH_LIMIT, SIZE_LIMIT, Source, read_environment, read_text
from bot.errors import UsageError
from dialogs.policy import Policy
from dialogs.request import Importance
from dialogs.types import Need
from nlu.types import BUILT_IN_FIELDS, Language

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "config.yml"
SECRETS = {
    "staff.oidc.client_secret",
    "keys.master_key",
    "keys.next_key",
    "keys.hsm.pin",
    "channels.telegram.token",
    "channels.telegram.webhook_secret",
    "channels.webhooks.secret",
    "channels.whatsapp.token",
    "channels.whatsapp.app_secret",
    "channels.whatsapp.verify_token",
    "channels.wechat.secret",
    "channels.wechat.token",
    "channels.wechat.encoding_aes_key",
    "channels.wecom.secret",
    "channels.wecom.token",
    "channels.wecom.encoding_aes_key",
    "targets.secret",
}
TARGET = {"name": "crm", "url": "http://127.0.0.1:9/hook", "secret": "whsec_c2VjcmV0", "fields": ["phone"]}


def _write(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def _problems(folder: Path, text: str | bytes, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        load_config(_write(folder, text), environ)
    return [str(problem) for problem in raised.value.problems]


TABLES = {"access.groups", "check_ins.cycles", "channels.whatsapp.templates", "channels.wechat.templates"}
"""What a company fills in freely."""


def _leaves(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Every key of the model, dotted; a list of sections counts as a section."""
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
        section = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        inside = section if f"{path}{name}" not in TABLES else None
        yield from _leaves(inside, f"{path}{name}.") if inside else iter([f"{path}{name}"])


def _written(values: Any, path: str = "") -> Iterator[str]:
    for name, value in values.items():
        free = f"{path}{name}" in TABLES
        yield from _written(value, f"{path}{name}.") if isinstance(value, dict) and not free else iter([path + name])


def test_the_shipped_file_says_exactly_the_defaults() -> None:
    assert load_config(SHIPPED, {}) == Config()


def test_without_a_file_the_defaults_apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_config(None, {}) == Config()


def test_every_key_is_written_in_the_shipped_file() -> None:
    text = SHIPPED.read_text()
    written = set(_written(yaml.safe_load(text))) | {
        f"targets.{name}" for name in re.findall(r"(?m)^#   [- ] (\w+): ", text)
    }
    written |= {f"channels.webhooks.{name}" for name in re.findall(r"(?m)^  #   [- ] (\w+): ", text)}
    written |= {
        f"access.rules.{name}"
        for line in re.findall(r"(?m)^  #     - \{(.*)\}", text)
        for name in re.findall(r"(\w+): ", line)
    }
    known = set(_leaves(Config))

    assert written - {"targets", "channels.webhooks", "access.rules"} == known - SECRETS
    assert all(f"`{key.rpartition('.')[2]}`" in text for key in SECRETS)


def test_every_key_has_a_comment() -> None:
    """Each key follows a comment, its own or that of the block it stands in."""
    commented = False
    for line in SHIPPED.read_text().splitlines():
        commented = line.lstrip().startswith("#") or (commented and bool(line))
        plain = line.strip() in {"telegram:", "enabled: true", "enabled: false"} or line.endswith(":")
        assert commented or plain or not line, line


CHANGES: dict[str, Any] = {
    "company": "Ours",
    "locale": "zh",
    "region": "CN",
    "timezone": "Asia/Shanghai",
    "notice_version": "2",
    "retention.archive_after_months": 24,
    "retention.delete_after_years": 7,
    "codes.digits": 8,
    "codes.lifetime": "5m",
    "codes.attempts": 3,
    "codes.sends_per_chat": 2,
    "codes.sends_per_customer": 2,
    "codes.sends_per_destination": 2,
    "codes.attempts_per_customer": 2,
    "codes.window": "12h",
    "silence.nudge": "5m",
    "silence.park": "1h",
    "silence.expire": "3d",
    "review.ordinary_days": 3,
    "review.important_days": 5,
    "review.opens": "08:30",
    "review.closes": "17:00",
    "review.country": "CN",
    "review.extra_holidays": ["2027-02-05"],
    "review.extra_workdays": ["2027-02-06"],
    "review.receipt_silence": "24h",
    "review.answer_within": "7d",
    "check_ins.enabled": False,
    "check_ins.cycles": {"standard": 100},
    "check_ins.fields": ["email"],
    "check_ins.quiet_from": "21:00",
    "check_ins.quiet_until": "08:00",
    "check_ins.gap": "10d",
    "check_ins.expires": "2d",
    "check_ins.later": "1d",
    "check_ins.task_after": "60d",
    "customers.number": "K-{year}-{serial}",
    "limits.misunderstandings": 3,
    "limits.link_token_lifetime": "1h",
    "limits.owner_idle": "10m",
    "targets.name": [TARGET],
    "access.groups": {"contact": ["phone"]},
    "access.rules.role": [{"role": "agent"}],
    "access.rules.team": [{"role": "agent", "team": "north"}],
    "access.rules.customers": [{"role": "agent", "customers": "own"}],
    "access.rules.decide": [{"role": "reviewer", "team": "north", "decide": ["other"]}],
    "access.rules.reveal": [{"role": "agent", "reveal": ["other"]}],
} | {
    f"fields.{name}.{key}": value
    for name in BUILT_IN_FIELDS
    for key, value in {
        "enabled": not getattr(Config().fields, name).enabled,
        "sensitive": not getattr(Config().fields, name).sensitive,
        "proofs": ["on_file", "phone_on_file"],
        "importance": "important" if getattr(Config().fields, name).importance == "ordinary" else "ordinary",
    }.items()
}
CHANGES |= {
    f"risks.{rule}.{key}": value
    for rule, section in Config().risks
    for key, value in {
        "fields": ["email"],
        "add_proof": not section.add_proof,
        "add_approver": not section.add_approver,
        "cooling_off": "5d",
        "stop": not section.stop,
        "within": "2h",
        "count": 9,
    }.items()
    if hasattr(section, key)
}
JOINED = {  # read where the application is joined, not by the core
    "metrics.worker_host",
    "metrics.worker_port",
    "tracing.endpoint",
    "tracing.share",
    "store.url",
    "keys.master_file",
    "keys.master_key",
    "keys.next_key",
    "keys.hsm.module",
    "keys.hsm.token_label",
    "keys.hsm.key_label",
    "keys.hsm.pin",
    "backups.folder",
    "backups.offsite",
    "backups.erasures",
    "backups.keep_days",
    "backups.keep_days_offsite",
    "web.host",
    "web.port",
    "web.public_url",
    "channels.telegram.enabled",
    "channels.telegram.token",
    "channels.telegram.api_base",
    "channels.telegram.mode",
    "channels.telegram.webhook_secret",
    "channels.webhooks.name",
    "channels.webhooks.url",
    "channels.webhooks.secret",
    "channels.whatsapp.enabled",
    "channels.whatsapp.phone_number_id",
    "channels.whatsapp.token",
    "channels.whatsapp.app_secret",
    "channels.whatsapp.verify_token",
    "channels.whatsapp.api_base",
    "channels.whatsapp.templates",
    "channels.wechat.enabled",
    "channels.wechat.app_id",
    "channels.wechat.secret",
    "channels.wechat.token",
    "channels.wechat.mode",
    "channels.wechat.encoding_aes_key",
    "channels.wechat.api_base",
    "channels.wechat.templates",
    "channels.wecom.enabled",
    "channels.wecom.corp_id",
    "channels.wecom.agent_id",
    "channels.wecom.secret",
    "channels.wecom.token",
    "channels.wecom.encoding_aes_key",
    "channels.wecom.api_base",
    "notify.phone",
    "notify.email",
    "targets.url",
    "targets.secret",
    "targets.read_url",
    "log.level",
    "audit.keep",
    "limits.messages_per_chat",
    "limits.calls_per_account",
    "limits.calls_per_address",
    "staff.totp",
    "staff.session_idle",
    "staff.session_length",
    "staff.oidc.issuer",
    "staff.oidc.client_id",
    "staff.oidc.client_secret",
    "staff.oidc.label",
    "staff.oidc.scopes",
    "staff.oidc.claim",
    "staff.oidc.amr",
    "staff.oidc.acr",
    "staff.oidc.only",
}
FILES = {
    "keys.hsm.pin_file",
    "channels.telegram.token_file",
    "channels.telegram.webhook_secret_file",
    "channels.webhooks.secret_file",
    "channels.whatsapp.token_file",
    "channels.whatsapp.app_secret_file",
    "channels.whatsapp.verify_token_file",
    "channels.wechat.secret_file",
    "channels.wechat.token_file",
    "channels.wechat.encoding_aes_key_file",
    "channels.wecom.secret_file",
    "channels.wecom.token_file",
    "channels.wecom.encoding_aes_key_file",
    "staff.oidc.client_secret_file",
    "notify.phone_file",
    "notify.email_file",
    "targets.secret_file",
}


def test_every_key_is_read() -> None:
    assert set(CHANGES) | JOINED | FILES | {"targets.fields"} == set(_leaves(Config))


@pytest.mark.parametrize("key", CHANGES)
def test_every_rule_reaches_the_core(key: str) -> None:
    """Changing one key, and nothing else, changes the policy."""
    section, _, rest = key.partition(".")
    value: Any = CHANGES[key]
    if section == "access":
        rest = rest.split(".")[0]
    if section != "targets":
        for part in reversed(rest.split(".") if rest else []):
            value = {part: value}
    if key.startswith("fields.") and value[rest.split(".")[0]].get("importance") == "important":
        value[rest.split(".")[0]]["proofs"] = ["on_file", "phone_on_file"]
    source = {f"TELLONCE__{section.upper()}": json.dumps(value) if isinstance(value, dict | list) else str(value)}

    # A section given as JSON is laid over the defaults like one in the file.
    assert load_config(SHIPPED, source).policy() != Config().policy()


@pytest.mark.parametrize("key", sorted(JOINED))
def test_what_the_core_does_not_read_is_read_by_the_application(key: str) -> None:
    if not (ROOT / "bot" / "commands" / "serve.py").exists():
        pytest.skip("nothing is served yet")
    name = key.rpartition(".")[2]
    code = [p.read_text() for p in (ROOT / "bot").rglob("*.py") if not p.name.startswith("config")]

    assert any(re.search(rf"\.{name}\b", text) for text in code)


def test_the_policy_is_the_one_of_the_rule_books() -> None:
    policy = load_config(SHIPPED, {}).policy()

    assert policy.fields["name"].importance is Importance.IMPORTANT
    assert policy.fields["phone"].proofs == (Need.ON_FILE, Need.NEW_CONTACT)
    assert policy.fields["address"].proofs == (Need.ON_FILE,)
    assert policy.codes == Policy().codes
    assert policy.silence == Policy().silence
    assert policy.check_in == Policy().check_in
    assert policy.review == Policy().review


def test_targets_are_the_recipients_of_their_fields() -> None:
    config = load_config(None, {"TELLONCE__TARGETS": json.dumps([TARGET])})

    assert config.policy().fields["phone"].recipients == ("crm",)
    assert config.policy().fields["email"].recipients == ()
    assert config.targets[0].secret == TARGET["secret"]


def test_a_partial_section_keeps_the_other_defaults(tmp_path: Path) -> None:
    config = load_config(_write(tmp_path, "fields: {name: {sensitive: true}}\n"), {})

    assert config.fields.name == FieldSection(
        importance=Importance.IMPORTANT, sensitive=True, proofs=(Need.PHONE_ON_FILE,)
    )


MISTAKES = [
    ("company: 5\n", "config.yml:1: company: should be a valid string"),
    ("locale: en\nsilens: {}\n", "config.yml:2: silens: no such key; did you mean silence?"),
    ("web:\n  prot: 1\n", "config.yml:2: web.prot: no such key; did you mean port?"),
    ("web:\n  port: 70000\n", "config.yml:2: web.port: should be less than or equal to 65535"),
    ("web:\n  port: many\n", "config.yml:2: web.port: should be a valid integer"),
    ("web: [1]\n", "config.yml:1: web: should hold keys"),
    ("locale: en\nweb:\n", "config.yml:2: web: should hold keys"),
    ("- a\n", "config.yml:1: should hold keys"),
    ("company: a\ncompany: b\n", "config.yml:2: company: is there already, in line 1"),
    ("a: &x 1\nb: *x\n", "config.yml:2: aliases (*name) are not supported"),
    ("company: [\n", "config.yml:2: is not YAML"),
    ("company: !!python/object/apply:os.system [ls]\n", "config.yml:1: "),
    ("company: a\n\tlocale: en\n", "config.yml:2: is not YAML"),
    ("a: 1\n---\nb: 2\n", "config.yml:2: is not YAML"),
    ("1: 2\n", "config.yml:1: a key should be a plain word"),
    ("codes:\n  lifetime: 1h\n", "config.yml:2: codes.lifetime: should be less than or equal to"),
    ("codes:\n  lifetime: soon\n", "config.yml:2: codes.lifetime: should be a number and a unit"),
    ("codes:\n  digits: 4\n", "config.yml:2: codes.digits: should be greater than or equal to 6"),
    ("silence:\n  nudge: 5h\n", "config.yml:1: silence: nudge must come before park"),
    ("review:\n  opens: 19:00\n", "config.yml:1: review: opens must be earlier than closes"),
    ("review:\n  opens: 7\n", "config.yml:2: review.opens: "),
    ("review:\n  extra_holidays:\n    - 2027-02-30\n", "config.yml:3: review.extra_holidays[0]: should be a date"),
    ("timezone: Mars/Base\n", "config.yml:1: timezone: is no time zone"),
    ("region: usa\n", "config.yml:1: region: should be the two capital letters"),
    ("region: QQ\n", "config.yml:1: region: no holiday calendar is known"),
    ("fields:\n  phone:\n    proofs: [new_contact]\n", "config.yml:2: fields.phone: proofs may never be"),
    ("fields:\n  address:\n    proofs: [on_file, new_contact]\n", "config.yml:2: fields.address: new_contact proves"),
    ("fields:\n  address:\n    importance: important\n", "config.yml:2: fields.address: an important field needs"),
    ("fields:\n  adress: {}\n", "config.yml:2: fields.adress: no such key; did you mean address?"),
    ("store:\n  url: mysql://h/d\n", "config.yml:2: store.url: should begin with sqlite:/// or postgresql://"),
    ("channels:\n  telegram:\n    enabled: true\n", "config.yml:2: channels.telegram: is enabled without a token"),
    ("targets:\n  - name: crm\n", "config.yml:2: targets[0].url: is missing"),
    ("access:\n  rules:\n    - role: boss\n", "config.yml:3: access.rules[0].role: should be 'agent'"),
    ("access:\n  groups: {a: [phone], b: [phone]}\n", "config.yml:2: access.groups: phone is in two groups"),
    (
        "access:\n  groups: {a: [fone]}\n",
        "config.yml:1: access: the group a names a field that is not among fields: fone",
    ),
    ("access:\n  groups: {other: [phone]}\n", "config.yml:2: access.groups: other is the group of all fields"),
    (
        "access:\n  rules:\n    - {role: agent, decide: [other]}\n",
        "config.yml:3: access.rules[0].decide: the role agent",
    ),
    (
        "access:\n  rules:\n    - {role: operations, reveal: [other]}\n",
        "config.yml:3: access.rules[0].reveal: the role",
    ),
    ("access:\n  rules:\n    - {role: agent, reveal: [a]}\n", "config.yml:2: access.rules: the 1. names a group"),
    (
        "access:\n  groups: {a: [phone]}\n  rules:\n    - {role: reviewer, decide: [a]}\n",
        "config.yml:3: access.rules: no reviewer would decide on the group other",
    ),
    ("staff:\n  oidc: {issuer: 'https://l.example'}\n", "config.yml:2: staff.oidc.client_id: is missing"),
    ("staff:\n  oidc: {issuer: 'http://l.example', client_id: a}\n", "config.yml:2: staff.oidc.issuer: should begin"),
    ("staff:\n  oidc:\n    only: true\n", "config.yml:3: staff.oidc.only: nobody could sign in"),
    ("staff:\n  oidc:\n    client_secret: abc\n", "config.yml:3: staff.oidc.client_secret: a secret does not belong"),
    ("staff:\n  oidc: {issuer: 'https://l.example', client_id: a, scopes: [x]}\n", "config.yml:2: staff.oidc.scopes: "),
    ("company: \x07\n", "config.yml:1: holds a control character"),
    (b"company: a\nlocale: \xff\n", "config.yml:2: is not UTF-8"),
    ("company: " + "a" * SIZE_LIMIT, "config.yml: is larger than 64 KB and was not read"),
    ("a: " + "[" * (DEPTH_LIMIT + 1), "config.yml:1: is nested too deeply"),
    ("a: " + "[" * 60_000, "config.yml:1: is nested too deeply"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str | bytes, expected: str) -> None:
    found = _problems(tmp_path, text)

    assert any(problem.startswith(expected) for problem in found), found


def test_every_mistake_is_listed_at_once(tmp_path: Path) -> None:
    found = _problems(tmp_path, "company: 1\nlocal: en\nchannels: {telegram: {token: x}}\n", TELLONCE__WEB__PORT="x")

    assert [problem.split(": ")[0] for problem in found] == [
        "TELLONCE__WEB__PORT",
        "config.yml:1",
        "config.yml:2",
        "config.yml:3",
    ]


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    for call in ((tmp_path / "no.yml", {}), (None, {"TELLONCE_CONFIG": str(tmp_path / "no.yml")})):
        with pytest.raises(ConfigError, match=r"no\.yml: cannot be read: No such file"):
            load_config(*call)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(tmp_path, {})


def test_another_file_is_named_by_the_environment(tmp_path: Path) -> None:
    path = _write(tmp_path, "company: Elsewhere\n")

    assert load_config(None, {"TELLONCE_CONFIG": str(path)}).company == "Elsewhere"


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    assert load_config(_write(tmp_path, "# nothing\n"), {}) == Config()


def test_yaml_holds_no_surprises(tmp_path: Path) -> None:
    text = "region: NO\nreview: {opens: 08:00, closes: 18:30, extra_workdays: [2027-02-06]}\nweb: {port: 0100}\n"
    config = load_config(_write(tmp_path, text), {})

    assert config.region == "NO"
    assert config.review.closes == dt.time(18, 30)
    assert config.review.extra_workdays == (dt.date(2027, 2, 6),)
    assert config.web.port == 100


def test_the_environment_wins(tmp_path: Path) -> None:
    path = _write(tmp_path, "web: {port: 1, host: a}\nlocale: en\n")
    environ = {
        "TELLONCE__WEB__PORT": "9000",
        "TELLONCE__LOCALE": "zh",
        "TELLONCE__CHECK_INS__FIELDS": '["email"]',
        "TELLONCE__FIELDS__EMAIL__ENABLED": "false",
        "TELLONCE__NOTIFY__PHONE": '["json://127.0.0.1:9/"]',
        "TELLONCE__STORE__URL": "postgresql+psycopg://u:secret@h/db",
        "PATH": "/bin",
    }
    config = load_config(path, environ)

    assert (config.web.port, config.web.host, config.locale) == (9000, "a", Language.ZH)
    assert config.check_ins.fields == ("email",)
    assert not config.fields.email.enabled
    assert config.notify.phone == ("json://127.0.0.1:9/",)
    assert config.store.url.endswith("@h/db")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TELLONCE__WEBB__PORT", "1", "webb: no such key; did you mean web?"),
        ("TELLONCE__TARGETS", "[{", "targets: is not JSON"),
        ("TELLONCE__TARGETS", "[" * 9000, "targets: is not JSON"),
        ("TELLONCE__TARGETS", "crm", "targets: should be"),
        ("TELLONCE__", "1", ": is no place in the configuration"),
        ("TELLONCE__COMPANY__NAME", "x", "company.name: is no place in the configuration"),
        ("TELLONCE__WEB__PORT", "-1", "web.port: should be greater"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        load_config(SHIPPED, {name: value})

    assert any(expected in str(p) for p in raised.value.problems), str(raised.value)
    assert all(str(p).startswith(name) for p in raised.value.problems), str(raised.value)


LITERAL = [
    ("channels: {telegram: {token: '1:hush'}}", "token_file or TELLONCE__CHANNELS__TELEGRAM__TOKEN"),
    ("channels: {telegram: {webhook_secret: hush}}", "TELLONCE__CHANNELS__TELEGRAM__WEBHOOK_SECRET"),
    ("targets: [{name: a, url: 'http://a', secret: hush, fields: [phone]}]", "secret_file or TELLONCE__TARGETS"),
    (
        "channels: {webhooks: [{name: acme-app, url: 'http://a', secret: hush}]}",
        "secret_file or TELLONCE__CHANNELS__WEBHOOKS",
    ),
    ("store: {url: 'postgresql://u:hush@h/d'}", "TELLONCE__STORE__URL"),
    ("notify: {phone: ['twilio://sid:hush@from']}", "phone_file or TELLONCE__NOTIFY__PHONE"),
    ("notify: {email: ['mailtos://me:hush@example.org']}", "email_file or TELLONCE__NOTIFY__EMAIL"),
    ("targets: [{name: a, url: 'http://u:hush@a', secret_file: x, fields: [phone]}]", "a password does not belong"),
]


@pytest.mark.parametrize(("text", "advice"), LITERAL)
def test_a_secret_in_the_file_is_refused_with_advice_and_not_repeated(tmp_path: Path, text: str, advice: str) -> None:
    found = _problems(tmp_path, text)

    assert any(advice in problem for problem in found), found
    assert "hush" not in "\n".join(found)


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("1:hush\n")
    (tmp_path / "urls").write_text("json://a:1/\njson://b:1/\n")
    text = """
channels: {telegram: {enabled: true, token_file: token}}
notify: {phone_file: urls}
targets: [{name: crm, url: "http://a", secret_file: token, fields: [phone]}]
"""
    config = load_config(_write(tmp_path, text), {})

    assert config.channels.telegram.token == config.targets[0].secret == "1:hush"
    assert config.notify.phone == ("json://a:1/", "json://b:1/")
    assert "hush" not in repr(config)


def test_the_environment_wins_over_a_secret_file(tmp_path: Path) -> None:
    path = _write(tmp_path, "channels: {telegram: {token_file: nowhere}}\n")

    assert load_config(path, {"TELLONCE__CHANNELS__TELEGRAM__TOKEN": "2:b"}).channels.telegram.token == "2:b"


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name in ("nowhere", "empty", "."):
        text = f"channels:\n  telegram:\n    token_file: {name}\n"
        assert _problems(tmp_path, text) == [
            "config.yml:3: channels.telegram.token_file: the file that it names cannot be read, or is empty"
        ]


def test_no_secret_is_shown_by_repr() -> None:
    environ = {
        "TELLONCE__TARGETS": json.dumps([TARGET | {"secret": "hush"}]),
        "TELLONCE__CHANNELS__TELEGRAM__TOKEN": "hush",
        "TELLONCE__NOTIFY__EMAIL": '["mailto://u:hush@h"]',
        "TELLONCE__STORE__URL": "postgresql://u:hush@h/d",
    }

    assert "hush" not in repr(load_config(SHIPPED, environ))


def test_the_schema_knows_every_section_and_accepts_the_shipped_file() -> None:
    schema = json_schema()

    assert set(schema["properties"]) == set(Config.model_fields)
    assert schema["$defs"]["TargetSection"]["additionalProperties"] is False
    assert set(schema["$defs"]["TargetSection"]["properties"]) == set(TargetSection.model_fields)
    assert json.loads(json.dumps(schema)) == schema


def test_explain_says_who_decides_and_what_a_risk_adds() -> None:
    policy = load_config(SHIPPED, {"TELLONCE__TARGETS": json.dumps([TARGET])}).policy()

    assert explanation(policy, "name").approvers == ("reviewer", "supervisor")
    assert explanation(policy, "phone").recipients == ("crm",)
    assert explanation(policy, "phone").cooling_off == "0s"
    assert explanation(policy, "phone", "lost_contact").cooling_off == "3d"
    assert explanation(policy, "phone", "lost_contact").approvers == ("reviewer", "supervisor")
    assert "a second, independent contact on file" in explanation(policy, "bank_account", "young_link").proofs[-1]
    assert explanation(policy, "address", "young_link").proofs == ("on_file",)
    assert "held for a person" in explain(Config(), "phone", "contact_on_other_customer")
    assert "a consent of its own" in explain(Config(), "bank_account")
    off = Config.model_validate({"fields": {"bank_account": {"enabled": False, "proofs": ["phone_on_file"]}}})
    assert "offered a person" in explain(off, "bank_account")
    assert "reviewer, then supervisor, within 2 working day(s)" in explain(Config(), "name")
    with pytest.raises(UsageError, match="did you mean address"):
        explain(Config(), "adress")
    with pytest.raises(UsageError, match="there is no risk"):
        explain(Config(), "phone", "rain")


def test_the_file_that_is_read_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert file_of(None, {}) is None
    assert file_of(None, {"TELLONCE_CONFIG": "a.yml"}) == Path("a.yml")
    assert file_of(Path("b.yml"), {"TELLONCE_CONFIG": "a.yml"}) == Path("b.yml")


leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
names = st.sampled_from([key for path in _leaves(Config) for key in path.split(".")]) | st.text(max_size=8)
trees = st.recursive(leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4))
_QUICK = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


def _config_or_error(path: Path, environ: dict[str, str]) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(load_config(path, environ), Config)


@_QUICK
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_a_configuration_or_problems(tmp_path: Path, raw: bytes) -> None:
    _config_or_error(_write(tmp_path, raw), {})


@_QUICK
@given(tree=st.dictionaries(names, trees, max_size=4))
def test_any_yaml_gives_a_configuration_or_problems(tmp_path: Path, tree: dict[str, Any]) -> None:
    _config_or_error(_write(tmp_path, yaml.safe_dump(tree, allow_unicode=True)), {})


@_QUICK
@given(path=st.lists(names, min_size=1, max_size=4), value=st.text(max_size=30) | trees.map(json.dumps))
def test_any_variable_gives_a_configuration_or_problems(path: list[str], value: str) -> None:
    _config_or_error(SHIPPED, {"TELLONCE__" + "__".join(path).upper(): value})


@given(st.text(alphabet="{}[]:,-&*!|>'\"%@`#?\n ab1.", max_size=60))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    source = Source()

    read_text(text, source)
    read_environment({}, source)

    assert isinstance(source.values, dict)


def test_a_risk_rule_names_only_fields_that_there_are(tmp_path: Path) -> None:
    (problem,) = _problems(tmp_path, "risks: {young_link: {fields: [phone, fone]}}")

    assert "young_link names a field that is not among fields: fone" in problem
