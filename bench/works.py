"""Every work that is measured: its stable name, its program, what it is measured on, and how each reference is set up.

`work` and `reference` are words that figures are followed by over time: add to them, never change one.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Work:
    """One line of the table: `bench`/`work` in one wait mode. `data`: folders that bench/models.py makes."""

    bench: str
    work: str
    program: str
    data: tuple
    references: tuple
    mode: str = "spin"
    quick: bool = False  # part of bench/run --quick
    percentiles: tuple = ("p50", "p95", "p99")
    gated: bool = False  # part of bench/gate: what holds still enough on a shared virtual machine

    @property
    def name(self):
        """As the programs register it."""
        return f"{self.bench}/{self.work}/{self.mode}"


XGBOOST = "xgboost C API 1.7.4"
IF_ELSE = "if/else codegen"
NONE_MISSING = "none missing"
PRIVATE = "private copies"
PIPELINE = "raw two-line + plan + forest"
SCIKIT_LEARN = "scikit-learn"
UPPER_BOUND = "std::upper_bound"
UNCHECKED = "unchecked copy"
NO_DIGEST = "without digest"
TAGGED = "tagged cells"
ONCE_A_TILE = "once a tile"
A_CELL_A_ROW = "a cell a row"
JOURNAL_OFF = "off"
RAW = "raw two-line"
SOCKET = "unix socket echo"
MESSAGE_QUEUE = "boost message_queue"
SPSC = "two spsc rings"
OUTSIDE = "p99.9 outside"
HOG = "p99.9 beside a hog"

ONE_VERSION = "one version"
NO_SHADOW = "no shadow"
TEN_PINS = "ten pins"
NO_PINS = "no pins"
TEN_US = "10 us"
ONE_MS = "1 ms"
AT_WORK = "worker at work"
DISK = "disk alone"

SHAPES = ("50x4x30", "100x6x30", "500x8x100", "1000x10x500")  # trees x depth x features
SMALL = SHAPES[:2]
ROWS = ("1 row", "8 rows", "64 rows", "512 rows")


def _works():
    for shape in SHAPES:
        for rows in ROWS:
            yield Work("forest", f"{shape} {rows}", "forest_bench", (shape,), (XGBOOST, IF_ELSE), quick=shape in SMALL,
                       gated=(shape, rows) in (("50x4x30", "1 row"), ("100x6x30", "1 row"), ("100x6x30", "64 rows")))
        for rows in ROWS:
            yield Work("forest", f"{shape} {rows}, 20 % missing", "forest_bench", (shape,), (NONE_MISSING,), quick=shape in SMALL)
        yield Work("forest", f"{shape} 2 threads", "forest_bench", (shape,), (PRIVATE,), quick=shape in SMALL)
        yield Work("forest", f"{shape} load", "forest_bench", (shape,), (XGBOOST,))
    yield Work("decode", "20 mixed fields 1 row", "decode_bench", (), (UNCHECKED,), quick=True)
    yield Work("decode", "20 mixed fields 1 row, digest", "decode_bench", (), (NO_DIGEST,), quick=True)
    for width in ("f32", "f64"):
        yield Work("decode", f"100 floats 64 rows, packed {width}", "decode_bench", (), (TAGGED,), quick=True)
    for rows in ("1 row", "512 rows"):
        yield Work("plan", f"30+5+3 fields {rows}", "plan_bench", ("plan",), (SCIKIT_LEARN,), quick=True, gated=True)
    yield Work("plan", "25 of 38 fields broadcast, 512 rows", "plan_bench", ("plan",), (ONCE_A_TILE, A_CELL_A_ROW), quick=True)
    for features in (30, 500):
        for rows in ("1 row", "64 rows"):
            yield Work("drift", f"{features} features {rows}", "drift_bench", (), (UPPER_BOUND,), quick=True)
    for work, reference in (("p99.9 in windows", OUTSIDE), ("p99.9 while loading", HOG)):
        yield Work("switch", work, "switch_bench", ("switch",), (reference,), quick=True, percentiles=("p99.9",))
    for work, reference in (("publication", TEN_US), ("rollback to first answer", ONE_MS), ("asked beside a held worker", AT_WORK)):
        yield Work("operators", work, "operators_bench", ("switch",), (reference,), quick=True, percentiles=("p50", "p99", "max"))
    yield Work("operators", "changed beside a held worker", "operators_bench", ("switch",), (AT_WORK, DISK), quick=True, percentiles=("p50", "p99", "max"))
    yield Work("pins", "64 look-ups among a million", "pins_bench", (), (TEN_PINS, NO_PINS), quick=True)
    for rows in ("1 row", "64 rows"):
        yield Work("shadow", f"every row once more, {rows}", "shadow_bench", ("switch",), (NO_SHADOW,), quick=True)
    for mode in ("spin", "adaptive"):
        for floats in (8, 16):
            yield Work("transport", f"echo 1x{floats} f32", "transport_bench", (f"echo{floats}",), (RAW, SOCKET, MESSAGE_QUEUE, SPSC), mode, quick=True)
        for shape in SHAPES:
            for rows in ROWS:
                yield Work("roundtrip", f"{shape} {rows}", "roundtrip_bench", (shape,), (XGBOOST, PIPELINE), mode, quick=shape in SMALL,
                           gated=(shape, rows, mode) == ("100x6x30", "1 row", "spin"))
        for rows in ROWS:
            yield Work("roundtrip", f"two versions {rows}", "roundtrip_bench", ("switch",), (ONE_VERSION,), mode, quick=mode == "spin")
        yield Work("roundtrip", "loan_default 1 row", "roundtrip_bench", (), (XGBOOST,), mode, quick=True, gated=mode == "spin")
        yield Work("journal", "roundtrip on/off", "journal_bench", (), (JOURNAL_OFF,), mode, quick=True)


WORKS = tuple(_works())

PROGRAM_IS = {
    "forest": "features of a row to probabilities, in this process: every tree and the sigmoid; not the plan",
    "decode": "a request as a client wrote it to checked values in a tile: geometry, tags, ranges, UTF-8, fills; not the plan, not the forest",
    "plan": "checked values of a row to the features that a forest reads: scaling, lookups, order, cast; not decoding, not the forest. With broadcast\n"
            "    fields from the request on, for what they save is decoding, too",
    "drift": "scored rows to their counts, behind the answer: bins of every feature and of the score, marks of every field; not windows and PSI",
    "operators": "what operators wait for: a change of roles until workers can see it; from before a rollback is sent until a caller holds an answer by\n"
                 "    the old version; status and metrics, switch and rollback, while the worker is stopped for ten seconds in the middle of what it does",
    "transport": "one small row to another process and its answer back. Ours: all of Ringside with the cheapest model there is (one stump): "
                 "fill the row, ring, decode, plan, answer, read. The references carry bytes and compute nothing",
    "journal": "the round trip of loan_default with a record of every row, committed before its answer",
    "switch": "due to answered, of one row of 30 floats and 100 trees of depth 6, four clients sending at 80 % of capacity in bursts, while an\n"
              "    operator switches, moves a canary and rolls back: seven changes a round, those calls that fall between a command and 10 ms after its\n"
              "    publication; or while a third version is loaded, verified, retired and reclaimed over and over. Every answer is compared with the bits\n"
              "    of the version that it names, and answers are counted on both sides: no figure where one is wrong, late, missing or double",
    "pins": "64 route keys, of which half are pinned, to the version of each: a hash, a slot, and where it finds, a text",
    "shadow": "the round trip of one row or 64 while a shadow of the same size scores every row once more, behind the answer",
    "roundtrip": "from the caller's values to the score in the caller's hand, through a real engine in another process: fill the row, ring, "
                 "decode, plan, forest, answer, read",
}

REFERENCE_IS = {
    XGBOOST: "libxgboost 1.7.4 in this process. XGBoosterPredictFromDense on one thread (nthread 1), one proxy DMatrix reused, the array\n"
             "interface's JSON and the config's made once, features in a float32 buffer that stays where it is and is in cache; type 0\n"
             "(values), missing NaN. For loan_default it is given the features that the engine computed, so it is spared preprocessing.",
    IF_ELSE: "The same trees as nested if/else in C (bench/if_else.py), one function a tree, hex-float thresholds, gcc -O3 -march=native\n"
             "-ffp-contract=off, loaded with dlopen; then XGBoost's own sigmoid. Same bits.",
    NONE_MISSING: "Ours, on the same rows with no cell missing: what missing values cost.",
    PRIVATE: "Ours, two threads with a forest each: what sharing one costs. A call is 64 single rows on each of two processors, at the same time.",
    PIPELINE: "A fork pinned like the engine's worker that takes bare float32 from a line of shared memory, runs the bundle's own plan and\n"
              "forest, and puts the values in another line. No schema, checks, names, ids, deadline or status. Always spins.",
    SCIKIT_LEARN: "Debian's scikit-learn in a Python process (bench/plan_reference.py) that times its own calls: numpy in, no pandas, one\n"
                  "StandardScaler.transform for all numbers, dense one-hot, one output matrix reused, assume_finite on.",
    UPPER_BOUND: "std::upper_bound in the 15 edges of each feature and of the score, and one increment. No fields: less than ours counts.",
    UNCHECKED: "The same cells to the same places from the same layout, believing everything: no bounds, ranges, UTF-8, errors.",
    JOURNAL_OFF: "The same rows to an engine with journal.enabled: false.",
    NO_DIGEST: "Ours, for a call that asks for no input_digest: what the keyed hash of a row costs.",
    TAGGED: "Ours, the same numbers in a batch that is not packed: 9 bytes each, of which one is a tag.",
    ONCE_A_TILE: "Ours, the same request, with broadcast fields read and prepared for each tile of 64 rows, as where other calls come in between.",
    A_CELL_A_ROW: "Ours, the same rows with the broadcast fields sent in each.",
    RAW: "A sequence in one cache line, answered by a sequence in another, both sides spinning, release and acquire: nothing can be quicker\n"
         "between these two processors. No payload.",
    SOCKET: "SOCK_STREAM socketpair, blocking send and recv: the row there, one float back.",
    MESSAGE_QUEUE: "A pair of Boost.Interprocess message_queue (64 messages of 64 bytes), send and receive.",
    OUTSIDE: "The other calls of the same run.",
    ONE_VERSION: "The same rows to the first of the two versions alone: half of it, or a little less, is what two cost together (promised: at most 2.1 times).",
    NO_SHADOW: "The same rows to an engine without a shadow, whose p99 ours is promised to exceed by a microsecond at most.",
    TEN_PINS: "The same keys where ten are pinned.",
    NO_PINS: "The same keys where none is.",
    TEN_US: "The promise: 10 microseconds.",
    ONE_MS: "The promise: a millisecond.",
    AT_WORK: "The same questions, of the same run, while the worker does its work.",
    DISK: "A file as long as traffic.json, replaced and synced as the engine does it, in the same run: a change is answered once it is kept.",
    HOG: "Slices of the same run, as long, in which a thread in the operator's place burns the processor time that operator, loader and admin took.",
    SPSC: "A pair of boost::lockfree::spsc_queue<64 bytes, 64> in shared memory, polled by both sides: the row there, one float back.",
}


def chosen(names, quick=False):
    """The works that are asked for by bench ("forest") or beginning ("forest/100x6x30 1"); ValueError names what is none."""
    available = [work for work in WORKS if work.quick or not quick]
    if not names:
        return available
    for name in names:
        if not any(matches(work, name) for work in available):
            raise ValueError(f"'{name}' is no bench and no beginning of BENCH/WORK; --list shows them{' (without --quick)' if quick else ''}")
    return [work for work in available if any(matches(work, name) for name in names)]


def matches(work, name):
    """Whether `name` stands for the work."""
    return name == work.bench or ("/" in name and work.name.startswith(name))
