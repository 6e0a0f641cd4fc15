"""Spans on their way to a collector, by OTLP over HTTP."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult

from agents.runtime.screen import note
from agents.runtime.telemetry.spans import Spans
from kit.endpoint import endpoint
from kit.problem import Problem

PROBE_SECONDS = 3


@contextmanager
def collected(url: str, agent: str, *, content: bool) -> Iterator[Spans]:
    """Raises `Problem` where nothing takes traces; what is refused later is told at the end."""
    address = _traces_address(url)
    # Its words come once a batch and in English; the person gets ours.
    logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
    if not _takes_traces(address):
        raise Problem(
            f"nothing at {address} takes traces. Start the collector, or give its HTTP address after --otlp, "
            "such as http://localhost:4318.",
            f"{address} 处没有接收跟踪数据的程序。请启动收集器，或在 --otlp 后给出其 HTTP 地址，"
            "例如 http://localhost:4318。",
        )
    exporter = _Exporter(address)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"agents.{agent}"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    try:
        yield Spans(provider, agent, endpoint("CHAT"), content=content)
    finally:
        provider.shutdown()
        if exporter.lost:
            note(
                f"{exporter.lost} spans are lost: {address} did not take them.",
                f"丢失了 {exporter.lost} 个 span：{address} 没有接收。",
            )


def _takes_traces(address: str) -> bool:
    probe = OTLPSpanExporter(address, timeout=PROBE_SECONDS)
    try:
        return probe.export([]) is SpanExportResult.SUCCESS
    finally:
        probe.shutdown()  # type: ignore[no-untyped-call]


class _Exporter(OTLPSpanExporter):
    """Counts the spans that did not arrive."""

    lost = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        if result is not SpanExportResult.SUCCESS:
            self.lost += len(spans)
        return result


def _traces_address(url: str) -> str:
    """An address without a path means the collector's usual one."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isprintable():
            return parts._replace(path="/v1/traces").geturl() if parts.path in ("", "/") else url
    except ValueError:  # the port
        pass
    raise Problem(
        f"--otlp {url} is not a web address. It should look like http://localhost:4318.",
        f"--otlp {url} 不是网址，应形如 http://localhost:4318。",
    )
