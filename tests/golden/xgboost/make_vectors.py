#!/usr/bin/python3
"""Makes the golden vectors of XGBoost's releases: small models, and the bits that the release that wrote them predicts.

    make_vectors.py                                  every release of the table below, every case
    make_vectors.py --release 2.1 --case dart        some of them (both options repeat)
    make_vectors.py --package xgboost-cpu --out DIR     other wheels of the same releases, to compare

Why: the engine reads files of every release since 1.2, and what a release computes is known only from running it. The results are
committed, so CI needs neither an index nor XGBoost; this is run by hand when a release or a case is added.

How: each release is installed by pip, from its default index, into a virtual environment that is thrown away (--environments
keeps them for the next run), and record.py runs in it. A release that cannot be installed is named and left out; the others
go on. What is written is the same on every run: data and seeds are fixed, training has one thread.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from releases_recorded import MIDDLE, NEW, OLD, main  # noqa: E402

RELEASES = {  # series -> (latest patch, Python, what it is installed beside)
    "1.2": ("1.2.1", "3.11", OLD),
    "1.3": ("1.3.3", "3.11", OLD),
    "1.5": ("1.5.2", "3.11", OLD),
    "1.6": ("1.6.2", "3.11", OLD),
    "1.7": ("1.7.6", "3.11", OLD),
    "2.0": ("2.0.3", "3.11", MIDDLE),
    "2.1": ("2.1.4", "3.11", MIDDLE),
    "3.0": ("3.0.5", "3.11", NEW),
    "3.1": ("3.1.3", "3.11", NEW),
    "3.2": ("3.2.0", "3.11", NEW),
    "3.3": ("3.3.0", "3.12", NEW),
    "3.4": ("3.4.1", "3.12", NEW),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, HERE, RELEASES, packages=("xgboost", "xgboost-cpu")))
