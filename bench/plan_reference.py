#!/usr/bin/python3
"""The scikit-learn side of bench `plan`: the fitted scaler and encoders on raw columns, to a float32 matrix. Started by plan_bench.

    plan_reference.py FOLDER ROWS      FOLDER/plan.pkl numbers.f64 codes.i32, as bench/models.py left them

Reads lines: `answer FIRST` writes the features of ROWS rows from FIRST as raw float32; `slice NANOSECONDS` calls for about that long
and writes the count and each call's nanoseconds as uint64. Ends with its input.

At its best: numpy arrays in, no pandas; one StandardScaler.transform for all numbers; dense one-hot; columns written into one matrix
that is reused. scikit-learn's own checks of finiteness are off (config assume_finite), since strict serving has checked the row.
"""

import pathlib
import pickle
import struct
import sys
import time

import numpy
import sklearn

NUMBERS, LABELS = 30, 3


class Reference:
    """The transformers, the rows, and the one matrix that features are written to."""

    def __init__(self, folder, rows_a_call):
        fitted = pickle.loads((folder / "plan.pkl").read_bytes())
        self.scaler, self.labels, self.one_hots = fitted["scaler"], fitted["labels"], fitted["one_hots"]
        for encoder in self.one_hots:
            encoder.sparse_output = False
        self.numbers = numpy.fromfile(folder / "numbers.f64").reshape(-1, NUMBERS)
        codes = numpy.fromfile(folder / "codes.i32", dtype=numpy.int32).reshape(len(self.numbers), -1)
        self.texts = numpy.char.add("c", codes.astype(str)).astype(object)
        self.rows_a_call = rows_a_call
        width = NUMBERS + LABELS + sum(len(encoder.categories_[0]) for encoder in self.one_hots)
        self.features = numpy.empty((rows_a_call, width), numpy.float32)
        self.next = 0

    def call(self, numbers, texts):
        """Raw columns to self.features."""
        out = self.features
        out[:, :NUMBERS] = self.scaler.transform(numbers)
        at = NUMBERS
        for column, encoder in enumerate(self.labels):
            out[:, at] = encoder.transform(texts[:, column])
            at += 1
        for column, encoder in enumerate(self.one_hots, LABELS):
            coded = encoder.transform(texts[:, column:column + 1])
            out[:, at:at + coded.shape[1]] = coded
            at += coded.shape[1]

    def rows_from(self, first):
        """(numbers, texts) of a call."""
        return self.numbers[first:first + self.rows_a_call], self.texts[first:first + self.rows_a_call]

    def slice(self, nanoseconds):
        """Each call's nanoseconds, for about so long."""
        times, end = [], time.perf_counter_ns() + nanoseconds
        while len(times) < 2 or time.perf_counter_ns() < end:
            if self.next + self.rows_a_call > len(self.numbers):
                self.next = 0
            numbers, texts = self.rows_from(self.next)
            self.next += self.rows_a_call
            start = time.perf_counter_ns()
            self.call(numbers, texts)
            times.append(time.perf_counter_ns() - start)
        return times


def main():
    """The loop of requests."""
    reference = Reference(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
    out = sys.stdout.buffer
    with sklearn.config_context(assume_finite=True):
        for line in sys.stdin:
            what, number = line.split()
            if what == "answer":
                reference.call(*reference.rows_from(int(number)))
                out.write(reference.features.tobytes())
            else:
                times = reference.slice(int(number))
                out.write(struct.pack(f"<{len(times) + 1}Q", len(times), *times))
            out.flush()


if __name__ == "__main__":
    main()
