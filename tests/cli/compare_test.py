"""Goal: `ringside compare` puts what is known of two versions side by side, and says what a caller of one would notice of the other.
Method: the real programs on the example bundles, held to the files in models/; what cannot be compared is said."""
import json

from tests.cli.conftest import NEW, OLD, ROOT
from tests.cli.documents import check_admin, check_cli


def evaluation(version):
    return json.loads((ROOT / "models" / version / "evaluation.json").read_text())


def flat(value, key=""):
    """As the engine flattens a document: a.b, a[0]."""
    if isinstance(value, dict):
        return [line for name, inner in value.items() for line in flat(inner, f"{key}.{name}" if key else name)]
    if isinstance(value, list):
        return [line for i, inner in enumerate(value) for line in flat(inner, f"{key}[{i}]")]
    return [(key, value)]


def test_compare_shows_what_training_measured_and_what_differs_in_schema(engine):
    done = engine.cli("compare", OLD, NEW, "--json")
    assert done.returncode == 0, done.stdout
    document = json.loads(done.stdout)
    check_cli("compare", document)
    check_admin("GET", "/model/compare", 200, document)
    old, new = dict(flat(evaluation(OLD))), dict(flat(evaluation(NEW)))
    lines = {line["key"]: line for line in document["evaluation"]}
    assert set(lines) == set(old) | set(new) and lines
    for key, line in lines.items():
        assert line["differs"] == (old.get(key) != new.get(key)), key
        if isinstance(old.get(key), float) and isinstance(new.get(key), float):
            assert line["change"] == new[key] - old[key], key
    added = [line for line in document["schema"] if line["key"] == "dtype" and line["values"][0] is None]
    assert [line["field"] for line in added] == ["total_il_high_credit_limit"]  # models/README.md: what 1.1.0 has more
    text = engine.cli("compare", OLD, NEW).stdout
    assert "evaluation.json" in text and "total_il_high_credit_limit" in text


def test_compare_says_which_version_stands_in_the_way(engine):
    done = engine.cli("compare", OLD, "loan_default_v9")
    assert done.returncode == 4 and "no version 'loan_default_v9' is known\nnext: ringside versions" in done.stderr
    done = engine.cli("compare", OLD)
    assert done.returncode == 2 and "V2 is required" in done.stderr
