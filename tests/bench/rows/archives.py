"""Films in archives: from an NZB to a film that plays, and streams beside those of plain posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tests.bench import client, handin
from tests.bench.figures import MB, Figure, Row, figure
from tests.bench.ground import Ground
from tests.bench.sets import Volume, in_image, rar5, seven_zip
from tests.bench.target import ARTICLE_BYTES
from tests.bench.workers import pause

_SET_BYTES = 50 * 10**9
_IMAGE_BYTES = 60 * 10**9
_VOLUME_BYTES = 100 * 10**6
_REST_SECONDS = 0.3
_BUDGET = {0: 0.9, 40: 1.2}
_PASSWORD = "s3cret"
_STREAM_ARTICLES = 1500
_TIMES = 5

Make = Callable[[], Sequence[Volume]]


def _import(kind: str, make: Make) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        volumes = make()
        seconds: dict[int, list[float]] = {0: [], 40: []}
        bodies, stats = [], []
        with ground.program() as program:
            for number in range(4):
                for milliseconds, samples in seconds.items():
                    title = f"{kind}-{number}-{milliseconds}"
                    ending = ".m2ts" if kind == "iso" else ".mkv"
                    target, nzb = ground.post_set(title, volumes, ending=ending)
                    pause(_REST_SECONDS)
                    before = ground.news.counters()
                    with ground.latency(milliseconds):
                        went = ground.client.call(handin.hand_in, program.port, nzb, title, target)
                    after = ground.news.counters()
                    samples.append(went.seconds)
                    bodies.append(_more(before, after, "BODY"))
                    stats.append(_more(before, after, "STAT"))
        for milliseconds, samples in seconds.items():
            # The first one starts the process that parses.
            yield figure(
                f"NZB given to playable at {milliseconds} ms",
                "s",
                samples[1:],
                at_most=_BUDGET[milliseconds],
                ancestor="2.9-5.9" if not milliseconds else "7.6",
            )
        yield figure("articles fetched", "", bodies, at_most=10, ancestor="1027")
        yield figure("articles asked after", "", stats)

    return measure


def _more(before: dict, after: dict, command: str) -> float:
    return after["commands"].get(command, 0) - before["commands"].get(command, 0)


def _rar() -> Sequence[Volume]:
    return rar5(_SET_BYTES, _VOLUME_BYTES)[0]


def _seven_zip() -> Sequence[Volume]:
    return seven_zip(_SET_BYTES, _VOLUME_BYTES)


def _image() -> Sequence[Volume]:
    return in_image(_IMAGE_BYTES, _VOLUME_BYTES)


def _stream(password: str, share: float) -> Callable[[Ground], Iterator[Figure]]:
    def measure(ground: Ground) -> Iterator[Figure]:
        title = f"stream-{'aes' if password else 'rar'}"
        volumes, key = rar5(_SET_BYTES, _VOLUME_BYTES, password=password)
        metas = {"password": password} if password else {}
        target, nzb = ground.post_set(title, volumes, key, **metas)
        speeds, plain, cpu = [], [], []
        with ground.program() as program:
            ground.client.call(handin.hand_in, program.port, nzb, title, target)
            offsets = ground.offsets()
            length = _STREAM_ARTICLES * ARTICLE_BYTES
            for number in range(_TIMES):
                start = (1 + number) * 2 * length
                used = program.cpu_seconds()
                read = ground.client.call(
                    client.stream, program.port, target, start, start + length
                )
                cpu.append((program.cpu_seconds() - used) / read.received * (1 << 30))
                speeds.append(read.received / read.seconds / MB)
                pause(_REST_SECONDS)
                first = offsets.run(_STREAM_ARTICLES) * ARTICLE_BYTES
                read = ground.client.call(
                    client.stream, program.port, ground.film, first, first + length
                )
                plain.append(read.received / read.seconds / MB)
                pause(_REST_SECONDS)
        yield figure("speed", "MB/s", speeds, ancestor="" if password else "728-892")
        yield figure("speed of a plain post", "MB/s", plain)
        shares = [one / other for one, other in zip(speeds, plain, strict=True)]
        yield figure("share of the plain post's speed", "", shares, at_least=share)
        yield figure("processor time", "s/GiB", cpu)

    return measure


ROWS = (
    Row("import-rar-500", "Import of 50 GB in 500 RAR volumes", _import("rar", _rar)),
    Row("import-7z-500", "Import of 50 GB in 500 parts of a 7z archive", _import("7z", _seven_zip)),
    Row(
        "import-iso-60g",
        "Import of a Blu-ray of 60 GB, an image in 600 RAR volumes",
        _import("iso", _image),
    ),
    Row("stream-rar", "One stream from a stored RAR set of 500 volumes", _stream("", 0.95)),
    Row("stream-aes", "One stream from an encrypted RAR set", _stream(_PASSWORD, 0.5)),
)
