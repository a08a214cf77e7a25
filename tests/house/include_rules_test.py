"""Goal: nobody includes what architecture says they may not know, and the checker that says so can itself go red.
Method: the real tree must have no violation; small invented trees hold one include each, good or bad, judged by the real table."""

import pathlib

import pytest

from include_rules import area_of, check_circles, check_includes
from source_tree import SourceTree

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Every header that the good and bad includes below point at.
HEADERS = (
    "client_lib/base/clock.h", "client_lib/include/ringside/result.h", "client_lib/include/ringside/client.h",
    "client_lib/channel.h", "schemas/wire/cell.h", "engine/engine.h",
    *(f"engine/{folder}/part.h" for folder in (
        "schema", "counters", "epoch", "ingress", "decode", "preprocess", "forest", "journal", "respond", "worker", "door",
        "bundle", "traffic", "versions", "ledger", "drift", "metrics", "admin", "config")),
    "engine/decode/call.h", "engine/decode/tile.h", "engine/decode/row_errors.h",
    "tools/json_rows/part.h", "tools/cli/part.h", "tools/load/part.h", "tests/support/watchdog.h", "bench/part.h",
)


def violations_of(folder, file, *lines):
    for header in HEADERS:
        (folder / header).parent.mkdir(parents=True, exist_ok=True)
        (folder / header).write_text("#pragma once\n")
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text("// what it is for\n" + "\n".join(lines) + "\n")
    outputs = {"engine/decode": ("tile.h", "call.h")}
    return [str(violation) for violation in check_includes(SourceTree(folder), output_headers=outputs)]


def test_tree_has_no_include_outside_the_table():
    violations = check_includes(SourceTree(ROOT))
    assert not violations, "\n" + "\n".join(map(str, violations))


@pytest.mark.parametrize("file, include", [
    ("engine/decode/a.cc", '"schemas/wire/cell.h"'),
    ("engine/decode/a.cc", "<ringside/result.h>"),
    ("engine/forest/a.cc", '"engine/epoch/part.h"'),
    ("engine/preprocess/a.cc", '"engine/decode/tile.h"'),
    ("engine/door/a.cc", '"engine/ingress/part.h"'),
    ("engine/bundle/a.cc", '"engine/decode/part.h"'),
    ("engine/bundle/a.cc", "<simdjson.h>"),
    ("engine/bundle/a.cc", '"engine/drift/part.h"'),
    ("engine/drift/a.cc", '"engine/decode/tile.h"'),
    ("engine/worker/a.cc", '"engine/respond/part.h"'),
    ("engine/admin/a.cc", "<boost/beast.hpp>"),
    ("engine/engine.cc", '"engine/worker/part.h"'),
    ("engine/main.cc", '"engine/engine.h"'),
    ("client_lib/a.cc", "<ringside/client.h>"),
    ("client_lib/a.cc", "<boost/interprocess/mapped_region.hpp>"),
    ("client_lib/include/ringside/row.h", "<ringside/client.h>"),
    ("tools/cli/a.cc", '"engine/bundle/part.h"'),
    ("tools/load/a.cc", '"tools/json_rows/part.h"'),
    ("tests/engine/a_test.cc", '"engine/decode/part.h"'),
    ("bench/a.cc", "<boost/interprocess/ipc/message_queue.hpp>"),
])
def test_include_inside_the_table_is_accepted(tmp_path, file, include):
    assert violations_of(tmp_path, file, f"#include {include}") == []


