#!/usr/bin/python3
"""Writes buckets.tsv beside it: salts and route keys with their buckets, by xxhsum, the command line of xxHash itself (Debian: xxhash).

    tests/engine/traffic/record_buckets.py [XXHSUM]

The engine hashes with the library's header; that the two agree shows that the text that is hashed is the one that formats promise:
salt, a zero byte, route key. Columns: salt, key, XXH3-64 in hex, bucket; texts in hex.
"""
import pathlib
import subprocess
import sys

SALTS = ["loan_default_v1.1.0", "a", "s" * 128, "süß", "2026 spring"]
KEYS = ["u37201", "0", "k" * 128, "käse", "a b", "\x01\x7f", "loan_default_v1.1.0"] + [f"user{i}" for i in range(20)]


def xxh3(program, data):
    done = subprocess.run([program, "-H3"], input=data, capture_output=True, check=True)
    return done.stdout.decode().split("=")[-1].split()[0].removeprefix("XXH3_")  # "XXH3 (stdin) = <hex>"


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else "xxhsum"
    lines = []
    for salt in SALTS:
        for key in KEYS:
            value = xxh3(program, salt.encode() + b"\0" + key.encode())
            lines.append(f"{salt.encode().hex()}\t{key.encode().hex()}\t{value}\t{int(value, 16) % 1_000_000}\n")
    (pathlib.Path(__file__).parent / "buckets.tsv").write_text("".join(lines))


if __name__ == "__main__":
    main()
