"""The command line. Exit status: 0 done, 1 failed, 2 usage, 5 cannot be reproduced (nothing is written then)."""

import argparse
import pathlib
import sys

from .problems import CannotReproduce, ExportFailed, UsageError


def main(arguments=None):
    """Runs one export and returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="ringside-export", description="Turn a training run's pickles into a proven bundle directory."
    )
    parser.add_argument(
        "--from",
        dest="source",
        required=True,
        type=pathlib.Path,
        metavar="DIR",
        help="directory with model.pkl encoders.pkl scaler.pkl feature_schema.yaml",
    )
    parser.add_argument("--sample", required=True, type=pathlib.Path, metavar="FILE", help="raw rows, .csv or JSON Lines")
    parser.add_argument(
        "--out", required=True, type=pathlib.Path, metavar="DIR", help="the bundle, such as models/loan_default_v1.0.0"
    )
    parser.add_argument("--coerce", choices=("pandas",), help="not in this version: rows are served strictly")
    options = parser.parse_args(arguments)
    try:
        if options.coerce:
            raise UsageError(
                "--coerce pandas: not in this version; rows are served strictly, and training's own coercion of the sample "
                "is reproduced where both agree"
            )
        from .export import export_bundle

        for line in export_bundle(options.source, options.sample, options.out.absolute()):
            print(line)
        print(f"wrote {options.out}")
        return 0
    except (UsageError, ExportFailed, CannotReproduce) as problem:
        print(f"ringside-export: {problem}", file=sys.stderr)
        return problem.exit_status


if __name__ == "__main__":
    sys.exit(main())
