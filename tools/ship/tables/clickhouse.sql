-- Tables of ringside-ship in ClickHouse, from Debian's 18.16 on. Safe to run again.
--
--   clickhouse-client --multiquery < clickhouse.sql
--
-- ringside.prediction_records   every record that arrived; ringside-ship writes here. A batch that came twice is there twice until parts are
--                               merged: ask it with FINAL, or ask the view
-- ringside.predictions          what holds: FINAL, predictions alone, without those that a later record of their call overrules
--
-- ReplacingMergeTree keeps one row a sorting key and partition. The sorting key begins with what queries name, the task and the hour, and ends
-- with the record's key; hour and month come from the record's own time, so the same key is always in the same place, and twins meet. The primary key,
-- which is what stays in memory, is the part that helps to find. Months are partitions, so that old ones go with ALTER TABLE … DROP PARTITION.
-- Absent text is empty, not null: a Nullable column costs a second file.

CREATE DATABASE IF NOT EXISTS ringside;

CREATE TABLE IF NOT EXISTS ringside.prediction_records
(
    wall_ns UInt64,
    timestamp DateTime DEFAULT toDateTime(intDiv(wall_ns, 1000000000)),
    instance String,              -- ringside-ship's `instance`
    task String,
    engine_epoch UInt64,          -- key: 64 random bits of a start
    writer UInt32,                -- key
    sequence UInt64,              -- key: gapless for a writer
    type String,                  -- prediction, gap
    epoch UInt32,                 -- (instance, task, epoch, connection, ticket, writer) is a call
    connection UInt64,
    ticket UInt64,
    row Nullable(UInt32),         -- null: about all rows of the call
    rows UInt64,                  -- of the call; of a gap: how many have no record
    status_alone UInt8,           -- answered unread: overrules what its call recorded before
    request_id String,
    user_id String,
    user_key String,              -- not empty: user_id is a pseudonym under this key
    trace_id String,
    model_version String,
    asked String,
    arm String,
    status String,
    code String,
    reason String,
    errors String,                -- JSON: JSONExtract… or visitParam… read it
    input_features String,        -- JSON
    input_size UInt32,
    prediction Nullable(String),
    score Nullable(Float64),
    values Array(Float64),
    margins Array(Float64),
    features Array(Float64),
    filled Array(String),
    unknown Array(String),
    clamped Array(String),
    outputs_withheld UInt8,
    features_withheld UInt8,
    inputs_cut UInt8,
    latency_ms Float64,
    queue_ms Float64,
    decode_ms Float64,
    preprocess_ms Float64,
    forest_ms Float64,
    client_uid UInt32,
    client_pid UInt32,
    client_name String,
    client_ip String
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(wall_ns, 1000000000), 'UTC'))
PRIMARY KEY (task, intDiv(wall_ns, 3600000000000))
ORDER BY (task, intDiv(wall_ns, 3600000000000), engine_epoch, writer, sequence);

-- A call that ended with its status alone overrules what it had recorded before: one row of it, or all where row is null. Such records are
-- rare, so the sets are small; and they are the last of their call, so they need no comparison of sequences.
CREATE VIEW IF NOT EXISTS ringside.predictions AS
SELECT * FROM ringside.prediction_records FINAL
WHERE type = 'prediction' AND (status_alone
    OR ((instance, task, epoch, connection, ticket, writer, rows) NOT IN
            (SELECT instance, task, epoch, connection, ticket, writer, rows FROM ringside.prediction_records
             WHERE status_alone AND row IS NULL)
        AND (instance, task, epoch, connection, ticket, writer, rows, assumeNotNull(row), request_id) NOT IN
            (SELECT instance, task, epoch, connection, ticket, writer, rows, assumeNotNull(row), request_id FROM ringside.prediction_records
             WHERE status_alone AND row IS NOT NULL)));
