"""A sample as Prometheus wants it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isinf

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from altmount.articles import Urgency
from altmount.histogram import Histogram
from altmount.metrics.sample import Account, Cache, Clients, Sample

_URGENCIES = tuple(urgency.name.lower() for urgency in Urgency)


def families_of(sample: Sample) -> Iterator[Metric]:
    """Every metric of the program; its names are part of the interface."""
    yield InfoMetricFamily("altmount", "The program.", value={"version": sample.version})
    yield from _traffic(sample.accounts)
    yield from _connections(sample.accounts)
    yield from _cache(sample.cache)
    yield from _clients(sample.clients)
    if sample.amplification is not None:
        yield GaugeMetricFamily(
            "altmount_read_amplification",
            "Decoded bytes that providers sent for players, for each byte that players took.",
            value=sample.amplification,
        )
    imports = GaugeMetricFamily(
        "altmount_imports", "Imports in the database, by status.", labels=["status"]
    )
    for status, count in sample.jobs.items():
        imports.add_metric([status], count)
    yield imports
    lag = HistogramMetricFamily(
        "altmount_loop_lag_seconds", "How late the event loop was when it was looked at."
    )
    _add(lag, [], sample.lag)
    yield lag


def _traffic(accounts: Sequence[Account]) -> Iterator[Metric]:
    by_urgency = ["provider", "urgency"]
    wire = CounterMetricFamily(
        "altmount_provider_bytes",
        "Bytes that came over the line, by the urgency they were asked for with.",
        labels=by_urgency,
    )
    decoded = CounterMetricFamily(
        "altmount_provider_decoded_bytes", "Bytes of articles, once decoded.", labels=by_urgency
    )
    articles = CounterMetricFamily(
        "altmount_provider_articles", "Articles that came whole.", labels=by_urgency
    )
    dropped = CounterMetricFamily(
        "altmount_provider_dropped_bytes",
        "Bytes over the line that nobody waited for any more.",
        labels=["provider"],
    )
    missing = CounterMetricFamily(
        "altmount_provider_missing",
        "Answers that said there is no such article.",
        labels=["provider"],
    )
    wrong = CounterMetricFamily(
        "altmount_provider_wrong",
        "Articles that were not what they should have been.",
        labels=["provider"],
    )
    errors = CounterMetricFamily(
        "altmount_provider_errors", "What failed, by kind.", labels=["provider", "kind"]
    )
    seconds = HistogramMetricFamily(
        "altmount_provider_fetch_seconds",
        "From asking for an article to having it, waiting for a turn included.",
        labels=by_urgency,
    )
    for account in accounts:
        name, tally = account.provider.id, account.tally
        dropped.add_metric([name], tally.dropped_bytes)
        missing.add_metric([name], tally.missing)
        wrong.add_metric([name], tally.wrong)
        for kind, count in sorted(tally.errors.items()):
            errors.add_metric([name, kind], count)
        for index, urgency in enumerate(_URGENCIES):
            wire.add_metric([name, urgency], tally.wire_bytes[index])
            decoded.add_metric([name, urgency], tally.decoded_bytes[index])
            articles.add_metric([name, urgency], tally.articles[index])
            _add(seconds, [name, urgency], tally.seconds[index])
    yield from (wire, decoded, articles, dropped, missing, wrong, errors, seconds)


def _connections(accounts: Sequence[Account]) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "altmount_provider_connections",
        "Connections by what they do.",
        labels=["provider", "state"],
    )
    allowed = GaugeMetricFamily(
        "altmount_provider_connections_allowed",
        "How many connections there may be now.",
        labels=["provider"],
    )
    limit = GaugeMetricFamily(
        "altmount_provider_connections_limit",
        "How many connections the settings allow.",
        labels=["provider"],
    )
    waiting = GaugeMetricFamily(
        "altmount_provider_waiting",
        "Commands that wait for their turn.",
        labels=["provider", "urgency"],
    )
    unanswered = GaugeMetricFamily(
        "altmount_provider_unanswered",
        "Commands that were sent and are not answered.",
        labels=["provider"],
    )
    bulk = GaugeMetricFamily(
        "altmount_provider_bulk_bytes",
        "Bytes in the air that nobody waits for this moment.",
        labels=["provider"],
    )
    bulk_limit = GaugeMetricFamily(
        "altmount_provider_bulk_limit_bytes",
        "How many of those the line is worth.",
        labels=["provider"],
    )
    rate = GaugeMetricFamily(
        "altmount_provider_line_bytes_per_second",
        "What the line delivered when it was last busy.",
        labels=["provider"],
    )
    round_trip = GaugeMetricFamily(
        "altmount_provider_round_trip_seconds",
        "The shortest time from asking for an article to having it, lately.",
        labels=["provider"],
    )
    why = GaugeMetricFamily(
        "altmount_provider_bulk_held",
        "1 for what decides how much is in the air.",
        labels=["provider", "why"],
    )
    standing = GaugeMetricFamily(
        "altmount_provider_account",
        "1 for whether the account can be used, and if not, why.",
        labels=["provider", "state"],
    )
    breaker = GaugeMetricFamily(
        "altmount_provider_breaker",
        "1 for the state of the account's breaker.",
        labels=["provider", "state"],
    )
    quota_used = GaugeMetricFamily(
        "altmount_provider_quota_used_bytes",
        "What was used of the account in the present period.",
        labels=["provider"],
    )
    quota_limit = GaugeMetricFamily(
        "altmount_provider_quota_limit_bytes",
        "How much may be used of the account in a period; 0 for as much as wanted.",
        labels=["provider"],
    )
    for account in accounts:
        name, state = account.provider.id, account.state
        standing.add_metric([name, state.account], 1)
        breaker.add_metric([name, state.breaker], 1)
        quota_used.add_metric([name], state.quota.used)
        quota_limit.add_metric([name], state.quota.limit)
        for what in ("dialling", "idle", "busy", "draining", "closing"):
            connections.add_metric([name, what], getattr(state, what))
        allowed.add_metric([name], state.allowed)
        limit.add_metric([name], state.limit)
        unanswered.add_metric([name], state.unanswered)
        bulk.add_metric([name], state.bulk.in_flight)
        bulk_limit.add_metric([name], state.bulk.limit)
        rate.add_metric([name], state.bulk.rate)
        round_trip.add_metric([name], state.bulk.round_trip)
        why.add_metric([name, state.bulk.why], 1)
        for urgency, count in zip(_URGENCIES, state.waiting, strict=True):
            waiting.add_metric([name, urgency], count)
    yield from (connections, allowed, limit, waiting, unanswered)
    yield from (standing, breaker, quota_used, quota_limit)
    yield from (bulk, bulk_limit, rate, round_trip, why)


def _cache(cache: Cache) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "altmount_cache_bytes",
        "Bytes of articles in memory and on their way.",
        value=cache.used_bytes,
    )
    yield GaugeMetricFamily(
        "altmount_cache_limit_bytes",
        "What streaming.cache_bytes allows.",
        value=cache.limit_bytes,
    )
    yield GaugeMetricFamily(
        "altmount_cache_most_bytes",
        "The most there was since the program started.",
        value=cache.most_bytes,
    )
    articles = GaugeMetricFamily(
        "altmount_cache_articles",
        "Articles that nobody reads this moment: kept, read ahead, coming.",
        labels=["state"],
    )
    for state in ("kept", "ahead", "coming"):
        articles.add_metric([state], getattr(cache, state))
    yield articles
    requests = CounterMetricFamily(
        "altmount_cache_requests",
        "Articles that were asked for, by where they came from.",
        labels=["source"],
    )
    for source, count in cache.requests.items():
        requests.add_metric([source], count)
    yield requests


def _clients(clients: Clients) -> Iterator[Metric]:
    streams = GaugeMetricFamily("altmount_streams", "Streams that are being sent.", labels=["door"])
    opened = CounterMetricFamily(
        "altmount_streams_opened", "Streams since the program started.", labels=["door"]
    )
    for door, count in clients.opened.items():
        streams.add_metric([door], clients.open.get(door, 0))
        opened.add_metric([door], count)
    yield from (streams, opened)
    yield CounterMetricFamily(
        "altmount_client_bytes", "Bytes of files that clients took.", value=clients.sent_bytes
    )


def _add(family: HistogramMetricFamily, labels: Sequence[str], histogram: Histogram) -> None:
    buckets = [
        ("+Inf" if isinf(bound) else str(bound), count) for bound, count in histogram.cumulative()
    ]
    family.add_metric(labels, buckets, sum_value=histogram.total)
