"""Makes scores.csv and reference.json: synthetic comparisons, and what other people's libraries say of them.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make_reference.py

Labels follow one rule (accept at s >= t, distances at d <= t), so distances are given to the libraries negated.
"""
import csv
import json
import pathlib

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint

TARGETS = [0.1, 0.01, 0.001]
SUBJECTS = [f"p{i}" for i in range(8)]
GROUPS = ["child", "adult", "old"]
METHODS = {"plain": 0.35, "identity loss": 0.15}
MATCHERS = {"cosine net": "similarity", "l2 net": "distance"}
HERE = pathlib.Path(__file__).parent


def make_rows(rng):
    for matcher, kind in MATCHERS.items():
        def row(probe, reference, a, b, group, method, mean, failed=False):
            similarity = rng.normal(mean, 0.12)
            score = similarity if kind == "similarity" else 1 - similarity
            # Two decimals, so that there are ties across the lists.
            return dict(probe=probe, reference=reference, subject_probe=a, subject_reference=b,
                        label="genuine" if a == b else "impostor", group=group,
                        score="" if failed else f"{score:.2f}", status="failed: no face" if failed else "ok",
                        method=method, matcher=matcher)

        real = [(s, f"{s}_{i}.png") for s in SUBJECTS for i in range(3)]
        for i, (a, probe) in enumerate(real):
            for b, reference in real[:i]:
                yield row(probe, reference, a, b, "", "", 0.7 if a == b else 0.1)
        for method, loss in METHODS.items():
            for group in GROUPS:
                for a in SUBJECTS:
                    for k in range(2):
                        probe = f"{method}/{a}_{group}_{k}.png"
                        failed = rng.random() < 0.06
                        mean = 0.68 - loss * (1.5 if group == "child" else 1)
                        for reference in range(3):
                            yield row(probe, f"{a}_{reference}.png", a, a, group, method, mean, failed)
                        for b in SUBJECTS:
                            if a != b:
                                yield row(probe, f"{b}_0.png", a, b, group, method, 0.1, failed)


def lists(rows, kind):
    sign = 1 if kind == "similarity" else -1
    keep = lambda label: np.array([sign * float(r["score"]) for r in rows if r["label"] == label and r["status"] == "ok"])
    return keep("genuine"), keep("impostor")


def thresholds_of(rows, kind):
    genuine, impostor = lists(rows, kind)
    labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    fmr, _, thresholds = roc_curve(labels, np.concatenate([genuine, impostor]), drop_intermediate=False)
    return [thresholds[np.flatnonzero(fmr <= target)[-1]] for target in TARGETS]


def cell(rows, kind, thresholds):
    genuine, impostor = lists(rows, kind)
    failed = sum(r["status"] != "ok" and r["label"] == "genuine" for r in rows)
    labels = np.concatenate([np.ones(len(genuine)), np.zeros(len(impostor))])
    fmr, tpr, _ = roc_curve(labels, np.concatenate([genuine, impostor]), drop_intermediate=False)
    fnmr = 1 - tpr
    after = np.flatnonzero(fmr >= fnmr)[0]
    x0, y0, x1, y1 = fmr[after - 1], fnmr[after - 1], fmr[after], fnmr[after]
    share = (y0 - x0) / ((y0 - x0) + (x1 - y1))
    sign = 1 if kind == "similarity" else -1
    points = {}
    for target, threshold in zip(TARGETS, thresholds):
        misses, hits = int(np.sum(genuine < threshold)), int(np.sum(impostor >= threshold))
        low, high = proportion_confint(misses, len(genuine), method="wilson")
        points[str(target)] = dict(threshold=sign * threshold, false_matches=hits, false_non_matches=misses,
                                   fnmr=misses / len(genuine), fnmr_wilson95=[low, high],
                                   gfrr=(misses + failed) / (len(genuine) + failed))
    return dict(genuine=len(genuine), impostor=len(impostor), genuine_failed=failed,
                auc=roc_auc_score(labels, np.concatenate([genuine, impostor])), eer=x0 + share * (x1 - x0),
                dprime=(genuine.mean() - impostor.mean()) / np.sqrt((genuine.var(ddof=1) + impostor.var(ddof=1)) / 2),
                operating_points=points)


def paired(rows, kind, baseline, other, threshold, replicates=20000):
    """Relative change of FNMR, and its interval by an independent bootstrap over persons."""
    def counts(method):
        trials, errors = np.zeros(len(SUBJECTS)), np.zeros(len(SUBJECTS))
        for r in rows:
            if r["method"] == method and r["label"] == "genuine" and r["status"] == "ok":
                value = float(r["score"]) * (1 if kind == "similarity" else -1)
                trials[SUBJECTS.index(r["subject_probe"])] += 1
                errors[SUBJECTS.index(r["subject_probe"])] += value < threshold
        return trials, errors

    (bt, be), (ot, oe) = counts(baseline), counts(other)
    rng = np.random.default_rng(1)
    weights = rng.multinomial(len(SUBJECTS), np.full(len(SUBJECTS), 1 / len(SUBJECTS)), replicates)
    before, after = weights @ be / (weights @ bt), weights @ oe / (weights @ ot)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = (after - before) / before
    low, high = np.nanquantile(change, [0.025, 0.975])
    return dict(relative=(oe.sum() / ot.sum() - be.sum() / bt.sum()) / (be.sum() / bt.sum()), interval=[low, high])


def main():
    rows = list(make_rows(np.random.default_rng(20261125)))
    with open(HERE / "scores.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    result = {}
    for matcher, kind in MATCHERS.items():
        mine = [r for r in rows if r["matcher"] == matcher]
        thresholds = thresholds_of([r for r in mine if not r["method"]], kind)
        cells = {"original/all": cell([r for r in mine if not r["method"]], kind, thresholds)}
        for method in METHODS:
            of = [r for r in mine if r["method"] == method]
            cells[f"{method}/all"] = cell(of, kind, thresholds)
            for group in GROUPS:
                cells[f"{method}/{group}"] = cell([r for r in of if r["group"] == group], kind, thresholds)
        result[matcher] = dict(kind=kind, cells=cells, change=paired(mine, kind, *METHODS, thresholds[1]))
    (HERE / "reference.json").write_text(json.dumps(result, indent=1) + "\n")


main()
