"""The `telemetry` section of the site file: the collector that takes traces of cases."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from secondsight.config.sections.alerts import header_values, url_with
from secondsight.config.types import Section, Timespan


class TelemetrySettings(Section):
    """An OpenTelemetry collector that takes traces by OTLP over HTTP.

    Attributes:
        endpoint: of the collector, without `/v1/traces`; a secret, since it may hold a login.
        headers: that it asks for, such as a token; their values are secrets.
        ca_file: certificates (PEM) to trust instead of the system's.
        timeout: seconds that one request may take.
    """

    endpoint: Annotated[
        SecretStr, url_with("https", "http"), Field(description="such as http://localhost:4318")
    ]
    headers: Annotated[dict[str, SecretStr], AfterValidator(header_values)] = Field(default_factory=dict)
    ca_file: Path | None = None
    timeout: Annotated[Timespan, Field(le=300)] = 10.0
