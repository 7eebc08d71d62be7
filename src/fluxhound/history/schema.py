"""The tables of a store, and the version that says how to read them."""

from __future__ import annotations

#: Raised when a table changes its meaning; a store of another version is refused, not guessed at.
SCHEMA_VERSION = 1

#: Seconds in one history bucket.
BUCKET_S = 3600

TABLES = f"""
CREATE TABLE IF NOT EXISTS meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
INSERT OR IGNORE INTO meta VALUES ('schema_version', '{SCHEMA_VERSION}');

-- What was read, known by its decompressed content: the same bytes are never counted twice.
CREATE TABLE IF NOT EXISTS input (
    source INTEGER NOT NULL,      -- marks the rows that came from it
    digest VARCHAR PRIMARY KEY,   -- what it was read as, and SHA-256 of the decompressed content
    length BIGINT NOT NULL,       -- bytes of that content
    name VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    records BIGINT NOT NULL,
    observations BIGINT NOT NULL,
    not_observable VARCHAR NOT NULL  -- what this format cannot show, comma-joined
);

-- RRset history. Several rows may have the same key (hour, sensor, name, type, answer set);
-- they merge by min(first), max(last), sum(count), max(ttl_max), min(ttl_min).
CREATE TABLE IF NOT EXISTS history (
    hour INTEGER NOT NULL,        -- hours since 1970-01-01 UTC
    sensor VARCHAR NOT NULL,
    name VARCHAR NOT NULL,        -- lower case, no trailing dot, A-labels
    type VARCHAR NOT NULL,        -- A, AAAA or NS
    answers VARCHAR NOT NULL,     -- CNAME chain and answer set as the source wrote them, lower case
    first DOUBLE NOT NULL,        -- seconds since 1970-01-01 UTC
    last DOUBLE NOT NULL,
    count BIGINT NOT NULL,
    ttl_max BIGINT,
    ttl_min BIGINT,
    source INTEGER NOT NULL
);

-- Who asked, apart from the history and only as keyed hashes.
CREATE TABLE IF NOT EXISTS asked (
    name VARCHAR NOT NULL,
    client UBIGINT NOT NULL,
    source INTEGER NOT NULL
);

-- Networks of registered domains that share addresses, so that each keeps its name.
CREATE TABLE IF NOT EXISTS network (
    id VARCHAR NOT NULL,          -- eight hexadecimal digits
    first_seen DOUBLE NOT NULL,   -- seconds since 1970-01-01 UTC
    last_seen DOUBLE NOT NULL
);

-- What they showed lately: a few domains for each unit, a few thousand rows for each network.
CREATE TABLE IF NOT EXISTS network_unit (
    id VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,        -- an IPv4 address, or the /64 of IPv6
    domain VARCHAR NOT NULL,      -- a registered domain that showed it
    last DOUBLE NOT NULL
);

-- Where each live input goes on after a restart; committed together with what was read up to there.
CREATE TABLE IF NOT EXISTS position (
    input VARCHAR PRIMARY KEY,
    value VARCHAR NOT NULL,       -- the input's own text, opaque here
    updated DOUBLE NOT NULL
);

-- Who asked the live inputs, by hour. Several rows may have the same key (hour, name, client,
-- source); they merge as the history does. Client 0 stands for those beyond the cap of a name.
CREATE TABLE IF NOT EXISTS asking (
    hour INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    client UBIGINT NOT NULL,      -- keyed hash; the key is not in the store
    first DOUBLE NOT NULL,
    last DOUBLE NOT NULL,
    count BIGINT NOT NULL,
    source INTEGER NOT NULL
);

-- Addresses of clients in clear: empty unless the operator turned pseudonyms off.
CREATE TABLE IF NOT EXISTS client_address (
    client UBIGINT PRIMARY KEY,
    address VARCHAR NOT NULL
);

-- Every (name, client) that is known, from files and live.
CREATE VIEW IF NOT EXISTS asked_by AS
SELECT name, client, source FROM asked
UNION ALL SELECT name, client, source FROM asking WHERE client <> 0;

-- Which hours of a table were merged, how many rows that left, and when.
CREATE TABLE IF NOT EXISTS folded (
    folded_table VARCHAR NOT NULL,
    hour INTEGER NOT NULL,
    rows BIGINT NOT NULL,
    folded_at DOUBLE NOT NULL
);

-- Names (with all below them) whose history goes last when the disk bound is reached.
CREATE TABLE IF NOT EXISTS kept (
    name VARCHAR PRIMARY KEY,
    until DOUBLE NOT NULL
);
"""
