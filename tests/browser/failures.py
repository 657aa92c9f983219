"""What the page says when something is missing, each in a browser that lacks it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.devtools import Page
from tests.browser.network import network_to, self_signed
from tests.browser.stage import MAY_LISTEN, Booth, booth
from voiceagent.app.installation import password_file
from voiceagent.store.embedded import EmbeddedPostgres

FAKE_MICROPHONE = MAY_LISTEN[0]
ELSEWHERE = "--host-resolver-rules=MAP phone.test 127.0.0.1"
"""A name that is not this machine's, so nothing is secure and nobody is local."""

PROBLEM = (
    "document.getElementById('problem').hidden ? '' : document.getElementById('problem').innerText"
)


async def check_failures(postgres: EmbeddedPostgres, folder: Path) -> list[str]:
    """What was not said, in words."""
    found = []
    checks: tuple[tuple[Callable[[Booth], Awaitable[None]], tuple[str, ...], int], ...] = (
        (no_microphone, ("--deny-permission-prompts", "--use-fake-ui-for-media-stream"), 20),
        (not_allowed, (FAKE_MICROPHONE,), 20),
        (not_secure, (*MAY_LISTEN, ELSEWHERE), 20),
        (by_https, (*MAY_LISTEN, ELSEWHERE, "--ignore-certificate-errors"), 20),
        (engine_full, MAY_LISTEN, 1),
        (signed_out, MAY_LISTEN, 20),
        (lost_for_good, MAY_LISTEN, 20),
        (hung_up, MAY_LISTEN, 20),
    )
    for check, switches, max_calls in checks:
        try:
            async with booth(
                postgres, folder / check.__name__, *switches, max_calls=max_calls
            ) as here:
                await check(here)
        except (AssertionError, TimeoutError) as error:
            found.append(f"{check.__name__}: {type(error).__name__} {error}")
    return found


async def _phone(here: Booth) -> Page:
    page = await here.browser.page()
    await page.go(f"{here.network.url}/phone")
    return page


async def _says(page: Page, words: str, *, within_s: float = 20.0) -> None:
    told = await page.until(PROBLEM, within_s=within_s)
    assert words in told, told
    assert await page.text("#call") == "Call"


async def no_microphone(here: Booth) -> None:
    page = await _phone(here)
    await page.click("#call")
    await _says(page, "No microphone was found")


async def not_allowed(here: Booth) -> None:
    microphone = {"name": "microphone"}
    await here.browser.call("Browser.setPermission", permission=microphone, setting="denied")
    page = await _phone(here)
    await page.click("#call")
    await _says(page, "not allowed")


async def not_secure(here: Booth) -> None:
    """By another name: sign in first, come back to the phone, and be told about https."""
    page = await here.browser.page()
    await _signed_in(here, page, f"http://phone.test:{urlsplit(here.network.url).port}")
    await _says(page, "no access to a microphone here")


async def by_https(here: Booth) -> None:
    """By the same name over https, where a proxy has a certificate: signed in, and connected."""
    page = await here.browser.page()
    tls = await self_signed(here.live.log.parent)
    async with network_to(here.live.engine.url, tls) as secure:
        await _signed_in(here, page, f"https://phone.test:{urlsplit(secure.url).port}")
        await page.click("#call")
        await page.until("document.body.dataset.state === 'talking'", within_s=30)
        await page.until("document.getElementById('level-agent').value > 0.1", within_s=20)
        await page.click("#call")
        await page.until("document.getElementById('outcome').innerText", within_s=20)


async def _signed_in(here: Booth, page: Page, site: str) -> None:
    await page.go(f"{site}/phone")
    assert await page.run("location.pathname") == "/sign-in"
    password = password_file(here.live.settings).read_text().strip()
    loaded = here.browser.event("Page.loadEventFired", page.session)
    await page.run(
        f"document.querySelector('input[type=password]').value = {password!r};"
        "document.querySelector('form').submit()"
    )
    await loaded
    assert await page.run("location.pathname") == "/phone"


async def engine_full(here: Booth) -> None:
    first, second = await _phone(here), await _phone(here)
    await first.click("#call")
    await first.until("document.body.dataset.state === 'talking'", within_s=30)
    await second.click("#call")
    await _says(second, "All lines are busy")
    await first.click("#call")


async def signed_out(here: Booth) -> None:
    """A page that was let in, and is not any more: another name, and no cookie."""
    page = await _phone(here)
    refuse = "window.fetch = () => Promise.resolve(new Response('Sign in first.', {status: 401}))"
    await page.run(refuse)
    await page.click("#call")
    await _says(page, "signed out")
    assert await page.run("!document.getElementById('problem-sign-in').hidden")


async def lost_for_good(here: Booth) -> None:
    page = await _phone(here)
    await page.click("#call")
    await page.until("document.body.dataset.state === 'talking'", within_s=30)
    await here.network.cut(20.0)
    await _says(page, "did not come back in time", within_s=2.0)


async def hung_up(here: Booth) -> None:
    """By the button: the engine knows at once, and the page shows how the call ended."""
    page = await _phone(here)
    await page.click("#call")
    await page.until("document.querySelector('#transcript .agent') !== null", within_s=30)
    await page.click("#keys button")
    await page.until("document.querySelector('#transcript .note') !== null", within_s=20)
    await page.click("#call")
    await page.until("document.getElementById('outcome').innerText", within_s=20)
    assert await page.text("#outcome") == "Outcome: abandoned"
    assert await page.text("#call") == "Call"
    assert not [line for line in here.browser.console if line.startswith("error")]
