"""Goal: whatever is dropped into models/, a switch to it is refused with a reason that names the file and what is wrong with it, nothing
else changes, and the version that answers goes on answering right.

Method: one engine that is asked for predictions all the time; a good third version, one thing done to it a row of the table, moved into
models/ and asked for; the words of the refusal.
"""
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import socket
import threading

import pytest

from tests.integration.answering import NEW, OLD, ROOT, THIRD, Answering
from tests.integration.third_version import good_third_version, made_to_fit, manifest_of, write_manifest
from tests.support.engine_process import EngineProcess

TEN_GB = 10 << 30


# -- what can be done to a directory --

def entry(**changes):
    """The first file's entry of the manifest altered."""
    def apply(directory):
        manifest = manifest_of(directory)
        manifest["files"][0].update(changes)
        write_manifest(directory, manifest)
    return apply


def top(**changes):
    """A member of the manifest altered."""
    def apply(directory):
        write_manifest(directory, {**manifest_of(directory), **changes})
    return apply


def text(name, change, fit=True):
    """A file's bytes through `change`, and the manifest made to fit it."""
    def apply(directory):
        path = directory / name
        path.write_bytes(change(path.read_bytes()))
        if fit and name != "manifest.json":
            made_to_fit(directory)
    return apply


def from_old(name, fit):
    """The older version's file in its place."""
    def apply(directory):
        shutil.copyfile(ROOT / "models" / OLD / name, directory / name)
        if fit:
            made_to_fit(directory)
    return apply


def in_its_place(make, name="model.json"):
    """Something else under a file's name."""
    def apply(directory):
        (directory / name).unlink()
        make(directory / name)
    return apply


def unix_socket(path):
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as sock, contextlib.chdir(path.parent):
        sock.bind(path.name)  # a short name: the path's length is limited


