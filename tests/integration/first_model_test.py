"""Goal: the commands by which tools/export/README.md serves a first model do what it says, as they stand there.

Method: a pipeline is saved as the page says; its commands run one after another, but for the engine, which the test starts and awaits.
"""
import json
import os
import subprocess

from tests.integration.trained import EXPORT, PYTHON, ROOT
from tests.support.engine_process import BIN, EngineProcess

SAVE = """
import json, joblib, pandas
import pipeline_export_test as pipelines
X = pipelines.frame().drop(columns=["note"])
model = pipelines.whole(X)
joblib.dump(model, "run/model.pkl")
json.dump(X.dtypes.astype(str).to_dict(), open("run/dtypes.json", "w"))
X.to_csv("loans.csv", index=False)
row = pandas.DataFrame([{"age": 41, "income": 3210.5, "member": True, "city": "ams"}])
print(json.dumps([str(value) for value in model.predict_proba(row)[0]]))
"""


def commands():
    """The lines of the page's block, without their comments."""
    page = (EXPORT / "README.md").read_text(encoding="utf-8")
    block = page.partition("## Your first model, served")[2].split("```")[1]
    return [line.partition("   #")[0].partition("  #")[0].strip() for line in block.strip().splitlines()]


def test_first_model_is_served_by_the_commands_of_the_page(tmp_path):
    (tmp_path / "run").mkdir()
    python = {**os.environ, "PYTHONPATH": f"{EXPORT}:{ROOT / 'tests' / 'tools' / 'export'}"}
    expected = json.loads(subprocess.run([PYTHON, "-c", SAVE], cwd=tmp_path, env=python, check=True, capture_output=True).stdout)
    environment = {**os.environ, "PATH": f"{BIN}:{EXPORT}:{os.environ['PATH']}"}

    def shell(command):
        done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
        return done.stdout

    after = commands().index("ringsided &")
    for command in commands()[:after]:
        shell(command)
    with EngineProcess(tmp_path / "models") as engine:
        environment["RINGSIDE_RUN_DIR"] = str(engine.run_dir)
        *others, last = [shell(command) for command in commands()[after + 1:]]
    assert others and "age" in others[0]
    answer = json.loads(last)
    assert answer["status"] == "ok" and [str(value) for value in answer["probabilities"]] == expected
