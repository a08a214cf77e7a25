#!/usr/bin/python3
"""Makes the golden vectors of LightGBM's releases: small text models, and the bits that the release that wrote them predicts.

    make_vectors.py                                       every release of the table below, every case
    make_vectors.py --release 4.7 --case linear_tree      some of them (both options repeat)

Why: what a release computes is known only from running it. The results are committed, so CI needs neither an index nor LightGBM;
this is run by hand when a release or a case is added.

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
    "2.3": ("2.3.1", "3.11", OLD),
    "3.3": ("3.3.5", "3.11", OLD),
    "4.1": ("4.1.0", "3.11", MIDDLE),
    "4.7": ("4.7.0", "3.11", NEW),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, HERE, RELEASES, packages=("lightgbm",)))
