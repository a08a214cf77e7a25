"""Golden rows: the few that show the most, chosen from the sample and made from it.

1. Sample rows, greedily, until every leaf, category, missing and unseen value that the sample reaches is covered.
2. Made rows: every category, every field absent and null, unseen texts, ends of the dtypes, values on split thresholds and
   one ulp beside them. Several fields are probed in one row, so the file stays small.
3. Rows that must be refused: every code that can happen to each field, alone and together.
"""

import heapq
import json
from dataclasses import dataclass, field as dataclass_field

import numpy

from . import golden_walks, probes
from .feature_schema import TEXT_BYTES_MAX
from .plan_compiler import unseen_rule
from .sample_rows import dump
from .strict_rows import ERRORS_MAX

BASE_ROWS = 24


@dataclass
class Golden:
    """scored and refused: Verdicts in file order; walks: of the scored ones, None for no walk; coverage: what they show, words -> number, for the summary."""

    scored: list = dataclass_field(default_factory=list)
    refused: list = dataclass_field(default_factory=list)
    coverage: dict = dataclass_field(default_factory=dict)
    walks: list = dataclass_field(default_factory=list)


def choose(oracle, plan, sample_verdicts, sample_features):
    """Golden of the judged sample. sample_features: the matrix of its scored rows, in order.

    Every made row is judged too, so that a difference in any of them raises CannotReproduce.
    """
    scored = [verdict for verdict in sample_verdicts if not verdict.errors]
    golden = Golden()
    splits = oracle.forest.splits()
    leaves = oracle.forest.leaves(sample_features)
    golden.coverage["leaves"] = sum(splits.leaf_counts)
    golden.coverage["leaves_reached_by_sample"] = sum(len(numpy.unique(column)) for column in leaves.T)
    chosen = _greedy(_elements(plan, scored, leaves))
    chosen += [number for number in _beside_the_decision(oracle.threshold, scored) if number not in chosen]
    golden.coverage["rows_from_sample"] = len(chosen)
    golden.scored.extend(scored[number] for number in chosen)
    bases = _complete_rows(oracle, plan, [scored[number] for number in chosen] + scored[:2000])
    made, shown = _made_rows(oracle, plan, bases, splits.thresholds)
    golden.coverage.update(shown)
    there = {dump(verdict.row) for verdict in golden.scored}
    made = {text: row for text, row in ((dump(row), row) for row in made) if text not in there}
    golden.scored.extend(verdict for verdict in oracle.judge(list(made.values()), "made row") if not verdict.errors)
    golden.coverage["rows_made"] = len(golden.scored) - len(chosen)
    golden.refused = _refused(oracle, plan, bases)
    golden.coverage["rows_refused"] = len(golden.refused)
    golden.coverage.update(_shown(oracle, plan, golden))
    golden.walks = golden_walks.walks(oracle.forest, [verdict.bits for verdict in golden.scored], oracle.feature_type)
    return golden


def _elements(plan, scored, leaves):
    """An int array a row: what the row shows. Leaves first, then categories, missing and unseen values."""
    columns = []
    start = 0
    for column in leaves.T:
        _, codes = numpy.unique(column, return_inverse=True)
        columns.append(codes + start)
        start += int(codes.max()) + 1
    reached = numpy.stack(columns, axis=1) if columns else numpy.zeros((len(scored), 0), numpy.int64)
    numbers = {}
    rows = []
    for verdict, leaf_numbers in zip(scored, reached):
        more = [(name, "missing") for name in verdict.filled] + [(name, "unseen") for name in verdict.unknown]
        for item in plan.schema.fields:
            cell = verdict.row.get(item.name)
            if item.name in plan.parameters and isinstance(cell, str) and item.name not in verdict.unknown:
                more.append((item.name, "category", cell))
            elif cell is None and item.on_missing == "pass":
                more.append((item.name, "missing"))
        extra = [start + numbers.setdefault(key, len(numbers)) for key in more]
        rows.append(numpy.concatenate([leaf_numbers, numpy.array(extra, dtype=numpy.int64)]))
    return rows


