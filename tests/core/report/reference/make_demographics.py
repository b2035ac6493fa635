"""Makes demographics.json: what fairlearn's MetricFrame says of groups of persons in scores.csv (reference.json first).

    venv/bin/pip install fairlearn==0.15.0 and what requirements.txt lists
"""
import csv
import json
import pathlib

from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate

HERE = pathlib.Path(__file__).parent
GROUPS = {"p0": "north", "p1": "north", "p2": "north", "p3": "south", "p4": "south", "p5": "south", "p6": "west"}  # p7: none
reference = json.loads((HERE / "reference.json").read_text())
rows = list(csv.DictReader(open(HERE / "scores.csv")))


def frame(rows, metric, threshold, kind):
    sign = 1 if kind == "similarity" else -1
    return MetricFrame(
        metrics=metric,
        y_true=[r["label"] == "genuine" for r in rows],
        y_pred=[sign * float(r["score"]) >= sign * threshold for r in rows],
        sensitive_features=[GROUPS[r["subject_probe"]] for r in rows],
    )


result = {"groups": GROUPS}
for matcher, of in reference.items():
    if matcher == "groups":
        continue
    result[matcher] = {}
    for method in ["", "plain", "identity loss"]:
        mine = [
            r for r in rows
            if r["matcher"] == matcher and r["method"] == method and r["status"] == "ok"
            and GROUPS.get(r["subject_probe"]) == GROUPS.get(r["subject_reference"]) is not None
        ]
        points = of["cells"][(method or "original") + "/all"]["operating_points"]
        result[matcher][method] = {}
        for target, point in points.items():
            impostors = [r for r in mine if GROUPS[r["subject_probe"]] != "west"]  # one person: no impostors
            fnmr = frame(mine, false_negative_rate, point["threshold"], of["kind"])
            fmr = frame(impostors, false_positive_rate, point["threshold"], of["kind"])
            result[matcher][method][target] = {
                "fnmr": fnmr.by_group.to_dict(), "fmr": fmr.by_group.to_dict(),
                "fnmr_lowest_to_highest": fnmr.ratio(method="between_groups"),
                "fmr_lowest_to_highest": fmr.ratio(method="between_groups"),
            }
text = json.dumps(result, indent=1).replace("NaN", "null")
(HERE / "demographics.json").write_text(text + "\n")
