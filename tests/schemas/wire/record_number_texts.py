#!/usr/bin/python3
"""Writes number_texts.tsv: numbers as text, and what Python's json reader makes of each, by bits.

    text <tab> int|real|range <tab> int64 or float64 bits in hex ("range": an integer beyond int64; no value)

Run it again after changing the texts; the file is committed, so that the C++ test needs no Python.
"""

import json
import math
import pathlib
import random
import struct

INT64 = range(-(2**63), 2**63)


def texts(rng):
    """Texts of JSON's number grammar, with many near the places where reading goes wrong."""
    for bits in range(1, 64):
        for delta in (-1, 0, 1):
            yield str(2**bits + delta)
            yield str(-(2**bits) + delta)
    for _ in range(200):  # any float64, by its shortest and by a long text
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if math.isfinite(value):
            yield as_real(repr(value))
            yield f"{value:.40e}"
    for _ in range(150):  # exactly halfway between two neighbours, and a digit beside it
        mantissa, exponent = 2 * rng.randrange(2**52, 2**53) + 1, rng.randrange(-60, 10)
        text = halfway(mantissa, exponent)
        yield text
        yield text + "1"
        yield text[:-1] + str(max(0, int(text[-1]) - 1)) + "9"
    for _ in range(100):
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randrange(1, 30)))
        yield f"{rng.choice(('', '-'))}{int(digits)}.{digits}e{rng.randrange(-345, 330)}"
    yield from ("2.2250738585072011e-308", "2.2250738585072014e-308", "6.631236871469758276785396630275967e-4", "1e23", "8.5e22", "0.1e1")


def as_real(text):
    return text if any(mark in text for mark in ".eE") else text + ".0"


def halfway(mantissa, exponent):
    """mantissa × 2^exponent as a decimal with a point, all digits written."""
    if exponent >= 0:
        return f"{mantissa << exponent}.0"
    digits = str(mantissa * 5**-exponent).rjust(-exponent + 1, "0")
    return f"{digits[:exponent]}.{digits[exponent:]}"


def read(text):
    value = json.loads(text)
    if isinstance(value, int):
        return ("int", struct.pack("<q", value)) if value in INT64 else ("range", b"")
    return "real", struct.pack("<d", value)


def main():
    rng = random.Random(20250917)
    target = pathlib.Path(__file__).with_name("number_texts.tsv")
    with target.open("w", encoding="ascii") as file:
        for text in dict.fromkeys(texts(rng)):
            kind, packed = read(text)
            file.write(f"{text}\t{kind}\t{packed[::-1].hex()}\n")


if __name__ == "__main__":
    main()
