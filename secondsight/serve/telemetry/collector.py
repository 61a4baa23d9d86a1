"""Sends spans to a collector: OTLP 1.x over HTTP, as protobuf (https://opentelemetry.io/docs/specs/otlp/#otlphttp)."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from secondsight import __version__
from secondsight.addresses import read_address
from secondsight.config import SiteConfig, TelemetrySettings
from secondsight.errors import ConfigError, DeliveryError, SecondSightError
from secondsight.serve.alerts.receivers import host_of, leads_here
from secondsight.serve.telemetry.spans import Attribute, CaseSpan
from secondsight.tls import tls_context

_AGAIN = frozenset({408, 429, 502, 503, 504})
"""Answers after which the same spans are sent again; other errors say that they will never be taken."""
_MOST_OF_ANSWER = 65536
_FIELDS: dict[type, str] = {
    bool: "bool_value",
    int: "int_value",
    float: "double_value",
    str: "string_value",
}


class Collector:
    """A collector; opens a connection when it is needed.

    Args:
        site: name of the site, which stands on every span.

    Raises:
        ConfigError: the extra `telemetry` is missing, or a file cannot be used.
    """

    def __init__(self, settings: TelemetrySettings, site: str) -> None:
        address = read_address(settings.endpoint.get_secret_value())
        assert address is not None  # settings have checked it
        self._proto = _library()
        self._site, self._timeout = site, settings.timeout
        self._url = f"{address.url.rstrip('/')}/v1/traces"
        self.place = address.place
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        self._client = httpx.Client(
            verify=tls_context("telemetry", settings.ca_file),
            timeout=settings.timeout,
            follow_redirects=False,
            trust_env=not leads_here(host_of(address.place)),
            headers={
                "user-agent": f"secondsight/{__version__}",
                **headers,
                "content-type": "application/x-protobuf",
            },
        )

    def send(self, spans: Sequence[CaseSpan]) -> int:
        """Send spans; how many of them the collector does not want. Raises DeliveryError."""
        body = self._request(spans).SerializeToString()
        try:
            with self._client.stream("POST", self._url, content=body) as answer:
                status, content = answer.status_code, _read(answer)
        except httpx.TimeoutException:
            raise DeliveryError(f"{self.place} did not answer within {self._timeout:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, RuntimeError) as error:
            reason = str(error) or type(error).__name__
            raise DeliveryError(f"{self.place} cannot be reached: {reason}") from None
        if not 200 <= status < 300:
            raise DeliveryError(f"{self.place} answers {status}", retry=status in _AGAIN)
        try:
            response = self._proto.ExportTraceServiceResponse.FromString(content)
        except Exception:  # protobuf's error has another home in each implementation; taken it has them
            return 0
        return int(response.partial_success.rejected_spans)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _request(self, spans: Sequence[CaseSpan]) -> Any:
        proto = self._proto
        about: dict[str, Attribute] = {
            "service.name": "secondsight",
            "service.version": __version__,
            "secondsight.site": self._site,
        }
        encoded = [self._encoded(span) for span in spans]
        scope = proto.InstrumentationScope(name="secondsight", version=__version__)
        of_scope = proto.ScopeSpans(scope=scope, spans=encoded)
        resource = proto.Resource(attributes=self._attributes(about))
        return proto.ExportTraceServiceRequest(
            resource_spans=[proto.ResourceSpans(resource=resource, scope_spans=[of_scope])] if spans else []
        )

    def _encoded(self, span: CaseSpan) -> Any:
        proto = self._proto
        return proto.Span(
            trace_id=span.trace,
            span_id=span.id,
            parent_span_id=span.parent or b"",
            name=span.name,
            kind=proto.Span.SPAN_KIND_CLIENT if span.calls else proto.Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=round(span.start * 1e9),
            end_time_unix_nano=round(span.end * 1e9),
            attributes=self._attributes(span.attributes),
            status=proto.Status(code=proto.Status.STATUS_CODE_ERROR) if span.failed else None,
        )

    def _attributes(self, values: Mapping[str, Attribute]) -> list[Any]:
        proto = self._proto
        return [
            proto.KeyValue(key=key, value=proto.AnyValue(**{_FIELDS[type(value)]: _clean(value)}))
            for key, value in values.items()
        ]


def check_collector(config: SiteConfig) -> tuple[bool, str]:
    """Send the collector of a site no span at all: whether it takes that, and what was found, in words."""
    assert config.telemetry is not None
    try:
        collector = Collector(config.telemetry, config.site.name)
        try:
            collector.send([])
        finally:
            collector.close()
    except SecondSightError as error:
        return False, str(error)
    return True, f"{collector.place} takes traces"


def _clean(value: Attribute) -> Attribute:
    """Text that UTF-8 can hold; protobuf takes no other."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _read(answer: httpx.Response) -> bytes:
    """A short answer, whole; the beginning of a long one."""
    content = b""
    for part in answer.iter_bytes():
        content += part
        if len(content) > _MOST_OF_ANSWER:
            break
    return content


def _library() -> Any:
    """The messages of OTLP, in one namespace."""
    from types import SimpleNamespace

    try:
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
        from opentelemetry.proto.common.v1 import common_pb2
        from opentelemetry.proto.resource.v1 import resource_pb2
        from opentelemetry.proto.trace.v1 import trace_pb2
    except ImportError:
        raise ConfigError(
            "traces need opentelemetry-proto; run `pip install 'secondsight[telemetry]'`", key="telemetry"
        ) from None
    names = {**vars(trace_service_pb2), **vars(common_pb2), **vars(resource_pb2), **vars(trace_pb2)}
    return SimpleNamespace(**names)
