-- Events on their way to Kafka, written in the transaction of what they report. A row is marked
-- when the broker has acknowledged it. The relay reads through the partial index, which holds
-- unpublished rows only: its cost does not grow with what was ever published.
CREATE TABLE outbox (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id       uuid NOT NULL DEFAULT gen_random_uuid(),
    key            text NOT NULL,
    type           text NOT NULL,
    payload        jsonb NOT NULL,
    traceparent    text,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- Ids are given out before commit, and commits come in another order: a reader that keeps a
    -- position must not pass a transaction that still runs (`< pg_snapshot_xmin(...)`).
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    published_at   timestamptz
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000
);

-- Clicks per link and hour: what the statistics are answered from.
CREATE TABLE click_counts (
    link_id bigint NOT NULL REFERENCES links,
    hour    timestamptz NOT NULL,
    clicks  bigint NOT NULL,
    PRIMARY KEY (link_id, hour)
) WITH (fillfactor = 80);

-- Which events a consumer has already counted: a message that arrives twice changes nothing.
CREATE TABLE processed_events (
    event_id     uuid PRIMARY KEY,
    processed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX processed_events_age ON processed_events (processed_at);

-- Messages that could not be processed, with the reason, for a person to look at.
CREATE TABLE dead_letters (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic            text NOT NULL,
    partition        integer NOT NULL,
    partition_offset bigint NOT NULL,
    key              bytea,
    payload          bytea,
    reason           text NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (topic, partition, partition_offset)
);
