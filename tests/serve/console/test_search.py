"""Search, the page of an event, its archive, and users: what people find, take away and change."""

import hashlib
import json
import time
from zipfile import ZipFile

from secondsight.records import Verification
from secondsight.store import UserRole
from tests.serve.console import scene
from tests.serve.console.conftest import Site, open_browser, until
from tests.serve.console.test_shell import violations


def test_found_by_filters_and_words_under_an_address_of_its_own(chromium, shown: Site) -> None:
    with open_browser(chromium, shown, "olaf") as page:
        page.goto(f"{shown.url}/search")
        assert page.locator(".results li").count() == 5
        page.get_by_label("Camera").select_option("hall")
        page.get_by_label("Second look").select_option("rejected")
        page.get_by_label("Words").fill("grey coat")
        page.keyboard.press("Enter")
        page.wait_for_url("**verification=rejected*")
        assert page.locator(".results li").count() == 1
        page.reload()
        assert page.get_by_label("Words").input_value() == "grey coat"
        page.locator(".results a").click()
        page.wait_for_url("**/events/e2-hall")
        assert "raised" in page.locator(".steps").inner_text()
        assert violations(page) == []


def test_times_are_those_of_the_site(chromium, used: Site) -> None:
    moment = 1_767_254_400.0  # 16:00 in Shanghai
    scene.add_event(used.store, used.data, scene.Told("then", moment, clip=False))
    with open_browser(chromium, used, "olaf", "zh") as page:
        for since, until, count in (("15:59", "16:01", 1), ("07:59", "08:01", 0)):
            page.goto(f"{used.url}/search?since=2026-01-01T{since}&until=2026-01-01T{until}")
            assert page.locator(".results li").count() == count
        page.goto(f"{used.url}/events/then")
        assert "2026-01-01 16:00:00" in page.locator("h1").inner_text()


def test_more_comes_as_one_scrolls(chromium, used: Site) -> None:
    now = time.time()
    for number in range(70):
        told = scene.Told(
            f"many{number}", now - 90_000 + number, "yard", kind="fall", answer=None, clip=False
        )
        scene.add_event(used.store, used.data, told)
    with open_browser(chromium, used, "olaf") as page:
        page.goto(f"{used.url}/search?kind=fall")
        events = page.locator(".results li")
        assert events.count() == 60
        page.locator(".results li").last.scroll_into_view_if_needed()
        until(page, "document.querySelectorAll('time').length >= 70")
        assert len(set(events.locator("a").evaluate_all("all => all.map(a => a.href)"))) == 70


def test_an_event_is_one_archive_that_opens_offline(chromium, shown: Site, tmp_path) -> None:
    with open_browser(chromium, shown, "olaf", "zh") as page:
        page.goto(f"{shown.url}/events/e0-hall")
        with page.expect_download() as saving:
            page.get_by_text("打包下载").click()
        packed = ZipFile(saving.value.path())
        assert saving.value.suggested_filename == "event-e0-hall.zip"
    listed = [line.split("  ") for line in packed.read("SHA256SUMS").decode().splitlines()]
    sums = {name: digest for digest, name in listed}
    assert set(sums) == set(packed.namelist()) - {"SHA256SUMS"}
    assert all(hashlib.sha256(packed.read(name)).hexdigest() == digest for name, digest in sums.items())
    assert packed.read("clip.mp4") == scene.film()
    assert json.loads(packed.read("event.json"))["id"] == "e0-hall"
    packed.extractall(tmp_path)
    page = chromium.new_context(offline=True).new_page()
    page.goto((tmp_path / "index.html").as_uri())
    assert page.locator("img").evaluate_all("all => all.every(one => one.naturalWidth > 0)")
    until(page, "document.querySelector('video').readyState >= 1")  # its size and length are known
    assert "复核结果" in page.locator("body").inner_text()
    page.context.close()


def test_an_admin_adds_changes_and_removes_a_user(chromium, used: Site) -> None:
    with open_browser(chromium, used, "ada") as page:
        page.goto(f"{used.url}/users")
        new = page.locator("form[data-send='POST /api/v1/users']")
        new.get_by_label("User").fill("nina")
        new.get_by_label("Cameras").select_option("hall")
        with page.expect_navigation():
            new.get_by_role("button").click()
        added = used.store.accounts.user("nina")
        assert added is not None
        assert (added.role, added.cameras) == (UserRole.VIEWER, ("hall",))
        page.locator("details.card", has_text="nina").locator("summary").click()
        change = page.locator("form[data-send='PATCH /api/v1/users/nina']")
        change.get_by_label("Role").select_option("operator")
        change.get_by_label("may sign in").uncheck()
        with page.expect_navigation():
            change.get_by_role("button").click()
        changed = used.store.accounts.user("nina")
        assert changed is not None
        assert (changed.role, changed.cameras, changed.enabled) == (UserRole.OPERATOR, ("hall",), False)
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator("details.card", has_text="nina").locator("summary").click()
        with page.expect_navigation():
            page.locator("form[data-send='DELETE /api/v1/users/nina'] button").click()
        assert used.store.accounts.user("nina") is None
        page.goto(f"{used.url}/audit")
        assert page.locator("tbody tr", has_text="nina").count() >= 3


def test_two_days_beside_each_other(chromium, used: Site) -> None:
    begin = 1_767_196_800.0  # 2026-01-01 of the site's zone
    for number, answer in enumerate((Verification.CONFIRMED, Verification.REJECTED, Verification.CONFIRMED)):
        later = 86_400.0 * (number == 2)
        told = scene.Told(f"day{number}", begin + 3600 * number + later, "hall", kind="fall", answer=answer)
        scene.add_event(used.store, used.data, told)
    other = scene.Told("other", begin + 60, "yard", kind="fall")
    scene.add_event(used.store, used.data, other)
    with open_browser(chromium, used, "vera", width=360) as page:
        page.goto(f"{used.url}/search/days?first=2026-01-01&second=2026-01-02")
        cells = page.locator("tbody td").all_inner_texts()
        assert [text.split()[0] for text in cells] == ["2", "1", "-1"]
        assert "1 confirmed" in cells[0]
        assert violations(page) == []
        page.locator("tbody a").first.click()
        page.locator(".results li").first.wait_for()
        assert page.locator(".results li").count() == 2