def device(path):
    try:
        os.mknod(path, 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        os.symlink("/dev/null", path)


def grown(size, declared=False):
    def apply(directory):
        os.truncate(directory / "model.json", size)
        if declared:
            manifest = manifest_of(directory)
            next(file for file in manifest["files"] if file["path"] == "model.json")["size"] = size
            write_manifest(directory, manifest)
    return apply


def listed_twice(directory):
    manifest = manifest_of(directory)
    manifest["files"].insert(1, manifest["files"][0])
    write_manifest(directory, manifest)


def hard_link_written_through(directory):
    """Another name of the model's bytes, through which it is altered after it was hashed."""
    os.link(directory / "model.json", directory.parent / "other_name")
    with open(directory.parent / "other_name", "r+b") as file:
        file.seek(5000)
        file.write(b"0000")


def swapped_with_old(directory):
    """Two files in each other's place, as an unlucky copy leaves them."""
    encoders, scaler = directory / "encoders.json", directory / "scaler.json"
    encoders.rename(directory / "kept")
    scaler.rename(encoders)
    (directory / "kept").rename(scaler)


def yaml_bomb(_):
    levels = "".join(f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in itertools.pairwise("abcdefghi"))
    return ("a: &a [x, x, x, x, x, x, x, x, x]\n" + levels).encode()


def golden_bit(lines):
    rows = [json.loads(line) for line in lines.splitlines()]
    scored = next(row for row in rows if row["kind"] == "score")
    scored["margin"][0] = f"{int(scored['margin'][0], 16) ^ 1:08x}"
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


DEEP = b"[" * 100_000 + b"]" * 100_000
NUL = "baseline\0.json"

# kind: (what is done, words of the refusal, its outcome where that is another than failed_check)
DAMAGES = {
    # torn: what copies, disks and people leave behind
    "file cut short": (grown(1000), "model.json: expected"),
    "file empty": (grown(0), "found 0 bytes"),
    "file longer": (grown(1_000_000), "found 1000000 bytes"),
    "file missing": (lambda d: (d / "scaler.json").unlink(), "scaler.json: expected a regular file, found no such file"),
    "file more": (lambda d: (d / "notes.txt").write_text("hello"), "notes.txt: expected only files that manifest.json lists"),
    "hidden file": (lambda d: (d / ".model.json.swp").write_text(""), ".model.json.swp: expected only files"),
    "file renamed": (lambda d: (d / "model.json").rename(d / "model.jsn"), "model.jsn: expected only files"),
    "name with a newline": (lambda d: (d / "a\nb.json").write_text(""), "a\\x0ab.json: expected only files"),
    "name that is no UTF-8": (lambda d: (d / os.fsdecode(b"caf\xe9.json")).write_text(""), "json: expected only files"),
    "two files in each other's place": (swapped_with_old, "encoders.json: expected"),
    "model of another version": (from_old("model.json", fit=False), "model.json: expected"),
    "nothing in it": (lambda d: [path.unlink() for path in d.iterdir()], "manifest.json: expected a regular file, found no such file"),
    "manifest missing": (lambda d: (d / "manifest.json").unlink(), "manifest.json: expected a regular file, found no such file"),
    "manifest empty": (text("manifest.json", lambda _: b""), "manifest.json: expected one JSON object"),
    "manifest cut short": (text("manifest.json", lambda data: data[:300]), "manifest.json: expected one JSON object"),
    # what is no file
    "link in a file's place": (in_its_place(lambda path: path.symlink_to("/etc/passwd")), "found a link to /etc/passwd"),
    "link more": (lambda d: (d / "alias.json").symlink_to("model.json"), "alias.json: expected a regular file, found a link to model.json"),
    "link to itself": (in_its_place(lambda path: path.symlink_to("model.json")), "found a link to model.json"),
    "pipe": (in_its_place(os.mkfifo), "model.json: expected a regular file, found a pipe"),
    "socket": (in_its_place(unix_socket), "model.json: expected a regular file, found"),
    "device": (in_its_place(device), "model.json: expected a regular file, found a"),
    "directory called like a file": (in_its_place(pathlib.Path.mkdir), "model.json: expected a regular file, found a directory"),
    "directory more": (lambda d: (d / "more").mkdir(), "more: expected a regular file, found a directory"),
    "manifest that is a pipe": (in_its_place(os.mkfifo, "manifest.json"), "manifest.json: expected a regular file, found a pipe"),
    "manifest that is a link": (in_its_place(lambda path: path.symlink_to(ROOT / "models" / NEW / "manifest.json"), "manifest.json"),
                                "manifest.json: expected a regular file, found a link"),
    "hard link written through": (hard_link_written_through, "model.json: expected sha256"),
    # sizes
    "ten sparse gigabytes": (grown(TEN_GB), f"found {TEN_GB} bytes"),
    "ten sparse gigabytes, as declared": (grown(TEN_GB, declared=True), "model.json: expected at most"),
    "size that lies": (entry(size=7), "baseline.json: expected 7 bytes (manifest.json)"),
    "size beyond any": (entry(size=1 << 62), "may need 4611686018429 MB", "refused"),
    "size below zero": (entry(size=-1), "files[0].size"),
    "manifest of 17 MB": (text("manifest.json", lambda data: data + b" " * (17 << 20)), "manifest.json: expected at most"),
    # lies of the manifest
    "hash of other bytes": (entry(sha256="0" * 64), "baseline.json: expected sha256 0000"),
    "hash in capitals": (entry(sha256="A" * 64), "files[0].sha256: expected 64 lower-case hex digits"),
    "path up and out": (entry(path="../../../../etc/passwd"), "files[0].path: expected a plain file name"),
    "path from the root": (entry(path="/etc/passwd"), "files[0].path: expected a plain file name"),
    "path of two dots": (entry(path=".."), "files[0].path: expected a plain file name"),
    "path with a NUL": (entry(path=NUL), "files[0].path: expected a plain file name"),
    "path of nothing": (entry(path=""), "files[0].path: expected a plain file name"),
    "file listed twice": (listed_twice, "files[1].path: expected paths sorted, each once"),
    "manifest in itself": (entry(path="manifest.json"), "no manifest in the manifest"),
    "format of the future": (top(format_version=2), "format_version: expected 1, found 2"),
    "another task": (top(task_name="fraud"), 'task_name: expected "loan_default", found "fraud"', "refused"),
    "version that climbs": (top(version="../loan_default_v1.0.0"), "version: expected letters, digits"),
    "unknown member": (top(surprise=1), "surprise"),
    "model of no known kind": (top(model={"file": "model.pkl"}), "model.file: expected model.json, model.ubj or model.txt"),
    # bytes of the manifest
    "byte order mark": (text("manifest.json", lambda data: b"\xef\xbb\xbf" + data), "manifest.json: expected"),
    "NUL in the manifest": (text("manifest.json", lambda data: data[:-1] + b"\0" + data[-1:]), "manifest.json: expected"),
    "key twice": (text("manifest.json", lambda data: b'{"format_version": 1, ' + data[1:]), "manifest.json: "),
    "nested without end": (text("manifest.json", lambda _: DEEP), "manifest.json: expected"),
    "manifest that is no UTF-8": (text("manifest.json", lambda data: data.replace(b"glibc", b"gl\xff\xfec")), "manifest.json: expected"),
    # whole and signed off by its manifest, and wrong
    "model of other features": (from_old("model.json", fit=True), "model.json: "),
    "golden rows of another model": (from_old("golden.jsonl", fit=True), "golden.jsonl"),
    "golden rows with one bit": (text("golden.jsonl", golden_bit), "golden.jsonl row "),
    "schema of another version": (from_old("feature_schema.yaml", fit=True), "expected a field of feature_schema.yaml, found \"total_il_high_credit_limit\""),
    "version.txt of another task": (text("version.txt", lambda data: data.replace(b"task_name: loan_default", b"task_name: fraud")),
                                    "version.txt: task_name: expected \"loan_default\" (manifest.json), found \"fraud\""),
    "model nested without end": (text("model.json", lambda _: DEEP), "model.json: "),
    "plan with a NUL": (text("preprocess.json", lambda data: data + b"\0"), "preprocess.json: "),
    "schema that unfolds for ever": (text("feature_schema.yaml", yaml_bomb), "feature_schema.yaml: "),
    "golden rows of none": (text("golden.jsonl", lambda _: b""), "golden.jsonl: "),
}
if os.geteuid() != 0:  # root reads everything
    DAMAGES["file that may not be read"] = (lambda d: (d / "model.json").chmod(0), "model.json: expected a regular file, found Permission denied")

# What can be asked for where no directory can be meant.
NAMES = {"two dots": "..", "a hidden name": ".hidden", "an option": "-rf", "a path": "../loan_default_v1.0.0", "a newline": "a\nb",
         "a thousand letters": "v" * 1000, "a NUL": "loan_default_v1.0.0\0", "nobody": "loan_default_v9.9.9"}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(engine, what asks it all the time, its models/)."""
    place = tmp_path_factory.mktemp("hostile")
    models = place / "models"
    for version in (OLD, NEW):
        shutil.copytree(ROOT / "models" / version, models / version)
    os.symlink(OLD, models / "current")
    with EngineProcess(models) as engine:
        engine.wait_until_loaded()
        with Answering(engine, place) as answering:
            yield engine, answering, models


def asked_for(engine, version):
    """(HTTP status, everything that the refusal says)."""
    status, document = engine.admin("POST", "/model/switch", {"version": version})
    return status, document, document.get("error", "") + "".join("\n" + problem["text"] for problem in document.get("detail", []))


def nothing_changed(engine, answering):
    answering.goes_on()
    roles = {version["version"]: version["roles"] for version in engine.admin("GET", "/model/versions")[1]}
    assert roles[OLD] == ["current"] and not any(held for version, held in roles.items() if version != OLD)


@pytest.fixture
def dropped(served, tmp_path):
    """Makes the third version, damages it, moves it into models/ as a whole; takes it away at the end."""
    models = served[2]

    def drop(damage):
        good_third_version(tmp_path / THIRD)
        damage(tmp_path / THIRD)
        (tmp_path / THIRD).rename(models / THIRD)
        return models / THIRD
    yield drop
    shutil.rmtree(models / THIRD, ignore_errors=True)


@pytest.mark.parametrize("kind", DAMAGES)
def test_damaged_directory_is_refused_in_words_while_the_old_version_answers(kind, served, dropped):
    engine, answering, _ = served
    damage, words, outcome = (*DAMAGES[kind], "failed_check")[:3]
    dropped(damage)
    status, document, said = asked_for(engine, THIRD)
    assert words in said, f"{status} {said}"
    assert (status, document["outcome"], document["from"]) == ({"failed_check": 422, "refused": 409}[outcome], outcome, OLD), said
    nothing_changed(engine, answering)


def test_undamaged_directory_of_the_same_making_is_taken(served, dropped):
    """Else every refusal above could be for another reason."""
    engine, answering, _ = served
    dropped(lambda _: None)
    status, document = engine.admin("POST", "/model/switch", {"version": THIRD, "dry_run": True})
    assert (status, document["status"]) == (200, "dry_run_good"), document
    nothing_changed(engine, answering)


@pytest.mark.parametrize("kind", NAMES)
def test_name_that_is_none_is_refused(kind, served):
    engine, answering, _ = served
    status, document, said = asked_for(engine, NAMES[kind])
    assert (status, document["outcome"]) == (404, "unknown_version"), said
    assert ("no version" if kind == "nobody" else "is not the name of a version") in said
    nothing_changed(engine, answering)


@pytest.mark.parametrize("name", ["a\nb", ".hidden", "-rf", os.fsdecode(b"caf\xe9"), "v" * 200], ids=["newline", "hidden", "option", "no UTF-8", "long"])
def test_directory_of_an_unsafe_name_is_no_version(name, served, tmp_path):
    engine, answering, models = served
    good_third_version(tmp_path / "good")
    (tmp_path / "good").rename(models / name)
    try:
        status, document, said = asked_for(engine, THIRD)
        assert (status, document["outcome"]) == (404, "unknown_version"), said
        nothing_changed(engine, answering)
    finally:
        shutil.rmtree(os.fsencode(models / name))


@pytest.mark.parametrize("make", [lambda path: path.write_text("a file"), lambda path: path.symlink_to(path.name), lambda path: path.symlink_to("/nowhere"),
                                  os.mkfifo], ids=["a file", "a link to itself", "a link to nowhere", "a pipe"])
def test_what_is_no_directory_is_no_version(make, served):
    engine, answering, models = served
    make(models / THIRD)
    try:
        status, _, said = asked_for(engine, THIRD)
        assert status in (404, 422) and THIRD in said
        nothing_changed(engine, answering)
    finally:
        (models / THIRD).unlink()


def test_file_that_changes_while_it_is_read_is_refused_every_time(served, dropped):
    """A writer that never rests: longer, shorter, other bytes of the same length; never the ones that the manifest names."""
    engine, answering, _ = served
    model = dropped(text("model.json", lambda data: data[:-1] + b" }", fit=False)) / "model.json"
    stop = threading.Event()

    def write():
        good = model.read_bytes()
        for turn in itertools.cycle(range(3)):
            if stop.is_set():
                return
            with open(model, "r+b") as file:
                file.truncate(len(good) - turn)
                file.write(b"{" + bytes([0x20 + turn]))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(20):
            status, _, said = asked_for(engine, THIRD)
            assert status == 422 and "model.json: expected" in said, said
    finally:
        stop.set()
        writer.join()
    nothing_changed(engine, answering)


def test_same_version_under_two_names_is_loaded_once(served):
    engine, answering, models = served
    shutil.copytree(models / NEW, models / "copy")
    try:
        status, document, said = asked_for(engine, "copy")
        assert status == 422 and NEW in said, f"{status} {document}"
        nothing_changed(engine, answering)
    finally:
        shutil.rmtree(models / "copy")
