"""A third version of the committed task: the newer one under another name, as whole and as good; and what it takes to alter one."""
import hashlib
import json
import shutil

from tests.integration.answering import NEW, ROOT, THIRD


def manifest_of(directory):
    return json.loads((directory / "manifest.json").read_text())


def write_manifest(directory, manifest):
    (directory / "manifest.json").write_text(json.dumps(manifest))


def made_to_fit(directory):
    """The manifest says of every file what is there now."""
    manifest = manifest_of(directory)
    for entry in manifest["files"]:
        data = (directory / entry["path"]).read_bytes()
        entry.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())
    write_manifest(directory, manifest)


def good_third_version(directory):
    shutil.copytree(ROOT / "models" / NEW, directory)
    text = (directory / "version.txt").read_text()
    (directory / "version.txt").write_text(text.replace(NEW, THIRD))
    manifest = manifest_of(directory)
    manifest["version"] = THIRD
    write_manifest(directory, manifest)
    made_to_fit(directory)
