"""The microphone of the page Ask, with a made-up one of Chromium: a WAV is sent, and its text can be corrected."""

import io
import wave
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from tests.conftest import require
from tests.serve.console.conftest import CHROMIUM, playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.slow
PAGE = """<meta name=csrf content=token><div id=toast data-failed=failed></div><input name=question>
<span id=speech hidden data-record=Speak data-stop=Stop data-nothing=nothing data-refused=refused>
<button id=record>Speak</button></span><p id=answer-text>3 falls</p><button id=aloud hidden>Read aloud</button>
<script>const toastPlace = () => document.getElementById("toast");
const toast = (text) => { toastPlace().textContent = text; };</script>"""


@pytest.fixture
def hearing() -> Iterator["Browser"]:
    require(CHROMIUM, "no Chromium here; `scripts/system-packages` installs it")
    flags = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.mark.parametrize(("said", "shown"), [("how many fell?", ""), ("", "nothing")])
def test_what_is_said_stands_in_the_box(hearing: "Browser", said: str, shown: str) -> None:
    sent: list[bytes] = []
    tokens: list[str] = []

    def answer(route: "Route") -> None:
        if route.request.url.endswith("/api/v1/transcribe"):
            sent.append(route.request.post_data_buffer or b"")
            tokens.append(route.request.headers["x-csrf-token"])
            route.fulfill(json={"text": said, "language": "en", "seconds": 1.0})
        else:
            route.fulfill(content_type="text/html", body=PAGE)

    page = hearing.new_page()
    page.route("**/*", answer)
    page.goto("http://localhost/ask")
    script = files("secondsight.serve.console").joinpath("static", "ask.js").read_text(encoding="utf-8")
    page.add_script_tag(content=script)
    assert page.locator("#aloud").is_visible()
    button = page.locator("#record")
    button.click()
    page.wait_for_function("document.getElementById('record').textContent === 'Stop'")
    page.wait_for_timeout(300)  # of sound; how much comes does not matter
    button.click()
    page.wait_for_function(
        "document.querySelector('input').value || document.getElementById('toast').textContent",
        timeout=60_000,
    )
    assert page.input_value("input") == said
    assert page.locator("#toast").inner_text() == shown
    assert tokens == ["token"]
    with wave.open(io.BytesIO(sent[0])) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 16000)
        assert sound.getnframes() > 0