@pytest.mark.parametrize("file, include, words", [
    ("client_lib/a.cc", '"engine/decode/tile.h"', "client_lib may not know engine/decode"),
    ("client_lib/base/a.h", '"schemas/wire/cell.h"', "base may not know schemas/wire"),
    ("schemas/wire/a.h", '"engine/schema/part.h"', "schemas/wire may not know engine/schema"),
    ("engine/decode/a.cc", '"client_lib/channel.h"', "engine/decode may not know client_lib"),
    ("engine/decode/a.cc", "<ringside/client.h>", "engine/decode may not know public"),
    ("engine/decode/a.cc", '"engine/preprocess/part.h"', "engine/decode may not know engine/preprocess"),
    ("engine/schema/a.h", '"engine/decode/tile.h"', "engine/schema may not know engine/decode"),
    ("engine/preprocess/a.cc", '"engine/decode/part.h"', "only what engine/decode hands over (tile.h, call.h), not part.h"),
    ("engine/respond/a.cc", '"engine/forest/part.h"', "only what engine/forest hands over (none is listed)"),
    ("engine/forest/a.cc", '"engine/ingress/part.h"', "engine/forest may not know engine/ingress"),
    ("engine/worker/a.cc", '"engine/admin/part.h"', "engine/worker may not know engine/admin"),
    ("engine/admin/a.cc", '"engine/worker/part.h"', "engine/admin may not know engine/worker"),
    ("engine/versions/a.cc", '"engine/engine.h"', "engine/versions may not know engine.cc"),
    ("engine/main.cc", '"engine/worker/part.h"', "main.cc may not know engine/worker"),
    ("tools/load/a.cc", '"engine/bundle/part.h"', "tools/load may not know engine/bundle"),
    ("tools/load/a.cc", '"tools/cli/part.h"', "tools/load may not know tools/cli"),
    ("engine/door/a.cc", '"tests/support/watchdog.h"', "engine/door may not know tests"),
    ("engine/decode/a.cc", '"bench/part.h"', "engine/decode may not know bench"),
    ("client_lib/include/ringside/a.h", '"client_lib/channel.h"', "public may not know client_lib"),
    ("client_lib/include/ringside/a.h", '"schemas/wire/cell.h"', "public may not know schemas/wire"),
    ("client_lib/include/ringside/a.h", "<boost/asio.hpp>", "is not for public"),
    ("engine/decode/a.cc", '"tile.h"', "is not a path from the repository's root"),
    ("engine/decode/a.cc", '"../forest/part.h"', "is not a path from the repository's root"),
    ("engine/decode/a.cc", '"engine/decode/gone.h"', "does not exist"),
    ("engine/decode/a.cc", '"ringside/result.h"', "public headers are included as <ringside/result.h>"),
    ("engine/decode/a.cc", "<ringside/gone.h>", "is not in client_lib/include"),
    ("engine/decode/a.cc", "<nlohmann/json.hpp>", "JSON and YAML types stop"),
    ("engine/versions/a.cc", "<yaml-cpp/yaml.h>", "JSON and YAML types stop"),
    ("engine/traffic/a.h", "<simdjson.h>", "JSON and YAML types stop"),
    ("engine/worker/a.cc", "<spdlog/spdlog.h>", "is not for engine/worker"),
    ("client_lib/a.cc", "<spdlog/spdlog.h>", "is not for client_lib"),
    ("engine/ingress/a.cc", "<boost/interprocess/sync/interprocess_mutex.hpp>", "is not for engine/ingress"),
    ("engine/bundle/a.cc", "<xgboost/c_api.h>", "is not for engine/bundle"),
    ("engine/bundle/a.cc", "<gtest/gtest.h>", "is not for engine/bundle"),
    ("engine/stray.cc", "<vector>", "belongs to no area"),
])
def test_include_outside_the_table_is_reported_with_its_line(tmp_path, file, include, words):
    violations = violations_of(tmp_path, file, "", f"#include {include}")
    line = 1 if "no area" in words else 3
    assert len(violations) == 1 and violations[0].startswith(f"{file}:{line}: ") and words in violations[0]


def test_include_in_a_comment_is_not_one(tmp_path):
    assert violations_of(tmp_path, "engine/decode/a.cc", "/*", '#include "engine/forest/part.h"', "*/", '// #include "x.h"') == []


def test_output_header_that_does_not_exist_is_reported(tmp_path):
    (tmp_path / "engine/decode").mkdir(parents=True)
    (tmp_path / "engine/decode/a.cc").write_text("")
    violations = check_includes(SourceTree(tmp_path), output_headers={"engine/decode": ("gone.h",)})
    assert [violation.message for violation in violations] == ["OUTPUT_HEADERS names engine/decode/gone.h, which does not exist"]


def test_circle_of_areas_is_reported_once():
    known_by = {"a": {"b": ("a.cc", 1)}, "b": {"c": ("b.cc", 2)}, "c": {"a": ("c.cc", 3)}, "d": {"a": ("d.cc", 4)}}
    assert [str(violation) for violation in check_circles(known_by)] == ["c.cc:3: a circle of includes: a -> b -> c -> a"]


@pytest.mark.parametrize("file, area", [
    ("client_lib/base/check.h", "base"), ("client_lib/include/ringside/result.h", "base"),
    ("client_lib/include/ringside/client.h", "public"), ("client_lib/connect.cc", "client_lib"),
    ("schemas/wire/cell.h", "schemas/wire"), ("engine/forest/kernels/row.cc", "engine/forest"),
    ("engine/engine.cc", "engine.cc"), ("engine/main.cc", "main.cc"), ("tools/cli/main.cc", "tools/cli"),
    ("bench/forest/a.cc", "bench"), ("tests/engine/forest/a_test.cc", "tests"), ("engine/stray.cc", None),
])
def test_file_belongs_to_one_area(file, area):
    assert area_of(file) == area
