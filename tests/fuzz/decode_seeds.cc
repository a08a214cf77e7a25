// Writes the decode fuzzer's first inputs: calls as the client library writes them, one kind a file. Further inputs are found by fuzzing.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "schemas/wire/call_body.h"
#include "tests/fuzz/decode_input.h"

namespace {

using ringside::wire::CallBody;
using ringside::wire::Cell;
using ringside::wire::FieldCode;

struct Seed {
  const char* name;
  std::function<void(CallBody&)> write;
};

// Columns as tile_rules.h's hostile_adapter() has them: column c is field c * 7 % 11 of eight; 8 is dropped, 9 and 10 are foreign.
const Seed kSeeds[] = {
    {"empty_row", [](CallBody& body) { body.start(0, 1); }},
    {"one_number", [](CallBody& body) { body.start(1, 1), body.set(0, 0, Cell::integer(27)); }},
    {"every_tag",
     [](CallBody& body) {
       body.start(11, 1);
       const Cell cells[] = {Cell::integer(7), Cell::null(), Cell::boolean(true), Cell::real(2.5),
                             Cell::refused(FieldCode::kIntRange)};
       for (std::uint16_t c = 0; c < 11; ++c) body.set(c, 0, cells[c % 5]);
       body.set_text(1, 0, "a");
     }},
    {"texts",
     [](CallBody& body) {
       body.start(11, 3);
       for (std::uint16_t row = 0; row < 3; ++row) {
         for (const int c : {2, 10, 1}) body.set_text(static_cast<std::uint16_t>(c), row, "Gr\xC3\xBCn");
       }
     }},
    {"bad_utf8", [](CallBody& body) { body.start(11, 1), body.set_text(2, 0, "\xED\xA0\x80"), body.set_text(10, 0, "\xC0"); }},
    {"batch_of_130",
     [](CallBody& body) {
       body.start(8, 130);
       for (std::uint16_t row = 0; row < 130; ++row) body.set(static_cast<std::uint16_t>(row % 8), row, Cell::integer(row));
     }},
    {"broadcast",
     [](CallBody& body) {
       body.start(11, 5);
       body.set_broadcast_text(2, "rent");
       body.set_broadcast(0, Cell::integer(41));
       for (std::uint16_t row = 0; row < 5; ++row) body.set(5, row, Cell::real(row));
     }},
    {"extras",
     [](CallBody& body) {
       body.start(2, 2);
       body.add_named_text(0, "city", "Dresden");
       body.add_named(0, "zip", Cell::null());
       body.add_named(1, "age", Cell::integer(3));
       body.add_named(1, "age", Cell::integer(4));
     }},
    {"refused_row", [](CallBody& body) { body.start(1, 2), body.add_named(1, "", Cell::refused(FieldCode::kMalformed)); }},
    {"metadata",
     [](CallBody& body) {
       body.start(1, 3);
       body.set_request_id(0, "first");
       body.set_request_id(2, "third");
       body.set_user_id("u37201");
       body.set_route_key("k");
       body.add_route_tag("segment=vip");
       body.set_trace_id("0af7651916cd43dd8448eb211c80319c");
       body.set_version("loan_default_v1.0.0");
     }},
    {"long_texts",
     [](CallBody& body) {
       body.start(11, 3);
       for (std::uint16_t row = 0; row < 3; ++row) body.set_text(2, row, std::string(2'000, 'x'));
     }},
    {"label_and_foreign",
     [](CallBody& body) {
       body.start(11, 1);
       body.set(6, 0, Cell::integer(1));
       body.set(9, 0, Cell::integer(1));
       body.set_label("v1.1");
     }},
};

void write(const std::string& path, CallBody& body, bool is_inline) {
  ringside::wire::RequestGeometry geometry = body.geometry(0x5EED);
  if (is_inline) geometry.body_offset = ringside::wire::kInline;
  std::vector<std::byte> bytes(ringside::engine::test::kDecodeInputHead + body.bytes());
  std::memcpy(bytes.data(), &geometry, sizeof geometry);
  body.write(bytes.data() + ringside::engine::test::kDecodeInputHead);
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: decode_seeds FOLDER\n");
    return 2;
  }
  CallBody body;
  for (const Seed& seed : kSeeds) {
    seed.write(body);
    write(std::string(arguments[1]) + "/" + seed.name, body, false);
    if (body.bytes() <= ringside::wire::kInlineBytes) write(std::string(arguments[1]) + "/" + seed.name + "_inline", body, true);
  }
  return 0;
}
