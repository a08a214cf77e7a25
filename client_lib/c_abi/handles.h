// The objects behind the C interface's opaque pointers.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <ringside/client.h>
#include <ringside/ringside.h>

struct ringside_channel {
  std::optional<ringside::Channel> opened;  // none: the client's own
  ringside::Channel* channel = nullptr;
};

struct ringside_client {
  ringside::Client client;
  ringside_channel own;  // points into client: so this object never moves
};

struct ringside_schema {
  ringside::Schema schema;
};

struct ringside_row {
  ringside::Row row;
};

struct ringside_batch {
  ringside::Batch batch;
};

struct ringside_result {
  ringside::BatchResult result;
  std::vector<ringside::FieldError> errors;  // of errors_row, made when asked for
  std::optional<std::size_t> errors_row;
};
