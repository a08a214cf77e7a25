"""The two widths in which features and scores are held: float32 and float64, as bits and as the hex digits of golden.jsonl.

No numpy here: a Python float is an IEEE double, and `struct` rounds it once to float32. numpy's arrays are asked by the names of
their dtypes.
"""

import math
import struct
from dataclasses import dataclass


@dataclass(frozen=True)
class FloatType:
    """One width. name: of the numpy dtype; bits_name: of the unsigned integers of that size; nan_bits: of a missing value."""

    name: str
    bits_name: str
    nan_bits: int
    digits: int
    code: str
    bits_code: str

    def bits(self, value):
        """The bits of the float `value` rounded to this width; any NaN is `nan_bits`; None for what is infinite or becomes so."""
        if math.isnan(value):
            return self.nan_bits
        if math.isinf(value):
            return None
        try:
            return struct.unpack(self.bits_code, struct.pack(self.code, value))[0]
        except OverflowError:
            return None

    def value(self, bits):
        """The float that has these bits."""
        return struct.unpack(self.code, struct.pack(self.bits_code, bits))[0]

    def array_bits(self, array):
        """A numpy array's bits, rounded to this width first, as unsigned integers; any NaN is `nan_bits`."""
        rounded = array.astype(self.name, order="C")
        bits = rounded.view(self.bits_name)
        bits[rounded != rounded] = self.nan_bits
        return bits

    def hexes(self, bits):
        """Eight or sixteen hex digits a number, most significant first."""
        return [f"{value:0{self.digits}x}" for value in bits]


FLOAT32 = FloatType("float32", "uint32", 0x7FC00000, 8, "<f", "<I")
FLOAT64 = FloatType("float64", "uint64", 0x7FF8000000000000, 16, "<d", "<Q")


def named(name):
    """FLOAT32 or FLOAT64 by the name that preprocess.json gives it."""
    return {"float32": FLOAT32, "float64": FLOAT64}[name]
