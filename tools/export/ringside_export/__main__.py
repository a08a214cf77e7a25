"""The command line. Exit status: 0 done, 1 failed, 2 usage, 5 cannot be reproduced (nothing is written then)."""

import argparse
import pathlib
import sys

from .problems import CannotReproduce, ExportFailed, UsageError


_MORE = """\
The pickled objects compute the expected values of the sample; a plain interpreter of what was exported must give
the same bits on every row, and only then is anything written. Run it where the model was trained, with the same
packages: reading a pickle runs its code.

Exit status: 0 done, 1 failed, 2 usage, 5 cannot be reproduced (nothing is written then)

Example:
  ringside-export --from runs/2026-11-22 --sample loans.csv --out models/loan_default_v1.1.0
  ringside check models/loan_default_v1.1.0
"""


def main(arguments=None):
    """Runs one export and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="ringside-export",
        description="Turn a training run's pickles into a proven bundle directory.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--from",
        dest="source",
        required=True,
        type=pathlib.Path,
        metavar="DIR",
        help="what training left: model.pkl, a fitted Pipeline; or model.pkl and pipeline.pkl; or loose pickles (README.md)",
    )
    parser.add_argument("--sample", required=True, type=pathlib.Path, metavar="FILE",
                        help="raw rows as training read them: .csv with a header, or JSON Lines")
    parser.add_argument(
        "--out", required=True, type=pathlib.Path, metavar="DIR", help="the bundle to write; its last part is the version: TASK_vX.Y.Z or TASK_yyyyMMdd[.N]"
    )
    parser.add_argument("--coerce", choices=("pandas",), help="serve what pandas makes of a value of the wrong kind (3.9 is 3, 'x' the fill, 1 is '1'), row by row; strict without")
    parser.add_argument("--sign", type=pathlib.Path, metavar="KEYFILE",
                        help="sign the bundle: an Ed25519 private key in PEM, as `openssl genpkey -algorithm ed25519` makes one")
    options = parser.parse_args(arguments)
    try:
        from . import signing
        from .export import export_bundle

        key = None if options.sign is None else signing.PrivateKey(options.sign)  # before the work: a wrong key is said at once
        for line in export_bundle(options.source, options.sample, options.out.absolute(), coerce=options.coerce, key=key):
            print(line)
        print(f"wrote {options.out}; next: ringside check {options.out}")
        return 0
    except (UsageError, ExportFailed, CannotReproduce) as problem:
        print(f"ringside-export: {problem}", file=sys.stderr)
        return problem.exit_status


if __name__ == "__main__":
    sys.exit(main())
