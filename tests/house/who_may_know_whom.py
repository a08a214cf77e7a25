"""Who may include whom: the table that include_rules.py holds the tree to. Change it when you find a better cut, with the reason.

Every source file belongs to one area:

    base                 client_lib/base/ and <ringside/result.h>: no knowledge of the project
    public               the other headers of client_lib/include/ringside/: all that an application includes; they know only each
                         other and base, because nothing else is installed
    client_lib           the rest of client_lib/
    schemas/<folder>     what crosses a process or a disk boundary
    engine/<folder>      one folder a step
    engine.cc, main.cc   engine/engine.{h,cc} and its parts beside it (WHOLE_ENGINE), engine/main.cc
    tools/<folder>       one folder a program
    bench, tests

An area may always include itself. Names are patterns: engine/* is every folder of the engine, not engine.cc.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Edge:
    """`known <- by`: files of the areas in `by` may include files of the areas in `known`."""

    known: tuple
    by: tuple
    why: str
    outputs_only: bool = False  # only the headers that OUTPUT_HEADERS lists for `known`


def edge(known, by, why, outputs_only=False):
    return Edge(tuple(known.split()), tuple(by.split()), why, outputs_only)


EDGES = (
    edge("base", "*", "knows nothing of the project, so everybody may know it"),
    edge("schemas/*", "schemas/* client_lib engine/* engine.cc main.cc tools/*",
         "both sides of a boundary read one definition of it"),
    edge("public", "client_lib", "the library implements them"),
    edge("engine/schema engine/counters engine/epoch engine/region", "engine/*",
         "what a field is, how a thread counts, where a bundle lies and how memory is given back are words that every step speaks"),
    # The data path: a step knows what the step before it hands over, never how it was made, and nothing of a later one.
    edge("engine/limits", "engine/ingress engine/worker engine/door engine/config engine/metrics engine/admin",
         "a channel has the terms of its client; workers hold calls to them, the door and the configuration make them"),
    edge("engine/ingress", "engine/door", "the door makes the channels that ingress polls"),
    edge("engine/ingress", "engine/decode", "a request as it stands in the ring", outputs_only=True),
    edge("engine/decode", "engine/preprocess", "a tile of checked values", outputs_only=True),
    edge("engine/preprocess", "engine/forest", "a tile of features", outputs_only=True),
    edge("engine/ingress engine/decode engine/preprocess engine/forest engine/traffic",
         "engine/journal engine/respond",
         "an answer and a record name what every step found", outputs_only=True),
    edge("engine/respond", "engine/journal", "a record repeats what the answer says: its summary, its ids, its keyed hash"),
    edge("engine/journal", "engine/ledger", "the recorder makes the landing rings and takes what workers commit"),
    edge("engine/ingress engine/decode engine/preprocess engine/forest engine/journal engine/respond engine/traffic engine/drift",
         "engine/worker", "the loop that calls the steps"),
    edge("engine/decode", "engine/drift", "what was odd about a tile's fields is counted from the tile", outputs_only=True),
    # The control path.
    edge("engine/drift", "engine/bundle engine/traffic engine/versions",
         "a bundle brings what training saw, a resident holds what its workers count, and versions hands that to admin"),
    edge("engine/decode engine/preprocess engine/forest", "engine/bundle",
         "golden rows are replayed on the code that serves, so a bundle drives the steps themselves"),
    edge("engine/bundle", "engine/traffic engine/versions", "the table points at bundles; versions loads and reclaims them"),
    edge("engine/decode engine/preprocess engine/forest engine/bundle engine/drift", "engine/shadow",
         "the shadow's own rules, plan and forest score a row that was decoded for another bundle"),
    edge("engine/shadow", "engine/traffic engine/versions engine/worker engine/admin",
         "the table keeps the comparison, workers feed it, versions judges whether it can be made, admin shows it"),
    edge("engine/traffic", "engine/versions", "versions decides and publishes"),
    edge("engine/traffic engine/drift", "engine/guards", "a guard reads what workers counted, and asks for a revert by a callback"),
    edge("engine/door engine/versions engine/drift", "engine/metrics", "monitoring reads what they say of themselves"),
    edge("engine/door engine/versions engine/traffic engine/guards engine/ledger engine/metrics engine/drift engine/config", "engine/admin",
         "admin shows and asks; it decides nothing"),
    edge("engine/log", "engine/config engine/admin", "a level is a key and is changed by operators; their requests are on the lines"),
    edge("engine/ledger", "engine/health engine/metrics", "whether the journal takes records, and how far it is behind"),
    edge("engine/health", "engine/admin", "admin says how the engine is"),
    edge("engine/*", "engine.cc", "builds the engine from its parts"),
    edge("engine.cc engine/config engine/log engine/host", "main.cc",
         "a command line becomes a configuration, a configuration an engine; the loop that hears the system runs there"),
    # The programs around the engine.
    edge("engine/schema engine/bundle engine/versions engine/ledger", "tools/cli",
         "`check` and `audit` work offline, with the engine's own code"),
    edge("public client_lib tools/json_rows", "tools/*", "a tool is a client like any other"),
    edge("tools/admin_exchange", "tools/cli tools/gateway", "both ask admin.sock"),
    edge("*", "bench tests", "measure and prove everything"),
)

# What a step hands over, where only that may be known.
OUTPUT_HEADERS = {
    "engine/ingress": ("channel.h",),
    "engine/decode": ("call.h", "tile.h", "row_errors.h"),
}


@dataclasses.dataclass(frozen=True)
class Library:
    """A third-party library by the beginning of its headers, and where it may be included, or where it may not."""

    headers: tuple
    why: str
    only_in: tuple = ()
    never_in: tuple = ()


DATA_PATH = tuple(f"engine/{step}" for step in (
    "schema", "counters", "epoch", "region", "limits", "ingress", "decode", "preprocess", "forest", "journal", "respond", "shadow", "traffic", "worker"))

LIBRARIES = (
    Library(("nlohmann/", "simdjson", "yaml-cpp/"), "JSON and YAML types stop where text comes in or goes out",
            only_in=("engine/config", "engine/bundle", "engine/ledger", "engine/log", "engine/admin", "tools/*", "tests", "bench")),
    Library(("boost/asio", "boost/beast"), "a worker waits on its doorbell alone; the client library brings no HTTP to its users",
            never_in=DATA_PATH + ("base", "public", "client_lib", "schemas/*")),
    Library(("boost/interprocess/sync", "boost/interprocess/ipc", "boost/interprocess/containers", "boost/interprocess/managed",
             "boost/interprocess/allocators"),
            "a mutex, queue or container that a client can write is one that a client can break; only mapped_region is used",
            only_in=("bench",)),
    Library(("boost/",), "the headers that an application includes need nothing but a compiler", never_in=("public",)),
    Library(("xgboost/",), "the reference, used on the loader alone", only_in=("engine/forest", "tests", "bench")),
    Library(("mimalloc",), "the engine's allocator, never its clients'",
            only_in=("engine/*", "engine.cc", "main.cc", "bench", "tests")),
    Library(("spdlog/", "fmt/"),
            "a log line is text and an allocation: neither belongs on the data path or in a caller's process",
            never_in=DATA_PATH + ("base", "public", "client_lib", "schemas/*")),
    Library(("CLI/",), "command lines are read by programs", only_in=("main.cc", "engine/config", "tools/*", "tests", "bench")),
    Library(("openssl/",), "a caller's process has its own", never_in=("base", "public", "client_lib")),
    Library(("sqlite3",), "the ledger's index", only_in=("engine/ledger", "tests", "bench")),
    Library(("curl/", "libpq"), "stores are shipped to by a process of its own", only_in=("tools/ship",)),
    Library(("prometheus/",), "exposition; counting itself is engine/counters", only_in=("engine/metrics", "tests", "bench")),
    Library(("gtest/", "gmock/"), "what is tested does not know that it is", only_in=("tests",)),
    Library(("benchmark/",), "likewise", only_in=("bench", "tests")),
)
