"""The shell: signing in and out, language and colours, errors; every page in both languages, for each role."""

import ast
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from secondsight.serve import console
from secondsight.serve.auth.rights import person_of
from secondsight.serve.console.navigation import NAVIGATION, entries_for
from secondsight.serve.console.page import local_path
from secondsight.serve.console.texts import LANGUAGES, Language, catalogue, translator
from tests.serve.console.conftest import Site, open_browser
from tests.serve.console.scene import PASSWORD, PEOPLE

FOLDER = Path(console.__file__).parent
PATHS = [entry.path for entry in NAVIGATION]


def violations(page) -> list[str]:
    """What axe finds, by rule, with the first place."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}" for one in found]


def test_every_text_is_there_in_every_language_and_used() -> None:
    words = catalogue()
    assert all(set(texts) == set(LANGUAGES) and all(texts.values()) for texts in words.values())
    sources = [file.read_text() for file in FOLDER.rglob("*") if file.suffix in (".py", ".html")]
    quoted = set(re.findall(r'["\']([a-z]+\.[a-z0-9_]+)["\']', "\n".join(sources)))
    beginnings = tuple(set(re.findall(r'["\']([a-z]+\.[a-z_]+_)["\'] ~', "\n".join(sources))))
    pages = {key.partition(".")[0] for key in words}
    files = (".html", ".css", ".js", ".svg", ".yaml")
    asked = {key for key in quoted if key.partition(".")[0] in pages and not key.endswith(files)}
    assert asked - set(words) - set(beginnings) == set()
    assert [key for key in words if key not in asked and not key.startswith(beginnings)] == []
    with pytest.raises(KeyError):
        translator("en")("shell.nothing")


def test_pages_ask_access_and_never_the_store() -> None:
    for file in FOLDER.rglob("*.py"):
        reached = [
            node.attr for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Attribute)
        ]
        assert "store" not in reached, file


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"])
def test_nobody_is_led_to_another_site(wanted: str) -> None:
    assert local_path(wanted) == "/"
    assert local_path("/events/1?x=2") == "/events/1?x=2"


def test_signing_in_and_out(chromium, shown: Site) -> None:
    with open_browser(chromium, shown, None) as page:
        page.goto(f"{shown.url}{PATHS[0]}?x=1")
        assert "/login?next=" in page.url
        assert violations(page) == []
        page.get_by_label("User").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{PATHS[0]}?x=1")
        page.locator(".menu summary").click()
        page.get_by_role("button", name="中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-CN"
        page.locator(".menu summary").click()
        page.get_by_role("button", name="深色").click()
        assert page.locator("html").get_attribute("data-theme") == "dark"
        assert violations(page) == []
        page.locator(".menu summary").click()
        page.get_by_role("button", name="退出").click()
        page.wait_for_url("**/login")
        page.goto(f"{shown.url}{PATHS[0]}")
        assert "/login?next=" in page.url


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_for_each_role(chromium, shown: Site, who: str, language: Language) -> None:
    allowed = {entry.path for entry in entries_for(person_of(PEOPLE[who]))}
    with open_browser(chromium, shown, who, language, width=360) as page:
        for entry in NAVIGATION:
            if entry.path not in allowed:
                assert page.request.get(f"{shown.url}{entry.path}").status == 403
                continue
            page.goto(f"{shown.url}{entry.path}")
            name = translator(language)(entry.text)
            assert page.get_by_role("heading", level=1).inner_text() == name
            assert page.locator("nav a[aria-current]").inner_text() == name
            assert page.locator("nav a").count() == len(allowed)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
            if who == "ada":
                assert violations(page) == []


def test_an_error_is_a_page_in_the_readers_language(chromium, shown: Site) -> None:
    with open_browser(chromium, shown, "vera", "zh") as page:
        answer = page.request.get(f"{shown.url}/audit")
        assert answer.status == 403
        assert "没有权限" in answer.text()
