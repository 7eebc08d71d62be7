"""From a broker's URL to a live input."""

from __future__ import annotations

from pathlib import Path

from fluxhound.errors import ConfigurationError
from fluxhound.sources.brokers import BrokerUrl, Credentials, parse_url
from fluxhound.sources.feed import START_BEGINNING, START_END, Feed
from fluxhound.sources.format import ReadOptions
from fluxhound.sources.jetstream import JetStreamFeed
from fluxhound.sources.kafkatopic import KafkaFeed
from fluxhound.sources.messages import line_format
from fluxhound.sources.redisstream import RedisFeed
from fluxhound.sources.subscription import Subscription

SILENT_AFTER = 600.0  # seconds; chosen


def broker_input(
    url: str,
    *,
    name: str,
    sensor: str | None = None,
    format: str = "",  # noqa: A002 - the word of the interface
    start: str = START_END,
    silent_after: float = SILENT_AFTER,
    password_file: Path | None = None,
    ca_file: Path | None = None,
    options: ReadOptions | None = None,
) -> Subscription:
    """Return the input that reads the stream at *url*; nothing is connected yet.

    *start* tells where to begin without a stored position: at the "end" or the "beginning".
    *format* "" recognises the format by the content.

    Raises:
        ConfigurationError: the URL, a file or an option is not usable.
        UsageError: there is no format of this name.
    """
    if start not in (START_END, START_BEGINNING):
        raise ConfigurationError(f"'start' is {START_END!r} or {START_BEGINNING!r}.")
    if not silent_after > 0:
        raise ConfigurationError("'silent_after' is a time longer than none, as in 10min.")
    where = parse_url(url)
    credentials = Credentials(
        user=where.user, password_file=password_file, ca_file=ca_file, tls=where.tls
    )
    return Subscription(
        _feed(where, credentials, start),
        name=name,
        sensor=sensor,
        format=line_format(format) if format else None,
        options=options,
        silent_after=silent_after,
    )


def _feed(url: BrokerUrl, credentials: Credentials, start: str) -> Feed:
    if url.broker == "redis":
        return RedisFeed(url, credentials, start=start)
    if url.broker == "nats":
        return JetStreamFeed(url, credentials, start=start)
    return KafkaFeed(url, credentials, start=start)
