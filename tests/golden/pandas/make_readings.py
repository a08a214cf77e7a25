#!/usr/bin/python3
"""Records what pandas reads in texts, and how it writes numbers: readings.txt beside this file.

    number <the text's UTF-8 in hex, or -> <bits of the float64, or nan>     pandas.to_numeric([text], errors="coerce")
    real   <bits of a float64> <its text>                                    pandas.Series([value], dtype=object).astype(str)

    tests/golden/pandas/make_readings.py [COUNT [SEED]]     rewrites readings.txt (2500, 1)
"""

import pathlib
import random
import struct
import sys

import numpy
import pandas

HERE = pathlib.Path(__file__).resolve().parent
BY_HAND = """
5 +5 -5 .5 5. -.5 . - + +- -0 -0.0 0 00 007 1e5 1E5 1e+5 1e-5 1e 1e+ 1e- e5 .e5 1.e5 1d5 1,000 1_000 0x10 0b1 ١ １ 1e308 1e309
1.8e308 1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308 17976931348623157e292 1e-307 1e-308 1e-309 1e-323 1e-324
1e-325 1e-616 1e-617 1e-700 0e309 0.0e309 0e308 0e-700 1e400 -1e400 1e4294967296 1e4294967295 1e-4294967296 1e2147483648 1e-2147483648
1e99999999999999999 1e999999999999999999 0.1 0.2 0.3 2.675 15.5 9007199254740991 9007199254740992 9007199254740993 -9007199254740993
9007199254740993.0 9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 18446744073709551615
18446744073709551616 123456789012345678901234567890 0.00000000000000000001 000000000000000000000.5 00000000000000000000000001
1234567890123456789.5 0.12345678901234567890 inf Inf INF +inf -inf infinity -Infinity +INFINITY iNf infinit infinityx nan NaN NAN -nan
None null true True False yes 1.5.5 1..5 --5 5- 5% $5 5f 5L 5j 1e5.5 1e1e1 ½ ∞ −5 1/2 1e５
""".split()
SPACED = ["", " ", "\t5\n", " 5 ", "\v5\f", "\r5", "5 5", "\x1c5", "\x855", "\u00a05", "\u20035", " inf", "inf ", " 1.5e3 ", "- 5", "1 e5",
          "1e 5", "5\0", "\0", "\x005", "1.5\0", "1.5\0x", "1.5 \0x", "inf\0", "inf\0x", "1e5\0\0", "5 \0 ", "5\u00a0", "\ufeff5"]


def number(text):
    """Bits of what pandas reads, or "nan"."""
    value = float(pandas.to_numeric(numpy.array([text], dtype=object), errors="coerce").astype("float64")[0])
    return "nan" if value != value else struct.pack(">d", value).hex()


def texts(count, seed):
    """By hand first, then made: shortest and longer spellings of doubles, digits at the edges of 17 and 308, and near misses."""
    yield from BY_HAND
    yield from SPACED
    rng = random.Random(seed)
    for made in range(count):
        kind = made % 8
        if kind == 0:
            text = repr(struct.unpack("<d", rng.randbytes(8))[0])
        elif kind == 1:
            text = repr(rng.uniform(-1, 1) * 10 ** rng.randint(-6, 9))
        elif kind == 2:
            text = f"{rng.uniform(-1e6, 1e6):.{rng.randint(0, 25)}f}"
        elif kind == 3:
            text = rng.choice(("", "-", "+")) + "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 40)))
        elif kind == 4:
            digits = "".join(rng.choice("00123456789") for _ in range(rng.randint(1, 24)))
            point = rng.randint(0, len(digits))
            text = f"{digits[:point]}.{digits[point:]}e{rng.randint(-640, 330)}"
        elif kind == 5:
            text = f"{rng.randint(0, 10 ** rng.randint(1, 18))}E{rng.choice(('', '+', '-'))}{rng.randint(0, 320):0{rng.randint(1, 6)}d}"
        elif kind == 6:
            text = "".join(rng.choice("0123456789.eE+- \t,xX_infa\0") for _ in range(rng.randint(0, 10)))
        else:
            text = rng.choice((" ", "\t", "")) + repr(rng.uniform(0, 100))[: rng.randint(1, 19)] + rng.choice(("", " ", "\n", "x"))
        yield text


def reals(count, seed):
    """float64 bits of numbers whose text is worth a look."""
    rng = random.Random(seed)
    edges = [0.0, -0.0, 1.0, 27.0, 0.1, 1e-4, 9.999999999999999e-05, 1e-5, 1e15, 1e16, 9999999999999998.0, 9007199254740993.0, 1e22, 1e23,
             1.5e300, 5e-324, 1.7976931348623157e308, 123456789.125, float("inf"), float("-inf")]
    for value in edges:
        yield value
        yield -value
    for made in range(count):
        value = struct.unpack("<d", rng.randbytes(8))[0] if made % 2 else rng.uniform(-1, 1) * 10 ** rng.randint(-8, 20)
        if value == value:
            yield round(value, rng.randint(0, 6)) if made % 3 == 0 and abs(value) < 1e300 else value


def real(value):
    """How pandas writes a number in a column of text."""
    return pandas.Series([value], dtype=object).astype(str)[0]


def lines(count, seed):
    """readings.txt, a line at a time."""
    for text in texts(count, seed):
        yield f"number {text.encode('utf-8').hex() or '-'} {number(text)}"
    for value in reals(count // 4, seed):
        yield f"real {struct.pack('>d', value).hex()} {real(value)}"


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2500
    SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    HEAD = f"# pandas {pandas.__version__}; make_readings.py {COUNT} {SEED}\n"
    (HERE / "readings.txt").write_text(HEAD + "".join(line + "\n" for line in dict.fromkeys(lines(COUNT, SEED))), encoding="utf-8")
