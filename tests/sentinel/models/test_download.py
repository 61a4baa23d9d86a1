import logging
import random
from pathlib import Path

import pytest

from secondsight.errors import ModelError
from secondsight.sentinel.models.download import DownloadLimits, check_url, fetch
from tests.sentinel.servers import Conduct, serving
from tests.table import table

BODY = bytes(range(256)) * 4000
"""A megabyte."""


@pytest.fixture
def server():
    with serving(Conduct(files={"/m.onnx": BODY})) as conduct:
        yield conduct


class Download:
    """`fetch` with its waits noted instead of slept."""

    def __init__(self, folder: Path) -> None:
        self.target = folder / "m.onnx"
        self.waits: list[float] = []
        self.progress: list[tuple[int, int | None]] = []

    def __call__(self, url: str, **options) -> None:
        fetch(
            url,
            self.target,
            lambda done, total: self.progress.append((done, total)),
            sleep=self.waits.append,
            rng=random.Random(1),
            **options,
        )

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.target.parent.iterdir())


@pytest.fixture
def download(tmp_path):
    return Download(tmp_path)


def test_a_good_line_brings_the_file_and_its_progress(server, download):
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert download.left == ["m.onnx"]
    assert download.progress[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in download.progress] == sorted({done for done, _ in download.progress})
    assert download.waits == []


def test_a_broken_line_is_resumed_where_it_broke(server, download):
    server.breaks = [300_000, 300_000, None]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert server.ranges_asked() == [None, "bytes=300000-", "bytes=600000-"]
    assert [headers.get("if-range") for _, headers in server.requests] == [None, '"v1"', '"v1"']
    assert len(download.waits) == 2
    assert download.progress[-1] == (len(BODY), len(BODY))


def test_an_interrupted_download_goes_on_in_the_next_run(server, download):
    server.breaks = [300_000]
    with pytest.raises(ModelError, match="cannot be fetched"):
        download(f"{server.url}/m.onnx", retries=0)
    assert not download.target.exists()
    assert download.left == ["m.onnx.part", "m.onnx.part.json"]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert server.ranges_asked()[-1] == "bytes=300000-"


def test_a_server_that_ignores_range_starts_it_over(server, download):
    server.ranges = False
    server.breaks = [300_000, 500_000]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY


def test_a_file_that_changed_meanwhile_starts_over(server, download):
    server.breaks = [300_000]
    with pytest.raises(ModelError):
        download(f"{server.url}/m.onnx", retries=0)
    server.files["/m.onnx"], server.etag = BODY[::-1], '"v2"'
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY[::-1]


def test_a_server_that_ignores_if_range_is_found_out(server, download):
    server.breaks = [300_000]
    with pytest.raises(ModelError):
        download(f"{server.url}/m.onnx", retries=0)
    server.files["/m.onnx"], server.etag, server.if_range = BODY[::-1], '"v2"', False
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY[::-1]
    assert server.ranges_asked() == [None, "bytes=300000-", None]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_strong_validator_nothing_is_glued_together(server, download, etag):
    server.etag = etag
    server.breaks = [300_000]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert server.ranges_asked() == [None, None]


def test_another_address_does_not_go_on_with_this_ones_bytes(server, download):
    server.files["/other.onnx"] = BODY[::-1]
    server.breaks = [300_000]
    with pytest.raises(ModelError):
        download(f"{server.url}/m.onnx", retries=0)
    download(f"{server.url}/other.onnx")
    assert download.target.read_bytes() == BODY[::-1]


def test_a_file_that_shrank_is_fetched_anew(server, download):
    server.breaks = [900_000]
    with pytest.raises(ModelError):
        download(f"{server.url}/m.onnx", retries=0)
    server.files["/m.onnx"] = BODY[:100_000]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY[:100_000]


def test_a_server_that_states_no_length(server, download):
    server.length = False
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert download.progress[-1] == (len(BODY), None)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_passing_faults_are_tried_again(server, download, status):
    server.statuses = [status, status]
    download(f"{server.url}/m.onnx")
    assert download.target.read_bytes() == BODY
    assert len(download.waits) == 2
    assert download.waits[1] > download.waits[0]


def test_retry_after_is_honoured_but_bounded(server, download):
    server.statuses = [503]
    server.extra = {"Retry-After": "7"}
    download(f"{server.url}/m.onnx")
    server.statuses = [503]
    server.extra = {"Retry-After": "86400"}
    download(f"{server.url}/m.onnx")
    assert download.waits == [7.0, 30.0]


