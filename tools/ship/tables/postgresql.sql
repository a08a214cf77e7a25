-- Tables of ringside-ship in PostgreSQL 11 or later (tried with 15). Safe to run again.
--
--   psql -v ON_ERROR_STOP=1 -d DATABASE -f postgresql.sql
--
-- ringside.prediction_records   every record that arrived, as the journal has it; ringside-ship writes here
-- ringside.predictions          what holds: predictions without those that a later record of their call overrules
--
-- Partitions: a month each, by time, so that old months go with DROP TABLE instead of a DELETE that leaves dead rows, and a query over a few
-- days reads one or two. A partitioned table's key must hold what it is partitioned by; the time is part of the record, so the same key always
-- has the same time, and one key is still one row. prediction_records_rest takes what has no month yet: nothing is refused for want of one.
-- Call ringside.make_months() once a month (pg_cron, or a timer with psql); a month that already has rows in _rest cannot be made.
--
-- Indexes: each costs every insert, so there are few. The key; request_id, and user_id with time, for the two questions people ask; time alone as
-- BRIN (a few pages for millions of rows, since rows arrive in order); and a partial one of the rows that overrule others, which are rare.

CREATE SCHEMA IF NOT EXISTS ringside;

CREATE TABLE IF NOT EXISTS ringside.prediction_records (
  "timestamp"       timestamptz NOT NULL,   -- wall_ns to the microsecond
  wall_ns           bigint      NOT NULL,
  instance          text        NOT NULL,   -- ringside-ship's `instance`
  task              text        NOT NULL,
  engine_epoch      bigint      NOT NULL,   -- key: 64 random bits of a start, read as signed
  writer            integer     NOT NULL,   -- key
  sequence          bigint      NOT NULL,   -- key: gapless for a writer
  type              text        NOT NULL,   -- prediction, gap
  epoch             bigint      NOT NULL,   -- (instance, task, epoch, connection, ticket, writer) is a call
  connection        bigint      NOT NULL,
  ticket            bigint      NOT NULL,
  "row"             integer,                -- null: about all rows of the call
  "rows"            bigint      NOT NULL,   -- of the call; of a gap: how many have no record
  status_alone      boolean     NOT NULL,   -- answered unread: overrules what its call recorded before
  request_id        text,
  user_id           text,
  user_key          text,                   -- not null: user_id is a pseudonym under this key
  trace_id          text,
  model_version     text,
  asked             text,
  arm               text,
  status            text,
  code              text,
  reason            text,
  errors            jsonb       NOT NULL,
  input_features    jsonb       NOT NULL,
  input_size        integer     NOT NULL,
  prediction        text,
  score             float8,
  "values"          float8[]    NOT NULL,
  margins           float8[]    NOT NULL,
  features          float8[]    NOT NULL,
  filled            text[]      NOT NULL,
  "unknown"         text[]      NOT NULL,
  clamped           text[]      NOT NULL,
  outputs_withheld  boolean     NOT NULL,
  features_withheld boolean     NOT NULL,
  inputs_cut        boolean     NOT NULL,
  latency_ms        float8      NOT NULL,
  queue_ms          float8      NOT NULL,
  decode_ms         float8      NOT NULL,
  preprocess_ms     float8      NOT NULL,
  forest_ms         float8      NOT NULL,
  client_uid        bigint      NOT NULL,
  client_pid        bigint      NOT NULL,
  client_name       text,
  client_ip         text,
  PRIMARY KEY (engine_epoch, writer, sequence, "timestamp")
) PARTITION BY RANGE ("timestamp");

CREATE TABLE IF NOT EXISTS ringside.prediction_records_rest PARTITION OF ringside.prediction_records DEFAULT;

CREATE INDEX IF NOT EXISTS prediction_records_request ON ringside.prediction_records (request_id);
CREATE INDEX IF NOT EXISTS prediction_records_user ON ringside.prediction_records (user_id, "timestamp");
CREATE INDEX IF NOT EXISTS prediction_records_time ON ringside.prediction_records USING brin ("timestamp");
CREATE INDEX IF NOT EXISTS prediction_records_alone ON ringside.prediction_records (epoch, connection, ticket) WHERE status_alone;

-- The month of `first` and `ahead` more, in UTC.
CREATE OR REPLACE FUNCTION ringside.make_months(ahead integer DEFAULT 2, first timestamptz DEFAULT now()) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  month timestamp := date_trunc('month', first AT TIME ZONE 'UTC');
BEGIN
  FOR i IN 0 .. ahead LOOP
    EXECUTE format('CREATE TABLE IF NOT EXISTS ringside.%I PARTITION OF ringside.prediction_records FOR VALUES FROM (%L) TO (%L)',
                   'prediction_records_' || to_char(month, 'YYYY_MM'), month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC');
    month := month + interval '1 month';
  END LOOP;
END $$;
SELECT ringside.make_months();

-- A call that ended with its status alone overrules what it had recorded before: one row of it, or all where "row" is null.
CREATE OR REPLACE VIEW ringside.predictions AS
SELECT r.* FROM ringside.prediction_records r
WHERE r.type = 'prediction' AND NOT EXISTS (
  SELECT FROM ringside.prediction_records later
  WHERE later.status_alone AND later.epoch = r.epoch AND later.connection = r.connection AND later.ticket = r.ticket
    AND later.instance = r.instance AND later.task = r.task AND later.writer = r.writer AND later."rows" = r."rows"
    AND later.sequence > r.sequence
    AND (later."row" IS NULL OR (later."row" = r."row" AND later.request_id IS NOT DISTINCT FROM r.request_id)));