def _greedy(elements):
    """Row numbers, the most telling first, until every element is covered. Lazy greedy: gains only shrink."""
    if not elements:
        return []
    missing = numpy.ones(max(int(row.max(initial=-1)) for row in elements) + 1, dtype=bool)
    heap = [(-len(row), number) for number, row in enumerate(elements)]
    heapq.heapify(heap)
    chosen = []
    while heap:
        _, number = heapq.heappop(heap)
        gain = int(missing[elements[number]].sum())
        if gain == 0:
            continue
        if heap and -heap[0][0] > gain:
            heapq.heappush(heap, (-gain, number))
            continue
        chosen.append(number)
        missing[elements[number]] = False
    return chosen


def _beside_the_decision(threshold, scored):
    """The rows whose probability is nearest to the decision threshold, below it and from it on."""
    if threshold is None:
        return []
    probabilities = [verdict.output_type.value(verdict.values[0]) for verdict in scored]
    reached = [threshold.reached(probability) for probability in probabilities]
    sides = [[number for number in range(len(scored)) if reached[number] == side] for side in (False, True)]
    nearest = (max, min)
    return [pick(side, key=probabilities.__getitem__) for pick, side in zip(nearest, sides) if side]


def _complete_rows(oracle, plan, verdicts):
    """Up to BASE_ROWS raw rows with no cell missing, to change cells of; made complete from others where none is."""
    names = [item.name for item in plan.schema.fields]
    seen = {}
    for verdict in verdicts:
        for name in names:
            if verdict.row.get(name) is not None and verdict.row[name] == verdict.row[name]:
                seen.setdefault(name, verdict.row[name])
    for item in plan.schema.fields:
        if item.name not in seen and item.fill is not None:
            seen[item.name] = item.fill
    bases = []
    for verdict in verdicts:
        row = {
            name: (
                verdict.row[name]
                if verdict.row.get(name) is not None and verdict.row[name] == verdict.row[name]
                else seen.get(name)
            )
            for name in names
        }
        if row not in bases:
            bases.append(row)
        if len(bases) == BASE_ROWS:
            break
    return bases


