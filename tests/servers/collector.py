"""A collector of traces: takes OTLP over HTTP as protobuf, and can be told to die, hang or refuse."""

from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.servers.receiver import Receiver


class TraceCollector(Receiver):
    """Keeps what it takes, as every `Receiver` does."""

    @property
    def endpoint(self) -> str:
        return self.url.removesuffix("/alarm")

    def requests(self) -> list[ExportTraceServiceRequest]:
        """What was taken."""
        return [ExportTraceServiceRequest.FromString(one.body) for one in list(self.taken)]

    def spans(self) -> list[Span]:
        """All spans that were taken."""
        return [
            span
            for request in self.requests()
            for of_resource in request.resource_spans
            for of_scope in of_resource.scope_spans
            for span in of_scope.spans
        ]

    def names(self) -> list[str]:
        return sorted(span.name for span in self.spans())


def attributes(span: Any) -> dict[str, Any]:
    """Of a span or a resource, without the prefix that all of ours have."""
    return {
        one.key.removeprefix("secondsight."): getattr(one.value, one.value.WhichOneof("value"))
        for one in span.attributes
    }
