// The columns of a store's table, once: what tables/*.sql declare, what ClickHouse gets as JSON and PostgreSQL as COPY text.
//
//   put_columns(row, writer)   calls writer.count/text/optional_text/json/numbers/… for every column, in the table's order
//   column_list()              "wall_ns, instance, …"
//
// Thread safety: no state.
#pragma once

#include <string>
#include <string_view>

#include "tools/ship/row.h"

namespace ringside::ship {

template <class Writer>
void put_columns(const Row& row, Writer& to) {
  to.count("wall_ns", row.wall_ns);
  to.text("instance", row.instance);
  to.text("task", row.task);
  to.bits("engine_epoch", row.engine_epoch);
  to.count("writer", row.writer);
  to.count("sequence", row.sequence);
  to.text("type", row.type);
  to.count("epoch", row.epoch);
  to.count("connection", row.connection);
  to.count("ticket", row.ticket);
  to.optional_count("row", row.row);
  to.count("rows", row.rows);
  to.flag("status_alone", row.status_alone);
  to.text("request_id", row.request_id);
  to.text("user_id", row.user_id);
  to.text("user_key", row.user_key);
  to.text("trace_id", row.trace_id);
  to.text("model_version", row.model_version);
  to.text("asked", row.asked);
  to.text("arm", row.arm);
  to.text("status", row.status);
  to.text("code", row.code);
  to.text("reason", row.reason);
  to.json("errors", row.errors);
  to.json("input_features", row.input_features);
  to.count("input_size", row.input_size);
  to.optional_text("prediction", row.prediction);
  to.optional_number("score", row.score());
  to.numbers("values", row.values);
  to.numbers("margins", row.margins);
  to.numbers("features", row.features);
  to.texts("filled", row.filled);
  to.texts("unknown", row.unknown);
  to.texts("clamped", row.clamped);
  to.flag("outputs_withheld", row.outputs_withheld);
  to.flag("features_withheld", row.features_withheld);
  to.flag("inputs_cut", row.inputs_cut);
  to.number("latency_ms", row.total_ns / 1e6);
  to.number("queue_ms", row.queue_ns / 1e6);
  to.number("decode_ms", row.decode_ns / 1e6);
  to.number("preprocess_ms", row.preprocess_ns / 1e6);
  to.number("forest_ms", row.forest_ns / 1e6);
  to.count("client_uid", row.client_uid);
  to.count("client_pid", row.client_pid);
  to.text("client_name", row.client_name);
  to.text("client_ip", row.client_ip);
}

// Every name in quotes that both stores understand, separated by commas.
[[nodiscard]] std::string column_list();

// Appends one line with its newline: a JSON object for FORMAT JSONEachRow / fields for COPY … FROM STDIN.
void append_clickhouse_line(std::string& out, const Row& row);
void append_copy_line(std::string& out, const Row& row);

}  // namespace ringside::ship
