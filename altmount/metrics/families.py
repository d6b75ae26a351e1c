"""A sample as Prometheus wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isinf
from typing import NamedTuple

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)

from altmount.articles import Urgency
from altmount.histogram import Histogram
from altmount.metrics.sample import Account, Sample

_URGENCIES = tuple(urgency.name.lower() for urgency in Urgency)

Numbers = Mapping[str, float]
"""Values by a label's."""


class _Number(NamedTuple):
    """A metric of one value."""

    kind: type[CounterMetricFamily | GaugeMetricFamily]
    name: str
    what: str
    value: Callable[[Sample], float | None]
    """``None`` while there is none."""


class _Several(NamedTuple):
    """A metric with one value for each value of a label."""

    kind: type[CounterMetricFamily | GaugeMetricFamily]
    name: str
    what: str
    label: str
    values: Callable[[Sample], Numbers]


class _Each(NamedTuple):
    """A metric of each account, and with a label of its own perhaps."""

    kind: type[CounterMetricFamily | GaugeMetricFamily]
    name: str
    what: str
    value: Callable[[Account], float | Numbers]
    label: str = ""


def _by_urgency(counts: Sequence[int]) -> Numbers:
    return dict(zip(_URGENCIES, counts, strict=True))


_NUMBERS = (
    _Number(
        GaugeMetricFamily,
        "altmount_cache_bytes",
        "Bytes of articles in memory and on their way.",
        lambda sample: sample.cache.used_bytes,
    ),
    _Number(
        GaugeMetricFamily,
        "altmount_cache_limit_bytes",
        "What streaming.cache_bytes allows.",
        lambda sample: sample.cache.limit_bytes,
    ),
    _Number(
        GaugeMetricFamily,
        "altmount_cache_most_bytes",
        "The most there was since the program started.",
        lambda sample: sample.cache.most_bytes,
    ),
    _Number(
        CounterMetricFamily,
        "altmount_client_bytes",
        "Bytes of files that clients took.",
        lambda sample: sample.clients.sent_bytes,
    ),
    _Number(
        GaugeMetricFamily,
        "altmount_read_amplification",
        "Decoded bytes that providers sent for players, for each byte that players took.",
        lambda sample: sample.amplification,
    ),
    _Number(
        GaugeMetricFamily,
        "altmount_line_bulk_bytes",
        "Bytes in the air of all accounts that nobody waits for this moment.",
        lambda sample: sample.line.in_flight,
    ),
    _Number(
        GaugeMetricFamily,
        "altmount_line_bulk_limit_bytes",
        "How many of those the line of all accounts is worth.",
        lambda sample: sample.line.limit,
    ),
)

_SEVERAL = (
    _Several(
        GaugeMetricFamily,
        "altmount_cache_articles",
        "Articles that nobody reads this moment: kept, read ahead, coming.",
        "state",
        lambda sample: {
            state: getattr(sample.cache, state) for state in ("kept", "ahead", "coming")
        },
    ),
    _Several(
        CounterMetricFamily,
        "altmount_cache_requests",
        "Articles that were asked for, by where they came from.",
        "source",
        lambda sample: sample.cache.requests,
    ),
    _Several(
        GaugeMetricFamily,
        "altmount_streams",
        "Streams that are being sent.",
        "door",
        lambda sample: {door: sample.clients.open.get(door, 0) for door in sample.clients.opened},
    ),
    _Several(
        CounterMetricFamily,
        "altmount_streams_opened",
        "Streams since the program started.",
        "door",
        lambda sample: sample.clients.opened,
    ),
    _Several(
        GaugeMetricFamily,
        "altmount_imports",
        "Imports in the database, by status.",
        "status",
        lambda sample: sample.jobs,
    ),
)

