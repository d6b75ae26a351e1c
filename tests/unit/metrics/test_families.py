from __future__ import annotations

from prometheus_client import CollectorRegistry
from prometheus_client.registry import Collector

from altmount.articles import Urgency
from altmount.metrics.families import families_of
from tests.support.samples import account, sample


class Fixed(Collector):
    def __init__(self, sample):
        self.sample = sample

    def collect(self):
        return families_of(self.sample)


def value_of(sample, name, **labels):
    registry = CollectorRegistry()
    registry.register(Fixed(sample))
    return registry.get_sample_value(name, labels)


def test_traffic_is_by_provider_and_urgency():
    one, other = account("one"), account("other")
    one.tally.wire_bytes[Urgency.IMPORT] = 1000
    one.tally.articles[Urgency.IMPORT] = 3
    other.tally.missing, other.tally.wrong, other.tally.dropped_bytes = 4, 5, 6
    other.tally.errors["status 502"] = 7
    other.tally.late, other.tally.overtaken = 8, 9
    taken = sample([one, other])
    labels = {"provider": "one", "urgency": "import"}
    assert value_of(taken, "altmount_provider_bytes_total", **labels) == 1000
    assert value_of(taken, "altmount_provider_articles_total", **labels) == 3
    assert value_of(taken, "altmount_provider_missing_total", provider="other") == 4
    assert value_of(taken, "altmount_provider_wrong_total", provider="other") == 5
    assert value_of(taken, "altmount_provider_dropped_bytes_total", provider="other") == 6
    assert value_of(taken, "altmount_provider_late_total", provider="other") == 8
    assert value_of(taken, "altmount_provider_overtaken_total", provider="other") == 9
    errors = {"provider": "other", "kind": "status 502"}
    assert value_of(taken, "altmount_provider_errors_total", **errors) == 7


def test_latencies_are_histograms():
    one = account("one")
    one.tally.seconds[Urgency.PLAYBACK_NOW].add(0.03)
    labels = {"provider": "one", "urgency": "playback_now"}
    name = "altmount_provider_fetch_seconds"
    assert value_of(sample([one]), f"{name}_bucket", le="0.025", **labels) == 0
    assert value_of(sample([one]), f"{name}_bucket", le="0.05", **labels) == 1
    assert value_of(sample([one]), f"{name}_bucket", le="+Inf", **labels) == 1
    assert value_of(sample([one]), f"{name}_sum", **labels) == 0.03
    assert value_of(sample([one]), f"{name}_sum", provider="one", urgency="import") is None


def test_connections_and_queues_are_what_they_are_now():
    taken = sample([account("one")])
    for state, count in {"dialling": 1, "idle": 2, "busy": 3, "draining": 4}.items():
        labels = {"provider": "one", "state": state}
        assert value_of(taken, "altmount_provider_connections", **labels) == count
    labels = {"provider": "one", "urgency": "scan"}
    assert value_of(taken, "altmount_provider_waiting", **labels) == 4
    assert value_of(taken, "altmount_provider_connections_allowed", provider="one") == 10
    assert value_of(taken, "altmount_provider_connections_limit", provider="one") == 20
    assert value_of(taken, "altmount_provider_bulk_bytes", provider="one") == 5
    assert value_of(taken, "altmount_provider_bulk_limit_bytes", provider="one") == 6
    assert value_of(taken, "altmount_provider_line_bytes_per_second", provider="one") == 50
    assert value_of(taken, "altmount_provider_round_trip_seconds", provider="one") == 0.25
    assert value_of(taken, "altmount_line_bulk_bytes") == 8
    assert value_of(taken, "altmount_line_bulk_limit_bytes") == 9
    assert value_of(taken, "altmount_provider_bulk_held", provider="one", why="full") == 1


def test_cache_streams_and_imports():
    taken = sample([account()], sent=500)
    assert value_of(taken, "altmount_cache_bytes") == 100
    assert value_of(taken, "altmount_cache_limit_bytes") == 1000
    assert value_of(taken, "altmount_cache_articles", state="ahead") == 5
    assert value_of(taken, "altmount_cache_requests_total", source="memory") == 7
    assert value_of(taken, "altmount_streams", door="files") == 1
    assert value_of(taken, "altmount_streams", door="stream") == 0
    assert value_of(taken, "altmount_streams_opened_total", door="stream") == 3
    assert value_of(taken, "altmount_client_bytes_total") == 500
    assert value_of(taken, "altmount_imports", status="failed") == 2
    assert value_of(taken, "altmount_info", version="1.2.3") == 1


def test_amplification_is_left_out_while_nothing_was_sent():
    assert value_of(sample(), "altmount_read_amplification") is None
    assert value_of(sample(sent=10), "altmount_read_amplification") == 0
