"""`/metrics`, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aiohttp import hdrs, web
from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from altmount.metrics.families import families_of
from altmount.metrics.sample import Sample
from altmount.metrics.watch import Watch

RESOURCE = "/metrics"
"""Where it is."""


class PrometheusApi:
    """The handler of `/metrics`."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    @property
    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(RESOURCE, self.metrics)]

    async def metrics(self, request: web.Request) -> web.Response:
        """Everything that is measured, and the process, in the format that is asked for."""
        # One registry an answer: nothing is counted in it, and none is shared with libraries.
        registry = CollectorRegistry()
        registry.register(_Collected(await self._watch.sample()))
        ProcessCollector(registry=registry)
        encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})


class _Collected(Collector):
    def __init__(self, sample: Sample) -> None:
        self._sample = sample

    def collect(self) -> Iterator[Metric]:
        return families_of(self._sample)
