#!/usr/bin/python3
"""Measures how far the engine's inexact steps are from scikit-learn's, in float64 units in the last place, over a million points each.

    tests/golden/plan/inexact_bounds.py [POINTS]

Compiles engine/preprocess's own sources into a library of its own and runs them on the same numbers as numpy and scipy. What numpy gives
depends on the processor (it has kernels of its own for AVX-512): run it where you train.
"""

import ctypes
import pathlib
import subprocess
import sys
import tempfile

import numpy
from scipy.special import boxcox, ndtri
from sklearn.preprocessing import PowerTransformer

ROOT = pathlib.Path(__file__).resolve().parents[3]
SOURCE = """
#include <cmath>
#include "engine/preprocess/normal_quantile.h"
#include "engine/preprocess/power_curve.h"
using namespace ringside::engine;
extern "C" void run(int what, double lambda, const double* in, double* out, long count) {
  const PowerCurve yeo_johnson(PowerStep::Method::kYeoJohnson, lambda, Width::kFloat64), box_cox(PowerStep::Method::kBoxCox, lambda, Width::kFloat64);
  for (long i = 0; i < count; ++i)
    out[i] = what == 0 ? std::log1p(in[i]) : what == 1 ? normal_quantile(in[i]) : what == 2 ? yeo_johnson(in[i]) : box_cox(in[i]);
}
"""


def engine_library(folder):
    """The engine's functions, compiled as the engine is."""
    source, library = pathlib.Path(folder) / "inexact.cc", pathlib.Path(folder) / "inexact.so"
    source.write_text(SOURCE)
    own = [str(ROOT / "engine" / "preprocess" / name) for name in ("normal_quantile.cc", "power_curve.cc")]
    subprocess.run(["g++", "-std=c++20", "-O3", "-ffp-contract=off", "-fPIC", "-shared", f"-I{ROOT}", f"-I{ROOT}/client_lib/include", str(source), *own,
                    "-o", str(library)], check=True)
    run = ctypes.CDLL(str(library)).run
    pointer = ctypes.POINTER(ctypes.c_double)
    run.argtypes = [ctypes.c_int, ctypes.c_double, pointer, pointer, ctypes.c_long]

    def call(what, exponent, values):
        out = numpy.empty_like(values)
        run(what, exponent, values.ctypes.data_as(pointer), out.ctypes.data_as(pointer), len(values))
        return out

    return call


def on_a_line(values):
    """Bits as integers on which neighbouring floats are neighbours."""
    bits = values.view(numpy.int64)
    return numpy.where(bits >= 0, bits, -(bits & 0x7FFFFFFFFFFFFFFF)).astype(object)


def report(what, ours, theirs):
    """The worst distance, how many differ, and how many still do as float32."""
    both = ~(numpy.isnan(ours) & numpy.isnan(theirs))
    ours, theirs = ours[both], theirs[both]
    apart = numpy.abs(on_a_line(ours) - on_a_line(theirs)).astype(float)
    narrow = (ours.astype(numpy.float32) != theirs.astype(numpy.float32)).sum()
    print(f"{what:32} worst {apart.max():6.0f} ulp, {100 * (apart > 0).mean():6.2f} % differ, {narrow} of {len(ours)} as float32")


def main():
    """Every function over numbers like those that they are given."""
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rng = numpy.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder, numpy.errstate(all="ignore"):
        engine = engine_library(folder)
        positive = numpy.exp(rng.normal(0, 6, points))
        report("log1p", engine(0, 0, positive), numpy.log1p(positive))
        places = numpy.concatenate([rng.random(points // 2), 10 ** rng.uniform(-7, 0, points // 4), 1 - 10 ** rng.uniform(-7, 0, points // 4)])
        report("normal quantile", engine(1, 0, places), ndtri(places))
        values = rng.normal(0, 30, points)
        for exponent in (0.0, 0.3, -1.7, 1.0, 2.0, 2.4):
            theirs = PowerTransformer()._yeo_johnson_transform(values.copy(), exponent)
            report(f"yeo-johnson, lambda {exponent}", engine(2, exponent, values), theirs)
        for exponent in (0.0, 0.3, -1.7):
            report(f"box-cox, lambda {exponent}", engine(3, exponent, positive), boxcox(positive, exponent))


if __name__ == "__main__":
    main()
