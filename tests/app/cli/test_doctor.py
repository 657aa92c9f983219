"""What `doctor` says of providers, keys and addresses; it must not say ok for what cannot work."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from pipelines.providers import registry
from pipelines.providers.offline.specs import PICO
from pipelines.providers.registry import SHIPPED, Registry
from pipelines.providers.spec import Needs
from voiceagent.app import reception
from voiceagent.app.cli import doctor, findings
from voiceagent.app.cli.findings import DoctorReport, PartFinding
from voiceagent.app.cli.health import Health
from voiceagent.app.settings import Settings
from voiceagent.errors import OwnerFixable

COOLCARE = Path("business/coolcare.toml").resolve()
TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t" * 32}
STRIPE = {"STRIPE_WEBHOOK_SECRET": "whsec_x"}
REALTIME = {"SPEECH_TO_SPEECH_PROVIDER": "openai_realtime", "OPENAI_API_KEY": "sk-x"}

KEYLESS_EARS = Registry().keyless().names["stt"]
"""Which depends on how many processors there are."""


async def report(
    monkeypatch: pytest.MonkeyPatch, folder: Path, env: str = "", **settings: str
) -> DoctorReport:
    """`doctor` in an empty folder, but for the database."""

    async def database(_: Settings) -> PartFinding:
        return PartFinding(part="database", uses="", why="", health=Health.OK)

    monkeypatch.setattr(doctor, "_database", database)
    monkeypatch.chdir(folder)
    (folder / ".env").write_text(env)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return await doctor.examine(Settings.read())


def found(report: DoctorReport, part: str) -> PartFinding:
    (one,) = (finding for finding in report.findings if finding.part == part)
    return one


async def test_each_kind_has_what_it_uses_why_and_what_it_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = await report(monkeypatch, tmp_path)
    assert said.healthy
    for part, name in [
        ("speech to text", KEYLESS_EARS),
        ("dialogue", "house"),
        ("text to speech", "pico"),
        ("speech to speech", "nothing"),
    ]:
        assert found(said, part).uses == name
        assert "not set" in found(said, part).why
    assert {one.name for one in said.providers if one.used} == {
        KEYLESS_EARS,
        "house",
        "pico",
    }
    assert all(one.capabilities for one in said.providers)
    missing = {one.name: one.missing for one in said.providers if one.missing}
    assert not {"pocketsphinx", "whisper", "house", "pico", "espeak-ng"} & missing.keys()
    assert missing["deepgram"] == ("DEEPGRAM_API_KEY",)
    assert missing["cartesia"] == ("CARTESIA_API_KEY",)
    assert DoctorReport.model_validate_json(said.model_dump_json()) == said
    out = io.StringIO()
    findings.print_findings(Console(file=out, width=200), said)
    assert f"* speech to text: {KEYLESS_EARS}: partial transcripts: on request" in out.getvalue()


@pytest.mark.parametrize(
    ("settings", "uses", "why"),
    [
        ({}, "none (a text that does not arrive is read out by telephone)", "not both set"),
        (
            {"EMAIL_FROM": "office@example.com", "RESEND_API_KEY": "re_x"},
            "Resend",
            "no letters are taken in",
        ),
        (
            {
                "EMAIL_FROM": "office@example.com",
                "SMTP_URL": "smtps://u:p@mail.example.com",
                "INBOUND_EMAIL_SECRET": "twelve-characters",
            },
            "SMTP",
            "letters are answered",
        ),
    ],
)
async def test_who_sends_e_mail_is_said(
    settings: dict[str, str],
    uses: str,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said = await report(monkeypatch, tmp_path, **settings)
    assert found(said, "e-mail").uses == uses
    assert why in found(said, "e-mail").why


@pytest.mark.parametrize(
    ("settings", "part", "chain"),
    [
        ({"DEEPGRAM_API_KEY": "x"}, "speech to text", f"deepgram, then {KEYLESS_EARS}"),
        ({"CARTESIA_API_KEY": "x"}, "text to speech", "cartesia, then pico"),
        (
            {"DEEPGRAM_API_KEY": "x", "STT_PROVIDER": "pocketsphinx,deepgram"},
            "speech to text",
            "pocketsphinx, then deepgram",
        ),
        ({"DEEPGRAM_API_KEY": "x", "STT_PROVIDER": "deepgram"}, "speech to text", "deepgram"),
    ],
)
async def test_who_takes_over_from_whom_is_said(
    settings: dict[str, str],
    part: str,
    chain: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said = await report(monkeypatch, tmp_path, **settings)
    assert found(said, part).uses == chain
    kind = {one.kind for one in said.providers if one.kind.words == part}.pop()
    used = {one.name for one in said.providers if one.used and one.kind is kind}
    assert used == set(chain.split(", then "))


@pytest.mark.parametrize("where", ["environment", "file"])
async def test_a_key_that_nothing_uses_is_not_ok(
    where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "sk-abcdefgh12345"
    if where == "file":
        said = await report(monkeypatch, tmp_path, env=f"ELEVENLABS_API_KEY={key}\n")
    else:
        said = await report(monkeypatch, tmp_path, ELEVENLABS_API_KEY=key)
    unused = found(said, "setting")
    assert unused.health is Health.UNUSED
    assert "ELEVENLABS_API_KEY" in unused.why
    assert key not in said.model_dump_json()
    assert key in Settings.read().secrets()


async def test_a_misspelt_name_in_the_file_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    env = "MAX_CALS=3\nmax_calls=4\nVOICEAGENT_VENV=/x\nSOME_FLAG=true\n"
    said = await report(monkeypatch, tmp_path, env=env)
    names = [finding.why.split()[0] for finding in said.findings if finding.part == "setting"]
    assert names == ["MAX_CALS", "SOME_FLAG"]
    assert "true" not in Settings.read().secrets()


@pytest.mark.parametrize(
    ("settings", "part", "says"),
    [
        ({"STT_PROVIDER": "nope"}, "speech to text", "provider.unknown"),
        ({"TTS_PROVIDER": "nope"}, "text to speech", "espeak-ng"),
        ({"LLM_PROVIDER": "nope"}, "dialogue", "house"),
        ({"SPEECH_TO_SPEECH_PROVIDER": "nope"}, "speech to speech", "provider.unknown"),
        (TWILIO, "carrier", "PUBLIC_URL"),
        (TWILIO | {"PUBLIC_URL": "http://localhost:8080"}, "carrier", "PUBLIC_URL"),
        (STRIPE | {"STRIPE_API_KEY": "hello"}, "payments", "sk_"),
        ({"STRIPE_API_KEY": "sk_test_x"}, "payments", "STRIPE_WEBHOOK_SECRET"),
    ],
)
async def test_what_cannot_work_is_wrong(
    settings: dict[str, str],
    part: str,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    said = await report(monkeypatch, tmp_path, **settings)
    assert not said.healthy
    assert found(said, part).health is Health.WRONG
    assert says in found(said, part).problem


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        (TWILIO | {"PUBLIC_URL": "https://voice.example.com"}, "carrier"),
        (TWILIO | {"TWILIO_API_URL": "http://127.0.0.1:9"}, "carrier"),
        (STRIPE | {"STRIPE_API_KEY": "sk_test_x"}, "payments"),
        (REALTIME, "speech to speech"),
    ],
)
async def test_what_can_work_is_ok(
    settings: dict[str, str], part: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert found(await report(monkeypatch, tmp_path, **settings), part).health is Health.OK


@pytest.mark.parametrize(
    ("url", "used", "stays"),
    [("http://10.0.0.5:11434/v1", "openai", True), ("https://m.example.com/v1", "house", False)],
)
async def test_in_private_a_model_is_used_on_own_hosts_only(
    url: str, used: str, stays: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = await report(
        monkeypatch, tmp_path, PRIVACY="local", OPENAI_API_KEY="sk-x", OPENAI_BASE_URL=url
    )
    assert said.healthy
    assert found(said, "dialogue").uses == used
    assert ("PRIVACY" in found(said, "dialogue").why) is not stays
    assert [one.private for one in said.providers if one.name == "openai"] == [stays]


async def test_in_private_a_recogniser_elsewhere_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wants = {"PRIVACY": "local", "STT_PROVIDER": "deepgram", "DEEPGRAM_API_KEY": "x"}
    heard = found(await report(monkeypatch, tmp_path, **wants), "speech to text")
    assert (heard.health, "PRIVACY=local" in heard.problem) == (Health.WRONG, True)


@pytest.mark.parametrize(
    ("written", "health", "problem"),
    [('{"flags": {}}', Health.OK, ""), ('{"flags": {"x": 1}}', Health.WRONG, "flags.x")],
)
async def test_flags_are_read(
    written: str, health: Health, problem: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "flags.json").write_text(written)
    said = found(await report(monkeypatch, tmp_path, FLAGS_FILE="flags.json"), "flags")
    assert (said.uses, said.health) == ("flags.json", health)
    assert problem in said.problem


@pytest.mark.parametrize(
    ("voice", "used", "why"),
    [
        ("en-us", "pico", "no other is configured"),
        ("ES", "pico", "no other is configured"),
        ("pt-br", "espeak-ng", "pico needs another offline_voice"),
        ("en-us+f3", "espeak-ng", "(en-us, en-gb, es-es, de-de, fr-fr, it-it)"),
    ],
)
async def test_the_voice_of_a_language_that_pico_has_not_is_espeaks(
    voice: str, used: str, why: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(COOLCARE.read_text().replace('"en-us"', f'"{voice}"'))
    said = await report(monkeypatch, tmp_path, BUSINESS_FILE=str(file))
    assert found(said, "text to speech").uses == used
    assert why in found(said, "text to speech").why
    (pico,) = (one for one in said.providers if one.name == "pico")
    assert bool(pico.missing) == (used != "pico")


async def test_without_picos_package_espeak_speaks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    gone = replace(PICO, needs=Needs(modules=("no_such_module",), extra="py-nanotts"))
    shipped = tuple(gone if one is PICO else one for one in SHIPPED)
    monkeypatch.setattr(registry, "SHIPPED", shipped)
    said = found(await report(monkeypatch, tmp_path), "text to speech")
    assert (said.uses, said.health) == ("espeak-ng", Health.OFFLINE)
    assert "pico needs the package py-nanotts" in said.why


async def test_a_model_that_speaks_leaves_recogniser_and_voice_in_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = await report(monkeypatch, tmp_path, **REALTIME)
    assert found(said, "speech to text").uses == KEYLESS_EARS
    assert found(said, "text to speech").uses == "pico"
    used = {one.name for one in said.providers if one.used}
    assert used == {KEYLESS_EARS, "openai", "pico", "openai_realtime"}


async def test_a_name_of_no_machine_is_wrong_once_it_may_be_looked_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def unknown(host: str, port: int) -> None:
        raise OwnerFixable("serve.port", "Cannot listen there.", where=f"{host}:{port}")

    monkeypatch.setattr(reception, "listen", unknown)
    said = found(await report(monkeypatch, tmp_path, HOST="nobody.invalid"), "listener")
    assert said.health is Health.WRONG
    offline = await doctor.examine(Settings.read(), offline=True)
    assert found(offline, "listener").health is Health.OK
    assert found(offline, "database").health is Health.UNUSED


async def test_each_outside_agent_is_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = await report(
        monkeypatch, tmp_path, FINANCE_URL="https://finance.example", FINANCE_TOKEN="secret-12345"
    )
    assert found(said, "finance agent").uses == "https://finance.example"
    assert found(said, "parts agent").health is Health.OFFLINE
    assert found(said, "parts agent").uses == "parts of the business file"
    assert "secret-12345" not in said.model_dump_json()
    assert said.healthy


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"PARTS_TOKEN": "t" * 12}, "settings.agent"),
        ({"PRIVACY": "local", "PARTS_URL": "https://parts.example"}, "privacy.agent"),
    ],
)
async def test_an_agent_that_cannot_be_had_is_wrong(
    settings: dict[str, str], code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = await report(monkeypatch, tmp_path, **settings)
    assert found(said, "outside agents").health is Health.WRONG
    assert code in found(said, "outside agents").problem


async def test_pages_that_cannot_be_read_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "coolcare.toml"
    file.write_text(COOLCARE.read_text().replace('"pages/coolcare/*"', '"*.pdf", "*.md"'))
    (tmp_path / "plan.md").write_text("# Plan\n\nIt runs for a year.")
    said = await report(monkeypatch, tmp_path, BUSINESS_FILE=str(file))
    assert found(said, "pages").health is Health.OK
    assert found(said, "pages").uses == "1 files"
    (tmp_path / "scan.pdf").write_bytes(b"no PDF")
    said = await report(monkeypatch, tmp_path, BUSINESS_FILE=str(file))
    assert found(said, "pages").health is Health.WRONG
    assert found(said, "pages").problem == "scan.pdf: It is no PDF, or a damaged one."


@pytest.mark.parametrize(
    ("day", "health"), [("2029-12-31", Health.WRONG), ("2030-01-01", Health.OK)]
)
async def test_prices_that_have_not_begun_are_told_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, day: str, health: Health
) -> None:
    file = tmp_path / "coolcare.toml"
    text = COOLCARE.read_text().replace(
        "effective_from = 2025-06-01", "effective_from = 2030-01-01"
    )
    file.write_text(text.replace('"pages/coolcare/*"', ""))
    now = f"{day}T12:00:00-05:00"
    said = await report(monkeypatch, tmp_path, BUSINESS_FILE=str(file), VOICEAGENT_NOW=now)
    one = found(said, "business file")
    assert one.health is health
    assert ("prices[0].effective_from" in one.problem) is (health is Health.WRONG)
