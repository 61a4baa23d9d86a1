"""Cameras over TLS: verified unless the settings say otherwise; real handshakes with certificates of all kinds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest

from secondsight.errors import SourceError
from secondsight.media import probe
from secondsight.media.network.hosts import ServerAddress
from secondsight.media.network.tls import CameraTls
from tests.media.helpers import Follower, camera
from tests.servers.hostile import Trap
from tests.servers.http import HttpServer
from tests.servers.rtsp import RtspServer
from tests.servers.tls import Authority, TlsFront, self_signed

HOST = "127.0.0.1"

Certificate = Callable[[Path], tuple[Path, Path]]
"""Makes a server's certificate in a folder, and the file that `tls_ca` may name."""


def good(folder: Path) -> tuple[Path, Path]:
    authority = Authority(folder)
    return authority.certify(HOST), authority.file


def its_own(folder: Path) -> tuple[Path, Path]:
    file = self_signed(folder, HOST)
    return file, file


def wrong_host(folder: Path) -> tuple[Path, Path]:
    authority = Authority(folder)
    return authority.certify("camera.example"), authority.file


def expired(folder: Path) -> tuple[Path, Path]:
    authority = Authority(folder)
    return authority.certify(HOST, days=-2), authority.file


def another_authority(folder: Path) -> tuple[Path, Path]:
    return Authority(folder).certify(HOST), Authority(folder, "another").file


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, int]]:
    """Ports of servers without TLS, by scheme."""
    with RtspServer() as rtsp, HttpServer() as http:
        yield {"rtsps": rtsp.port, "https": http.port, "rtmps": http.port}


PATHS = {"rtsps": "live", "https": "mjpeg", "rtmps": "live"}


@pytest.mark.parametrize("scheme", ["rtsps", "https"])
@pytest.mark.parametrize(
    ("certificate", "trusting"), [(good, True), (its_own, True), (wrong_host, False), (expired, False)]
)
def test_cameras_whose_certificate_is_accepted(
    servers: dict[str, int], tmp_path: Path, scheme: str, certificate: Certificate, trusting: bool
) -> None:
    file, authority = certificate(tmp_path)
    settings: dict[str, Any] = {"tls_ca": authority} if trusting else {"tls_verify": False}
    with TlsFront(file, servers[scheme]) as front:
        source = f"{scheme}://user:s3cret-s3cret@{HOST}:{front.port}/{PATHS[scheme]}"
        with Follower(source, **settings) as follower:
            follower.more(10)


@pytest.mark.parametrize("scheme", ["rtsps", "https", "rtmps"])
@pytest.mark.parametrize(
    ("certificate", "trusting", "reason"),
    [
        (good, False, "unable to get local issuer certificate"),
        (its_own, False, "self-signed certificate"),
        (wrong_host, True, "not valid for '127.0.0.1'"),
        (expired, True, "expired"),
        (another_authority, True, "certificate"),
    ],
)
def test_cameras_whose_certificate_is_refused(
    servers: dict[str, int],
    tmp_path: Path,
    scheme: str,
    certificate: Certificate,
    trusting: bool,
    reason: str,
) -> None:
    file, authority = certificate(tmp_path)
    with TlsFront(file, servers[scheme]) as front:
        source = f"{scheme}://user:s3cret-s3cret@{HOST}:{front.port}/{PATHS[scheme]}"
        with pytest.raises(SourceError) as caught:
            probe("hall", camera(source, tls_ca=authority if trusting else None))
    text = str(caught.value)
    assert reason in text
    assert text.startswith(f"camera hall: {scheme}://")
    assert "tls_ca" in text
    assert "tls_verify: false" in text
    assert "s3cret" not in text


def test_a_camera_that_does_not_speak_tls(servers: dict[str, int]) -> None:
    with pytest.raises(SourceError, match=r"camera hall.*TLS failed"):
        probe("hall", camera(f"rtsps://{HOST}:{servers['rtsps']}/live"))


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_of_authorities_that_cannot_be_used(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SourceError, match=r"camera hall.*`tls_ca`.*ca\.pem"):
        probe("hall", camera(f"https://{HOST}:1/live", tls_ca=file))


def test_rtmps_that_ffmpeg_itself_connects_to_is_verified_by_it_too(tmp_path: Path) -> None:
    # Our own handshake comes first; what FFmpeg is told must hold as well if another server answers the second time.
    file, authority = good(tmp_path)
    other, _ = its_own(tmp_path)

    def reaches(front: TlsFront, options: dict[str, str], behind: Trap, expected: bool = True) -> bool:
        """Whether FFmpeg trusts the front and talks: only then does the front go on to what is behind it."""
        before = len(behind.visits)
        with pytest.raises((av.FFmpegError, OSError)):
            av.open(f"rtmps://{HOST}:{front.port}/live", options=options, timeout=5)
        end = time.monotonic() + (60 if expected else 0.5)  # the front goes on in a thread of its own
        while len(behind.visits) == before and time.monotonic() < end:
            time.sleep(0.02)
        return len(behind.visits) > before

    with Trap() as behind, TlsFront(file, behind.port) as honest, TlsFront(other, behind.port) as thief:
        options = CameraTls(True, authority).ffmpeg_options(ServerAddress(HOST, honest.port), 5)
        assert reaches(honest, options, behind)
        assert reaches(thief, {"tls_verify": "0"}, behind)
        assert not reaches(thief, options, behind, expected=False)