_EACH = (
    _Each(
        CounterMetricFamily,
        "altmount_provider_bytes",
        "Bytes that came over the line, by the urgency they were asked for with.",
        lambda account: _by_urgency(account.tally.wire_bytes),
        "urgency",
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_decoded_bytes",
        "Bytes of articles, once decoded.",
        lambda account: _by_urgency(account.tally.decoded_bytes),
        "urgency",
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_articles",
        "Articles that came whole.",
        lambda account: _by_urgency(account.tally.articles),
        "urgency",
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_dropped_bytes",
        "Bytes over the line that nobody waited for any more.",
        lambda account: account.tally.dropped_bytes,
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_missing",
        "Answers that said there is no such article.",
        lambda account: account.tally.missing,
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_wrong",
        "Articles that were not what they should have been.",
        lambda account: account.tally.wrong,
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_late",
        "Articles that were late, and were asked of someone a second time.",
        lambda account: account.tally.late,
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_overtaken",
        "Of those that were late, the ones whose second answer was the first to come.",
        lambda account: account.tally.overtaken,
    ),
    _Each(
        CounterMetricFamily,
        "altmount_provider_errors",
        "What failed, by kind.",
        lambda account: dict(sorted(account.tally.errors.items())),
        "kind",
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_connections",
        "Connections by what they do.",
        lambda account: {
            what: getattr(account.state, what)
            for what in ("dialling", "idle", "busy", "draining", "closing")
        },
        "state",
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_connections_allowed",
        "How many connections there may be now.",
        lambda account: account.state.allowed,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_connections_limit",
        "How many connections the settings allow.",
        lambda account: account.state.limit,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_waiting",
        "Commands that wait for their turn.",
        lambda account: _by_urgency(account.state.waiting),
        "urgency",
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_unanswered",
        "Commands that were sent and are not answered.",
        lambda account: account.state.unanswered,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_account",
        "1 for whether the account can be used, and if not, why.",
        lambda account: {account.state.account: 1},
        "state",
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_breaker",
        "1 for the state of the account's breaker.",
        lambda account: {account.state.breaker: 1},
        "state",
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_quota_used_bytes",
        "What was used of the account in the present period.",
        lambda account: account.state.quota.used,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_quota_limit_bytes",
        "How much may be used of the account in a period; 0 for as much as wanted.",
        lambda account: account.state.quota.limit,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_bulk_bytes",
        "Bytes in the air that nobody waits for this moment.",
        lambda account: account.state.bulk.in_flight,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_bulk_limit_bytes",
        "How many of those the line is worth.",
        lambda account: account.state.bulk.limit,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_line_bytes_per_second",
        "What the line delivered when it was last busy.",
        lambda account: account.state.bulk.rate,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_round_trip_seconds",
        "The shortest time from asking for an article to having it, lately.",
        lambda account: account.state.bulk.round_trip,
    ),
    _Each(
        GaugeMetricFamily,
        "altmount_provider_bulk_held",
        "1 for what decides how much is in the air.",
        lambda account: {account.state.bulk.why: 1},
        "why",
    ),
)


def families_of(sample: Sample) -> Iterator[Metric]:
    """Every metric of the program; its names are part of the interface."""
    yield InfoMetricFamily("altmount", "The program.", value={"version": sample.version})
    for number in _NUMBERS:
        if (value := number.value(sample)) is not None:
            yield number.kind(number.name, number.what, value=value)
    for several in _SEVERAL:
        family = several.kind(several.name, several.what, labels=[several.label])
        for label, value in several.values(sample).items():
            family.add_metric([label], value)
        yield family
    for each in _EACH:
        yield _of_accounts(each, sample.accounts)
    yield from _histograms(sample)


def _of_accounts(each: _Each, accounts: Sequence[Account]) -> Metric:
    family = each.kind(
        each.name, each.what, labels=["provider", each.label] if each.label else ["provider"]
    )
    for account in accounts:
        value = each.value(account)
        if isinstance(value, Mapping):
            for label, one in value.items():
                family.add_metric([account.provider.id, label], one)
        else:
            family.add_metric([account.provider.id], value)
    return family


def _histograms(sample: Sample) -> Iterator[Metric]:
    seconds = HistogramMetricFamily(
        "altmount_provider_fetch_seconds",
        "From asking for an article to having it, waiting for a turn included.",
        labels=["provider", "urgency"],
    )
    for account in sample.accounts:
        for urgency, histogram in zip(_URGENCIES, account.tally.seconds, strict=True):
            if histogram.count:  # each is a dozen lines to write, and most never have a value
                _add(seconds, [account.provider.id, urgency], histogram)
    yield seconds
    lag = HistogramMetricFamily(
        "altmount_loop_lag_seconds", "How late the event loop was when it was looked at."
    )
    _add(lag, [], sample.lag)
    yield lag


def _add(family: HistogramMetricFamily, labels: Sequence[str], histogram: Histogram) -> None:
    buckets = [
        ("+Inf" if isinf(bound) else str(bound), count) for bound, count in histogram.cumulative()
    ]
    family.add_metric(labels, buckets, sum_value=histogram.total)
