"""Set-up, the wall, and the page of costs in the browser: drawing by keyboard, adding with a password, going back."""

import stat

import pytest

from secondsight.config import load_site
from tests.serve.console.conftest import Site, open_browser, until
from tests.serve.console.scene import HOSTILE, Told, add_event
from tests.serve.console.test_shell import violations

PASSWORD = "Tr0ub4dor-and-3"


def test_a_zone_is_drawn_by_keyboard_saved_and_taken_back(chromium, used: Site) -> None:
    file = used.data / "site.yaml"
    before = file.read_text()
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/setup/cameras/hall")
        page.get_by_label("Name of a new one").fill("door")
        page.get_by_role("button", name="New zone").click()
        for key in ("ArrowLeft", "Shift+ArrowUp", "+", "Delete"):
            page.keyboard.press(key)
        assert violations(page) == []
        page.get_by_role("button", name="Look and save").first.click()
        page.get_by_role("dialog").wait_for()
        assert "door:" in page.locator("#change-diff").inner_text()
        assert violations(page) == []
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
        assert load_site(file, {}).cameras["hall"].zones["door"].coordinates[0] == (0.295, 0.25)
        assert file.read_text().startswith("# The works.\n")
        page.goto(f"{used.url}/setup")
        page.get_by_role("button", name="Back to 1").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
        assert file.read_text() == before


def test_a_camera_with_a_password_is_tested_and_added(chromium, used: Site) -> None:
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/setup")
        form = page.locator("#add-camera")
        form.get_by_label("Name").fill("roof")
        form.get_by_label("Address").fill("pictures/hall")
        form.get_by_role("button", name="Test").click()
        page.get_by_text("mjpeg 320 × 180").wait_for()
        form.get_by_label("Address").fill(f"rtsp://viewer:{PASSWORD}@127.0.0.1:9/live")
        form.get_by_role("button", name="Look and add").click()
        page.get_by_role("dialog").wait_for()
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
        page.goto(f"{used.url}/setup/cameras/hall")
        page.goto(f"{used.url}/setup")
        assert "${ROOF_SOURCE}" in page.content()
        assert PASSWORD not in page.content()
    assert PASSWORD not in (used.data / "site.yaml").read_text()
    assert stat.S_IMODE((used.data / ".env").stat().st_mode) == 0o600


def test_a_rule_is_made_from_its_form(chromium, used: Site) -> None:
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/setup")
        page.get_by_label("Behaviour").select_option("loitering")
        page.get_by_role("button", name="Add a rule").click()
        page.get_by_label("Name", exact=True).fill("waiting")
        page.get_by_label("zone", exact=True).fill("store-room")
        page.get_by_label("loitering_time").fill("30s")
        page.get_by_label("policy.verify").select_option("never")
        assert violations(page) == []
        page.get_by_role("button", name="Look and save").click()
        page.get_by_role("dialog").wait_for()
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
    rule = load_site(used.data / "site.yaml", {}).rules["waiting"]
    assert (rule.behaviour, rule.model_dump()["loitering_time"], rule.policy.verify) == (
        "loitering",
        30.0,
        "never",
    )


def test_a_sentence_becomes_a_rule_by_keyboard(chromium, used: Site) -> None:
    file = used.data / "site.yaml"
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/setup")
        page.get_by_label("A rule by a sentence").focus()
        page.keyboard.type("tell me when a dog barks")
        page.keyboard.press("Enter")
        page.get_by_text("That is no rule yet").wait_for()
        assert "dog, barks" in page.get_by_role("main").inner_text()
        assert page.get_by_role("listitem").count() == 3
        assert violations(page) == []
        page.get_by_label("What to watch for").fill("tell me when somebody falls at night")
        page.keyboard.press("Enter")
        page.get_by_text("As it was understood").wait_for()
        assert "behaviour: fall" in page.get_by_label("As in the site file").inner_text()
        assert page.get_by_role("button", name="Try on the last hour").is_visible()
        assert violations(page) == []
        before = file.read_text()
        page.get_by_role("button", name="Look and save").focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        assert "daily 20:00-06:00" in page.locator("#change-diff").inner_text()
        assert file.read_text() == before
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).press("Enter")
    rule = load_site(file, {}).rules["fall"]
    assert rule.behaviour == "fall"
    assert rule.when is not None


def test_a_sentence_of_several_rules_is_one_version_and_speaks_chinese(chromium, used: Site) -> None:
    sentence = "没戴安全帽或者没穿反光衣的人"
    with open_browser(chromium, used, "ada", language="zh") as page:
        page.goto(f"{used.url}/setup/sentence?sentence={sentence}")
        page.get_by_text("理解如下").wait_for()
        assert page.get_by_role("button", name="用最近一小时试运行").count() == 0  # of one rule only
        assert page.get_by_label("要关注什么").input_value() == sentence
        page.get_by_role("button", name="查看并保存").click()
        with page.expect_navigation():
            page.get_by_role("button", name="保存", exact=True).click()
        assert page.get_by_role("button", name="查看 1").is_visible()
        page.goto(f"{used.url}/setup/sentence?sentence=%3Cb%3E{HOSTILE[:20]}")
        assert page.evaluate("window.hacked") is None
    behaviours = {rule.behaviour for rule in load_site(used.data / "site.yaml", {}).rules.values()}
    assert {"no_helmet", "no_vest"} <= behaviours


@pytest.mark.parametrize("path", ["/live", "/live/hall", "/money", "/money?days=1"])
def test_pages_of_cameras_show_what_the_person_may_see(chromium, shown: Site, path: str) -> None:
    with open_browser(chromium, shown, "vera", width=360) as page:
        page.goto(f"{shown.url}{path}")
        assert "hall" in page.content()
        assert "yard" not in page.content()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        assert violations(page) == []
        for closed in (
            "/setup",
            "/setup/cameras/hall",
            "/setup/rules/in",
            "/setup/rules?behaviour=fall",
            "/setup/sentence",
        ):
            assert page.request.get(f"{shown.url}{closed}").status == 403
        assert page.request.get(f"{shown.url}/live/yard").status == 404


def test_hostile_texts_stay_texts(chromium, used: Site) -> None:
    add_event(used.store, used.data, Told("hostile", 1.0, kind=HOSTILE[:60], zone=HOSTILE, summary=HOSTILE))
    file = used.data / "site.yaml"
    file.write_text(file.read_text().replace("description: The hall", f"description: '{HOSTILE}'"))
    with open_browser(chromium, used, "ada") as page:
        for path in ("/live", "/live/hall", "/money", "/setup", "/setup/cameras/hall"):
            page.goto(f"{used.url}{path}")
            assert page.evaluate("window.hacked") is None
            assert "948667" not in page.get_by_role("main").inner_text().split()


def test_a_rule_is_tried_before_it_is_saved(chromium, used: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECONDSIGHT_MODELS", str(used.data / "none"))
    before = (used.data / "site.yaml").read_text()
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/setup/rules/in")
        page.get_by_role("button", name="Try on the last hour").click()
        # There are clips, and no model here: the process says so.
        until(
            page,
            "!document.getElementById('trial').hidden && document.getElementById('stop-trial').hidden",
            120,
        )
        assert "model `yolox-nano` is not installed" in page.locator("#trial").inner_text()
        assert violations(page) == []
    assert (used.data / "site.yaml").read_text() == before
