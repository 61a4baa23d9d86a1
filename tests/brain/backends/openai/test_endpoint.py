from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from secondsight.brain.backends.openai.endpoint import find_api_key, key_source, parse_endpoint
from secondsight.errors import ConfigError
from tests.brain.samples import settings
from tests.table import table


@table(
    ("text", "url", "remote"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1", False),
        ("http://127.8.9.1/v1/", "http://127.8.9.1/v1", False),
        ("http://localhost:11434/v1", "http://localhost:11434/v1", False),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1", False),
        ("HTTPS://Api.Example.com/v1", "https://api.example.com/v1", True),
        ("http://0.0.0.0:8000/v1", "http://0.0.0.0:8000/v1", True),
        ("http://10.0.0.5:8000/v1", "http://10.0.0.5:8000/v1", True),
        ("http://localhost.example.com/v1", "http://localhost.example.com/v1", True),
        ("http://127.0.0.1.example.com/v1", "http://127.0.0.1.example.com/v1", True),
        ("http://localhost@example.com/v1", "http://example.com/v1", True),
    ],
)
def test_an_address_and_whether_requests_may_leave_the_machine(text: str, url: str, remote: bool) -> None:
    endpoint = parse_endpoint(text)
    assert (endpoint.url, endpoint.shown, endpoint.remote) == (url, url, remote)
    assert endpoint.socket is None


def test_a_unix_socket_is_local() -> None:
    endpoint = parse_endpoint("unix:///run/llm/brain.sock")
    assert endpoint.socket == "/run/llm/brain.sock"
    assert endpoint.shown == "unix:/run/llm/brain.sock"
    assert not endpoint.remote


def test_credentials_leave_the_address_at_once() -> None:
    endpoint = parse_endpoint("https://ann:p%40ss@brain.example.com:8443/v1")
    assert endpoint.login == ("ann", "p@ss")
    assert endpoint.url == "https://brain.example.com:8443/v1"
    assert "p@ss" not in repr(endpoint)
    assert "ann" not in repr(endpoint)


@table(
    "text",
    [
        "",
        "127.0.0.1:8000",
        "brain",
        "ftp://ann:s3cret@host/v1",
        "http://",
        "http:///v1",
        "http://ann:s3cret@host:99999/v1",
        "http://[::1/s3cret",
        "https://host/v1?api_key=s3cret",
        "https://host/v1#s3cret",
        "unix://host/run/x",
        "unix:///",
    ],
)
def test_a_malformed_address_names_its_key_and_shows_no_secret(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_endpoint(text)
    assert caught.value.key == "brain.base_url"
    assert "s3cret" not in str(caught.value)


URL = "http://127.0.0.1:1/v1"


def test_no_key_configured_is_no_key() -> None:
    assert find_api_key(settings(URL), {"OPENAI_API_KEY": "sk-not-for-this"}) is None


def test_a_key_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n")
    assert find_api_key(settings(URL, api_key_env="K"), {"K": " from-env "}) == "from-env"
    assert find_api_key(settings(URL, api_key_file=file), {}) == "from-file"
    both = settings(URL, api_key_env="K", api_key_file=file)
    assert find_api_key(both, {"K": "from-env"}) == "from-env"
    assert find_api_key(both, {}) == "from-file"


def test_a_key_in_the_settings_is_the_last_resort(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file")
    clear = {"api_key": SecretStr(" sk-clear ")}
    assert find_api_key(settings(URL, **clear), {}) == "sk-clear"
    assert find_api_key(settings(URL, api_key_file=file, **clear), {}) == "from-file"
    assert find_api_key(settings(URL, api_key_env="K", **clear), {"K": "from-env"}) == "from-env"
    assert find_api_key(settings(URL, api_key_env="K", **clear), {}) == "sk-clear"
    with pytest.raises(ConfigError) as caught:
        find_api_key(settings(URL, api_key=SecretStr("two words")), {})
    assert caught.value.key == "brain.api_key"
    assert "words" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"api_key_env": "K", "api_key": SecretStr("sk-x")}, "environment variable K"),
        ({"api_key_file": Path("brain.key")}, "file brain.key"),
        ({"api_key": SecretStr("sk-x")}, "brain.api_key"),
        ({}, "brain.api_key_env, which is not set"),
    ],
)
def test_what_to_mend_is_named(changes: dict[str, Any], source: str) -> None:
    assert key_source(settings(URL, **changes)) == source


@pytest.mark.parametrize("environ", [{}, {"BRAIN_KEY": ""}, {"BRAIN_KEY": "  "}])
def test_a_missing_variable_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="BRAIN_KEY") as caught:
        find_api_key(settings(URL, api_key_env="BRAIN_KEY"), environ)
    assert caught.value.key == "brain.api_key_env"


@pytest.mark.parametrize("key", ["s3cret key", "s3cret\nX-Header: 1", "s3crét", "s3cret\x00"])
def test_what_cannot_be_a_key_is_refused_unseen(key: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="BRAIN_KEY") as caught:
        find_api_key(settings(URL, api_key_env="BRAIN_KEY"), {"BRAIN_KEY": key})
    assert "s3cr" not in str(caught.value)
    file = tmp_path / "key"
    file.write_text(key)
    with pytest.raises(ConfigError) as caught:
        find_api_key(settings(URL, api_key_file=file), {})
    assert str(file) in str(caught.value)
    assert "s3cr" not in str(caught.value)


def test_an_unreadable_key_file_is_named(tmp_path: Path) -> None:
    for file, content in (
        (tmp_path / "absent", None),
        (tmp_path / "empty", b""),
        (tmp_path / "bytes", b"\xff\xfe"),
    ):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(ConfigError, match=str(file)):
            find_api_key(settings(URL, api_key_file=file), {})


def test_a_password_that_nobody_encoded_is_read_as_meant() -> None:
    endpoint = parse_endpoint("http://me:a/b#c d@127.0.0.1:8000/v1")
    assert (endpoint.url, endpoint.login) == ("http://127.0.0.1:8000/v1", ("me", "a/b#c d"))
