"""Traces of cases for OpenTelemetry. In: what the store knows of a case: steps, calls, deliveries. Out: spans at a
collector, by OTLP over HTTP. Nothing is measured on the way of a case: its records have all the times. The extra
`telemetry` is loaded when tracing begins.
"""

from secondsight.serve.telemetry.collector import Collector, check_collector
from secondsight.serve.telemetry.tracer import CaseTracer

__all__ = ["CaseTracer", "Collector", "check_collector"]