@pytest.mark.parametrize(
    ("status", "words", "asked"),
    [(404, "not there", 1), (403, "access denied", 1), (418, "cannot be had", 1), (500, "answers 500", 3)],
)
def test_lasting_faults_say_what_to_do(server, download, status, words, asked):
    server.statuses = [status] * 10
    with pytest.raises(ModelError, match=words):
        download(f"{server.url}/m.onnx", retries=2)
    assert len(server.requests) == asked
    assert not download.target.exists()


@pytest.mark.parametrize("ranges", [True, False])
def test_a_line_that_breaks_at_the_same_place_for_ever_is_given_up(server, download, ranges):
    server.ranges, server.etag = ranges, ""
    server.breaks = [300_000] * 50
    with pytest.raises(ModelError, match="cannot be fetched"):
        download(f"{server.url}/m.onnx", retries=4)
    assert len(server.requests) == 5


def test_nobody_listening_is_said_plainly(download):
    with serving(Conduct()) as gone:
        pass
    with pytest.raises(ModelError, match=r"cannot be fetched.*mirror"):
        download(f"{gone.url}/m.onnx", retries=5)
    assert len(download.waits) == 1, "a machine without network is not waited for"


@table(
    ("url", "allow", "good"),
    [
        ("https://example.org/m.onnx", False, True),
        ("http://example.org/m.onnx", False, False),
        ("http://example.org/m.onnx", True, True),
        ("http://localhost:8/m.onnx", False, True),
        ("http://127.0.0.1/m.onnx", False, True),
        ("http://[::1]/m.onnx", False, True),
        ("http://127.0.0.1.example.org/m.onnx", False, False),
        ("ftp://example.org/m.onnx", True, False),
        ("file:///etc/passwd", True, False),
        ("http://example.org:port/m.onnx", True, False),
    ],
)
def test_only_https_is_trusted(url, allow, good):
    if good:
        check_url(url, allow_http=allow)
    else:
        with pytest.raises(ModelError):
            check_url(url, allow_http=allow)


def test_a_redirect_to_plain_http_is_refused(server, download):
    server.redirects["/m.onnx"] = "http://models.invalid/m.onnx"
    with pytest.raises(ModelError, match="only https"):
        download(f"{server.url}/m.onnx")


def test_a_redirect_is_followed(server, download):
    server.redirects["/latest"] = f"{server.url}/m.onnx"
    download(f"{server.url}/latest")
    assert download.target.read_bytes() == BODY


def test_secrets_in_the_address_are_shown_to_nobody(server, download, caplog, tmp_path):
    url = server.url.replace("://", "://user:hunter2@") + "/none.onnx?token=hunter3"
    with caplog.at_level(logging.WARNING), pytest.raises(ModelError) as caught:
        download(url)
    server.files["/none.onnx?token=hunter3"] = BODY
    server.breaks = [1000]
    with pytest.raises(ModelError) as broken:
        download(url, retries=0)
    shown = f"{caught.value} {broken.value}" + "".join(
        path.read_text(errors="replace") for path in tmp_path.glob("*.json")
    )
    assert "hunter" not in shown


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    target = tmp_path / "file" / "m.onnx"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        fetch(f"{server.url}/m.onnx", target)


@pytest.mark.parametrize("length", [True, False])
def test_a_file_that_is_too_large_is_not_kept(server, download, length):
    server.length = length
    with pytest.raises(ModelError, match=r"larger than 0\.5 MB and was not kept.*--max-mb"):
        download(f"{server.url}/m.onnx", limits=DownloadLimits(bytes=500_000))
    assert download.left == []


def test_a_download_that_takes_for_ever_ends_and_can_go_on(server, download):
    times = iter(range(0, 10_000_000, 1000))
    server.breaks = [1000, 1000, 1000, 1000, 1000]
    with pytest.raises(ModelError, match="took longer than 50 minutes"):
        download(f"{server.url}/m.onnx", limits=DownloadLimits(seconds=3000), monotonic=times.__next__)
    assert download.left == ["m.onnx.part", "m.onnx.part.json"]


def test_a_mirror_leads_to_no_other_host(server, download):
    with serving(Conduct(files={"/m.onnx": BODY})) as other:
        server.redirects["/away"] = f"{other.url}/m.onnx"
        with pytest.raises(ModelError, match="leads to another host"):
            download(f"{server.url}/away", same_host=True)
        assert other.requests == []
    server.redirects["/here"] = f"{server.url}/m.onnx"
    download(f"{server.url}/here", same_host=True)
    assert download.target.read_bytes() == BODY


def test_nothing_is_written_through_a_link(server, download, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "m.onnx.part").symlink_to(precious)
    download(f"{server.url}/m.onnx")
    assert precious.read_text() == "mine"
    assert download.target.read_bytes() == BODY
