"""Goal: a service that knows only the installed files can build against them, as client_lib/README.md says.

Method: install the `client` component of this build into a fresh prefix; build the README's own example through find_package and through
pkg-config, and a C program through ringside-c; see that no installed header reaches outside. Run the example without an engine, and
against one that serves the committed models.
"""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

SOURCE = pathlib.Path(os.environ.get("RINGSIDE_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("RINGSIDE_BIN", SOURCE / "build/release/bin"))

CMAKE_PROJECT = """cmake_minimum_required(VERSION 3.25)
project(example LANGUAGES C CXX)
find_package(ringside 0.1 REQUIRED)
add_executable(example example.cc)
target_link_libraries(example PRIVATE ringside::client)
add_executable(c_example c_example.c)
target_link_libraries(c_example PRIVATE ringside::c)
"""

C_EXAMPLE = """#include <ringside/ringside.h>
#include <stdio.h>
int main(void) {
  ringside_options options = RINGSIDE_OPTIONS_DEFAULT;
  ringside_client* client = NULL;
  options.socket = "/nowhere/data.sock";
  printf("%s %d\\n", ringside_version(), (int)ringside_connect(&options, &client, NULL, 0));
  return 0;
}
"""


def run(*command, **kwargs):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **kwargs)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def readme_example():
    blocks = re.findall(r"```cpp\n(.*?)```", (SOURCE / "client_lib/README.md").read_text(), re.DOTALL)
    assert len(blocks) == 1, "the README has one example"
    return blocks[0]


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    run("cmake", "--install", BIN.parent, "--component", "client", "--prefix", folder)
    return folder


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    folder = tmp_path_factory.mktemp("example")
    (folder / "example.cc").write_text(readme_example())
    (folder / "c_example.c").write_text(C_EXAMPLE)
    (folder / "CMakeLists.txt").write_text(CMAKE_PROJECT)
    return folder


def pkg_config(prefix, package):
    folders = sorted({str(file.parent) for file in prefix.rglob("*.pc")})
    environment = {**os.environ, "PKG_CONFIG_PATH": ":".join(folders)}
    return run("pkg-config", "--cflags", "--libs", package, env=environment).split()


def example_without_an_engine(program, tmp_path):
    (tmp_path / "run").mkdir()
    return subprocess.run([program, tmp_path / "run"], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def engine(tmp_path):
    """A run directory with an engine that serves models/current."""
    command = [BIN / "ringsided", "--models", SOURCE / "models", "--run-dir", tmp_path / "engine", "--state-dir", tmp_path / "state"]
    log = (tmp_path / "engine.log").open("w")
    process = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log)
    while not (tmp_path / "engine/loan_default/data.sock").exists():
        assert process.poll() is None, (tmp_path / "engine.log").read_text()
        time.sleep(0.01)  # for the socket, not for a state that a test is about
    yield tmp_path / "engine"
    process.terminate()
    process.wait()
    log.close()


def test_example_is_about_thirty_lines():
    assert len(readme_example().splitlines()) <= 35


def test_example_builds_through_find_package_and_says_that_no_engine_is_there(prefix, example, tmp_path):
    build = tmp_path / "build"
    run("cmake", "-S", example, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror")
    run("cmake", "--build", build)
    done = example_without_an_engine(build / "example", tmp_path)
    assert done.returncode == 3
    assert "start ringsided" in done.stderr
    assert run(build / "c_example") == "0.1.0 2\n"


def test_example_builds_through_pkg_config(prefix, example, tmp_path):
    run("c++", "-std=c++20", example / "example.cc", "-o", tmp_path / "example", *pkg_config(prefix, "ringside"))
    assert example_without_an_engine(tmp_path / "example", tmp_path).returncode == 3


def test_example_scores_a_row(prefix, example, engine, tmp_path):
    run("c++", "-std=c++20", example / "example.cc", "-o", tmp_path / "example", *pkg_config(prefix, "ringside"))
    lines = run(tmp_path / "example", engine).splitlines()
    assert lines[0] == "status ok"
    assert re.fullmatch(r"score 0\.\d+ by loan_default_v1\.0\.0 in \d+\.\d us", lines[1]), lines
    assert "filled annual_inc" in lines


def test_c_program_builds_with_a_c_compiler_alone(prefix, example, tmp_path):
    run("cc", "-std=c99", example / "c_example.c", "-o", tmp_path / "c_example", *pkg_config(prefix, "ringside-c"))
    library = next(prefix.rglob("libringside.so")).parent
    assert run(tmp_path / "c_example", env={**os.environ, "LD_LIBRARY_PATH": str(library)}) == "0.1.0 2\n"


def test_installed_headers_reach_only_each_other_and_the_standard_library(prefix):
    headers = sorted((prefix / "include").rglob("*.h"))
    assert {h.name for h in headers} >= {"client.h", "ringside.h", "result.h"}
    for header in headers:
        for included in re.findall(r'^\s*#\s*include\s+[<"]([^>"]+)', header.read_text(), re.MULTILINE):
            assert included.startswith("ringside/") or "/" not in included, f"{header.name} includes {included}"


def test_shared_library_exports_the_c_interface_alone(prefix):
    nm = shutil.which("nm")
    names = run(nm, "-D", "--defined-only", next(prefix.rglob("libringside.so"))).split()[2::3]
    assert "ringside_predict" in names
    assert [name for name in names if not name.startswith("ringside_")] == []
