"""The inbox: a case from its trigger to a person's word, by keys alone; text from outside stays text."""

import time

from secondsight.brain import question_sheet
from secondsight.records import StepKind, Verification
from secondsight.store import EventSearch
from tests.serve.console import scene
from tests.serve.console.conftest import Site, open_browser, until
from tests.serve.console.test_shell import violations


def waiting(site: Site) -> list[str]:
    return [event.id for event in site.store.search.page(EventSearch(waiting=True)).events]


def test_what_waits_for_a_person(used: Site) -> None:
    before = waiting(used)
    assert before == [
        "e3-yard",
        "e1-yard",
        "e0-hall",
    ]  # rejected: nobody was alerted; the newest has no verdict yet
    used.store.steps.acknowledge("e3-yard", "olaf")
    assert waiting(used) == ["e1-yard", "e0-hall"]
    done = {event.id for event in used.store.search.page(EventSearch(waiting=False)).events}
    assert done == {"e2-hall", "e3-yard", "e4-hall"}


def test_from_trigger_to_acknowledged_by_keys(chromium, used: Site) -> None:
    with open_browser(chromium, used, "olaf") as page:
        page.goto(f"{used.url}/alarms")
        shown = page.locator("article[data-event]")
        assert shown.get_attribute("data-event") == "e3-yard"
        assert violations(page) == []
        told = scene.Told("fresh", time.time(), "hall", answer=Verification.CONFIRMED)
        scene.add_event(used.store, used.data, told)
        page.locator("#list li[data-id=fresh]").wait_for()
        assert page.locator("#count").inner_text() == "4"
        page.keyboard.press("k")
        page.locator("article[data-event=fresh]").wait_for()
        asked = question_sheet("intrusion", "en").questions
        assert page.locator(".answers dt").all_inner_texts() == [question.text for question in asked]
        assert "A person in a grey coat" in shown.inner_text()
        assert page.locator("svg .suspect").count() >= 2  # in the whole picture and enlarged
        assert page.locator("svg .zone").count() >= 1
        until(page, "document.querySelector('video').currentTime >= 4")
        page.keyboard.press("m")
        page.keyboard.type("on my way, y n u")
        page.keyboard.press("Escape")
        page.keyboard.press("a")
        page.locator("#list li[data-id=fresh][data-done]").wait_for()
        (taken,) = [step for step in used.store.steps.of("fresh") if step.kind is StepKind.ACKNOWLEDGED]
        assert (taken.by, taken.note) == ("olaf", "on my way, y n u")
        for key, id, truth, said in (
            ("y", "fresh", True, "true"),
            ("n", "e3-yard", False, "false alarm"),
            ("u", "e1-yard", None, "cannot be told"),
        ):
            page.locator(f"article[data-event={id}]").wait_for()
            page.keyboard.press(key)
            page.locator(f"#list li[data-id={id}]", has_text=f"✓ {said}").wait_for()
            assert [one.entry.truth for one in used.store.feedback.find(event=id)] == [truth]
        page.locator("article[data-event=e0-hall]").wait_for()
        page.keyboard.press("n")
        page.locator("#nothing").wait_for()
    assert waiting(used) == []


def test_who_may_only_look_has_no_keys(chromium, used: Site) -> None:
    with open_browser(chromium, used, "vera") as page:
        page.goto(f"{used.url}/alarms")
        assert page.locator("#list li").count() == 1  # of the one camera that she may see
        assert page.locator(".judging").count() == 0
        page.keyboard.press("y")
        page.keyboard.press("j")
        page.wait_for_load_state("networkidle")
    assert used.store.feedback.find() == []


def test_text_from_outside_is_shown_and_does_nothing(chromium, used: Site) -> None:
    told = scene.Told(
        "hostile",
        time.time(),
        "hall",
        label=scene.HOSTILE,
        zone=scene.HOSTILE,
        summary=scene.HOSTILE,
        clip=False,
    )
    scene.add_event(used.store, used.data, told)
    used.store.steps.acknowledge("hostile", "vera", scene.HOSTILE)
    with open_browser(chromium, used, "ada") as page:
        for path in ("/events/hostile", "/alarms?event=hostile", "/search", "/audit"):
            page.goto(f"{used.url}{path}")
            if path != "/audit":
                assert "<script>" in page.locator("main").inner_text(), path
            assert page.evaluate("window.hacked") is None
            assert "948667" not in page.locator("main h1").inner_text()


def test_an_alarm_is_given_to_somebody_who_finds_it(chromium, used: Site) -> None:
    with open_browser(chromium, used, "olaf") as page:
        page.goto(f"{used.url}/alarms")
        id = page.locator("article[data-event]").get_attribute("data-event")
        page.get_by_label("Give to").select_option("ada")
        page.get_by_role("button", name="Assign").click()
        until(page, f"document.querySelector('#list li[data-done]')?.dataset.id === '{id}'")
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/alarms")
        page.get_by_text("Yours, not judged yet: 1").click()
        assert violations(page) == []
        page.locator(".yours a").click()
        page.wait_for_url(f"**/events/{id}")
