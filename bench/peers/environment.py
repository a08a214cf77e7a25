"""The throw-away virtual environment with the peers from PyPI, the newest releases with wheels for Debian's Python.

    python = environment.made(folder)      # its interpreter; OutOfReach where PyPI is not to be had
"""

import re
import subprocess
import sys

# xgboost-cpu is XGBoost without its GPU part, which is some 200 MB. lleaves 1.3 needs a pass manager that llvmlite 0.45 took away.
PACKAGES = ("xgboost-cpu", "lightgbm", "onnxruntime", "onnxmltools", "treelite", "tl2cgen", "lleaves", "llvmlite<0.45", "scikit-learn")
INSTALL = ("-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--retries=1", "--timeout=15")
SECONDS_TO_INSTALL = 1200

# What pip says when it has reached no index at all: an index that was asked knows some release of every one of PACKAGES.
UNREACHABLE = re.compile(r"from versions: none|NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|SSLError"
                         r"|Temporary failure in name resolution|Connection (refused|reset|aborted)|Network is unreachable")


class OutOfReach(Exception):
    """There is no PyPI here; the text is pip's last word."""


class NotInstalled(Exception):
    """Anything else that went wrong."""


def is_out_of_reach(said):
    """Whether pip failed for want of an index, by what it wrote."""
    return UNREACHABLE.search(said) is not None


def made(folder):
    """The interpreter of the environment in `folder`; made unless it is whole."""
    python, whole = folder / "bin/python", folder / "complete"
    if whole.exists():
        return python
    made_venv = subprocess.run(["/usr/bin/python3", "-m", "venv", "--clear", str(folder)], capture_output=True, text=True, check=False)
    if made_venv.returncode != 0:
        raise NotInstalled(made_venv.stdout + made_venv.stderr)
    print(f"peers: installing {', '.join(PACKAGES)} …", file=sys.stderr, flush=True)
    try:
        done = subprocess.run([str(python), *INSTALL, *PACKAGES], capture_output=True, text=True, check=False, timeout=SECONDS_TO_INSTALL)
    except subprocess.TimeoutExpired as late:
        raise OutOfReach(f"pip had not ended after {SECONDS_TO_INSTALL} s") from late
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        raise OutOfReach(last) if is_out_of_reach(done.stderr) else NotInstalled(done.stderr.strip())
    whole.touch()
    return python