def _made_rows(oracle, plan, bases, split_values):
    """(rows, coverage). Values that strict serving refuses are taken out one by one, so a row is lost for no neighbour."""
    rows = []
    for number, item in enumerate(plan.schema.fields):
        for absent in (True, False):
            row = dict(bases[number % len(bases)])
            if absent:
                del row[item.name]
            else:
                row[item.name] = None
            rows.append(row)
    must = [item.name for item in plan.schema.fields if item.required or item.on_missing == "reject"]
    rows.append({name: bases[0][name] for name in must})
    rows.append({item.name: bases[0][item.name] if item.name in must else None for item in plan.schema.fields})
    known = {name: list(probes.categories(parameter)) for name, parameter in plan.parameters.items()}
    rows.extend(_together(oracle, plan, bases, known))
    rows.extend(_together(oracle, plan, bases, {name: [*seen, *unseen] for name, (seen, unseen) in probes.number_categories(plan).items()}))
    texts = [name for name in known if unseen_rule(plan.parameters[name]) is not None]
    rows.extend({**bases[number % len(bases)], name: probes.unseen_text(known[name])} for number, name in enumerate(texts))
    if texts:
        rows.append({**bases[0], texts[0]: "\u00e9" * (TEXT_BYTES_MAX // 2)})
    rows.extend(_together(oracle, plan, bases, probes.edge_values(plan)))
    if plan.schema.coerce == "pandas":
        rows.extend(_together(oracle, plan, bases, probes.coerced_values(plan)))
    on_thresholds, (on_spot, both, total, thinned) = probes.threshold_values(plan, split_values)
    rows.extend(_together(oracle, plan, bases, on_thresholds))
    rows.extend(_together(oracle, plan, bases, probes.step_values(plan)))
    shown = {"thresholds_of_numbers": total, "thresholds_exactly_hit": on_spot, "thresholds_from_both_sides": both}
    return rows, {**shown, "thresholds_thinned_away": thinned}


def _together(oracle, plan, bases, values):
    """Rows that take the k-th accepted value of every field at once."""
    accepted = {}
    for name, candidates in values.items():
        rows = [{**bases[0], name: value} for value in candidates]
        accepted[name] = [
            value
            for value, verdict in zip(candidates, oracle.judge(rows, "made row") if rows else [])
            if not any(field == name for field, _ in verdict.errors)
        ]
    rows = []
    for number in range(max((len(candidates) for candidates in accepted.values()), default=0)):
        row = dict(bases[number % len(bases)])
        row.update({name: candidates[number] for name, candidates in accepted.items() if number < len(candidates)})
        rows.append(row)
    return rows


_WRONG_FOR_PANDAS = {
    "int": [float("inf"), float("-inf"), "1e300", "-inf", 2**53 + 1, 2**63],
    "float": ["inf", float("inf"), float("-inf"), 1e300, 2**63],
    "bool": [2**63],
    "str": [2**63],
}
_WRONG = {
    "int": ["x", True, 35.5, -0.5, 2**53 + 1, -(2**53) - 1, 1e300, 2**63, float("inf"), float("-inf")],
    "float": ["1.5", False, float("inf"), float("-inf"), 1e300, -1e300],
    "bool": ["true", 2.5],
    "str": [1, 1.5, True],
}


def _refused(oracle, plan, bases):
    base = bases[0]
    rows = []
    together = {}
    numbers = probes.number_categories(plan)
    for item in plan.schema.fields:
        wrong = list((_WRONG_FOR_PANDAS if plan.schema.coerce == "pandas" else _WRONG)[item.dtype])
        if item.required or item.on_missing == "reject":
            wrong.append(None)
            rows.append({name: value for name, value in base.items() if name != item.name})
        if item.on_out_of_range == "reject":
            wrong += _outside(item)
        if item.dtype == "str":
            rows.append({**base, item.name: "\u00e9" * (TEXT_BYTES_MAX // 2) + "x"})
            if item.name in plan.parameters:
                wrong.append(probes.unseen_text(probes.categories(plan.parameters[item.name])))
        wrong += numbers.get(item.name, ([], []))[1]
        rows.extend({**base, item.name: value} for value in wrong)
        together[item.name] = wrong[0]
    rows.append({**base, "no_such_field": 1})
    rows.append({"no_such_field": "x", **base, "nor this one": None})
    names = list(together)[: ERRORS_MAX - 2]
    for start in range(4):
        rows.append({**base, **{name: together[name] for name in names[start::4]}, "no_such_field": 0})
    rows.append({**base, **{name: together[name] for name in names}, "no_such_field": 0})
    refusing = [name for name, parameter in plan.parameters.items() if unseen_rule(parameter) is None]
    for name in refusing:
        rows.append(
            {
                **base,
                **{other: together[other] for other in names[:2]},
                name: probes.unseen_text(probes.categories(plan.parameters[name])),
            }
        )
    unique = {dump(row): row for row in rows}
    return [verdict for verdict in oracle.judge(list(unique.values()), "made row") if verdict.errors]


def _outside(item):
    if item.allowed is not None:
        return [probes.unseen_text(item.allowed)]
    step = 1 if item.dtype == "int" else 0.5
    return ([] if item.minimum is None else [item.minimum - step]) + ([] if item.maximum is None else [item.maximum + step])


def _shown(oracle, plan, golden):
    """Counts of what the chosen rows show, so that the summary and the tests read one place."""
    missing, unseen, categories, codes = set(), set(), set(), set()
    for verdict in golden.scored:
        unseen.update(verdict.unknown)
        for item in plan.schema.fields:
            cell = verdict.row.get(item.name)
            if cell is None or cell != cell:
                missing.add(item.name)
            elif isinstance(cell, str) and item.name in plan.parameters and item.name not in verdict.unknown:
                categories.add((item.name, cell))
    for verdict in golden.refused:
        codes.update(verdict.errors)
    return {
        "categories": len(categories),
        "categories_known": sum(len(probes.categories(parameter)) for parameter in plan.parameters.values()),
        "fields_missing": len(missing),
        "fields_that_may_be_missing": sum(not item.required and item.on_missing != "reject" for item in plan.schema.fields),
        "fields_unseen": len(unseen),
        "refusals": len(codes),
        "refusal_codes": sorted({code for _, code in codes}),
    }


def lines(golden):
    """golden.jsonl, a str a line."""
    for verdict, walk in zip(golden.scored, golden.walks):
        expect = verdict.expectation() if walk is None else {**verdict.expectation(), "walk": walk}
        yield f'{{"kind":"score","row":{dump(verdict.row)},{json.dumps(expect, ensure_ascii=False, separators=(",", ":"))[1:]}'
    for verdict in golden.refused:
        expect = verdict.expectation()
        yield f'{{"kind":"reject","row":{dump(verdict.row)},{json.dumps(expect, ensure_ascii=False, separators=(",", ":"))[1:]}'
