"""Makes reference.json: synthetic scores, and what other people's libraries say of them.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python make_reference.py

Labels follow one rule (accept at s >= t, distances at d <= t), so distances are given to the libraries negated.
"""
import json
import pathlib
import platform
import warnings

import numpy as np
import pyeer
import scipy.stats
import sklearn
import statsmodels
from pyeer.eer_info import get_eer_stats
from sklearn.metrics import roc_auc_score, roc_curve
from statsmodels.stats.proportion import proportion_confint

TARGETS = [0.1, 0.01, 0.001, 0.0]


def score_sets():
    rng = np.random.default_rng(20261124)
    normal = lambda mean, std, n: np.round(rng.normal(mean, std, n), 6)
    return {
        "gaussian": ("similarity", normal(2, 1, 300), normal(0, 1, 2000)),
        "quantised": ("similarity", np.round(normal(1.5, 1, 200) * 4) / 4, np.round(normal(0, 1, 800) * 4) / 4),
        "tiny": ("similarity", np.array([0.9, 0.4, 0.7]), np.array([0.5, 0.3, 0.2, 0.8])),
        "separated": ("similarity", np.round(rng.uniform(2, 3, 20), 6), np.round(rng.uniform(0, 1, 50), 6)),
        "inverted": ("similarity", normal(-1, 1, 40), normal(1, 1, 60)),
        "distance": ("distance", np.abs(normal(0.4, 0.15, 150)), normal(1, 0.2, 1000)),
        "impostor_on_top": ("similarity", np.array([0.8, 0.6, 0.5]), np.array([0.9, 0.9, 0.4, 0.2, 0.1])),
    }


def counted_curve(labels, keys):
    """Every operating point of sklearn's curve, as counts, from 'accept nothing' on."""
    fpr, tpr, thresholds = roc_curve(labels, keys, drop_intermediate=False)
    false_matches = np.rint(fpr * np.sum(labels == 0)).astype(int)
    false_non_matches = np.sum(labels) - np.rint(tpr * np.sum(labels)).astype(int)
    return thresholds, fpr, 1 - tpr, false_matches, false_non_matches


def at_target(curve, target, sign):
    thresholds, fmr, fnmr, false_matches, false_non_matches = curve
    best = np.flatnonzero(fmr <= target)[-1]  # the most permissive one
    return {
        "target": target,
        "threshold": None if best == 0 else sign * thresholds[best],
        "false_matches": int(false_matches[best]),
        "false_non_matches": int(false_non_matches[best]),
    }


def interpolated_eer(fmr, fnmr):
    after = np.flatnonzero(fmr >= fnmr)[0]
    before = after - 1
    if fmr[after] == fnmr[after]:
        return fmr[after]
    a, b = fnmr[before] - fmr[before], fmr[after] - fnmr[after]
    return fmr[before] + a / (a + b) * (fmr[after] - fmr[before])


def with_pyeer(kind, genuine, impostor):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stats = get_eer_stats(genuine, impostor, ds_scores=kind == "distance")
    names = ["eer", "eer_low", "eer_high", "fmr10", "fmr100", "fmr1000", "fmr0", "fmr10_th", "fmr100_th", "fmr1000_th", "auc"]
    return {**{name: float(getattr(stats, name)) for name in names}, "d_prime_population": float(stats.decidability)}


def describe(kind, genuine, impostor):
    sign = -1 if kind == "distance" else 1
    labels = np.concatenate([np.ones(len(genuine), int), np.zeros(len(impostor), int)])
    keys = sign * np.concatenate([genuine, impostor])
    curve = counted_curve(labels, keys)
    step = max(1, len(curve[0]) // 60)
    points = sorted(set(range(1, len(curve[0]), step)) | {len(curve[0]) - 1})
    both = np.concatenate([genuine, impostor])
    edges = np.histogram_bin_edges(both, bins=12)
    u = scipy.stats.mannwhitneyu(sign * genuine, sign * impostor).statistic
    pooled = np.sqrt((np.var(genuine, ddof=1) + np.var(impostor, ddof=1)) / 2)
    return {
        "kind": kind,
        "genuine": genuine.tolist(),
        "impostor": impostor.tolist(),
        "curve_points": len(curve[0]),
        "curve": [[sign * curve[0][i], int(curve[3][i]), int(curve[4][i])] for i in points],
        "targets": [at_target(curve, target, sign) for target in TARGETS],
        "auc": roc_auc_score(labels, keys),
        "auc_mann_whitney": u / len(genuine) / len(impostor),
        "eer": interpolated_eer(curve[1], curve[2]),
        "d_prime": float(sign * (genuine.mean() - impostor.mean()) / pooled),
        "genuine_quantiles": np.quantile(genuine, [0.05, 0.25, 0.5, 0.75, 0.95]).tolist(),
        "genuine_mean": genuine.mean(),
        "genuine_deviation": genuine.std(ddof=1),
        "histogram_edges": edges.tolist(),
        "histogram_genuine": np.histogram(genuine, edges)[0].tolist(),
        "histogram_impostor": np.histogram(impostor, edges)[0].tolist(),
        "pyeer": with_pyeer(kind, genuine, impostor),
    }


def wilson():
    rows = []
    for errors, trials in [(0, 1), (1, 1), (0, 10), (3, 10), (10, 10), (8, 171), (1, 1875), (0, 9900), (500, 1000), (3, 10**7)]:
        low, high = proportion_confint(errors, trials, method="wilson")
        exact = scipy.stats.binomtest(errors, trials).proportion_ci(method="wilson")
        assert np.allclose([low, high], [exact.low, exact.high], rtol=1e-9, atol=1e-12)
        rows.append([errors, trials, float(low), float(high)])
    return rows


def people(rng):
    """24 persons with 4 samples each: scores with an effect of each person, and some failed comparisons."""
    person = np.repeat(np.arange(24), 4)
    ease, looks = rng.normal(0, 0.5, 24), rng.normal(0, 0.35, 24)
    rows = []
    for i in range(len(person)):
        for j in range(i + 1, len(person)):
            a, b = person[i], person[j]
            if a != b and (i + j) % 3:
                continue  # an incomplete design
            mean = 1.8 + ease[a] if a == b else looks[a] + looks[b]
            score = round(float(rng.normal(mean, 0.7)), 4)
            rows.append([int(a), int(b), None if a == b and rng.random() < 0.05 else score])
    return rows


def draws(rng, subjects, replicates):
    for _ in range(replicates):
        yield np.bincount(rng.integers(0, subjects, subjects), minlength=subjects)


def bootstrap(rows, threshold, target, replicates):
    """The slow way: each replicate's comparisons are written out, as often as drawn, and given to sklearn."""
    rng = np.random.default_rng(5)
    a, b = np.array([r[0] for r in rows]), np.array([r[1] for r in rows])
    failed = np.array([r[2] is None for r in rows])
    score = np.array([0.0 if r[2] is None else r[2] for r in rows])
    genuine = a == b
    values = {name: [] for name in ["fmr", "fnmr", "gfrr", "fnmr_at_fmr", "eer", "auc"]}
    for w in draws(rng, 24, replicates):
        times = np.where(genuine, w[a], w[a] * w[b])
        g, i = np.repeat(score[genuine & ~failed], times[genuine & ~failed]), np.repeat(score[~genuine], times[~genuine])
        lost = int(times[genuine & failed].sum())
        labels, keys = np.r_[np.ones(len(g), int), np.zeros(len(i), int)], np.r_[g, i]
        _, fmr, fnmr, _, _ = counted_curve(labels, keys)
        values["fmr"].append(np.mean(i >= threshold))
        values["fnmr"].append(np.mean(g < threshold))
        values["gfrr"].append((np.sum(g < threshold) + lost) / (len(g) + lost))
        values["fnmr_at_fmr"].append(fnmr[np.flatnonzero(fmr <= target)[-1]])
        values["eer"].append(interpolated_eer(fmr, fnmr))
        values["auc"].append(roc_auc_score(labels, keys))
    return {name: [*np.quantile(v, [0.025, 0.975]).tolist(), float(np.std(v))] for name, v in values.items()}


def paired(rows, threshold, replicates):
    """A second method lifts each genuine score by 0.25 plus noise: relative and absolute change of FNMR."""
    rng = np.random.default_rng(6)
    genuine = [(r[0], r[2]) for r in rows if r[0] == r[1] and r[2] is not None]
    subject = np.array([g[0] for g in genuine])
    before = np.array([g[1] for g in genuine])
    after = np.round(before + 0.25 + rng.normal(0, 0.3, len(before)), 4)
    relative, difference = [], []
    for w in draws(rng, 24, replicates):
        x, y = np.repeat(before, w[subject]) < threshold, np.repeat(after, w[subject]) < threshold
        difference.append(y.mean() - x.mean())
        relative.append((y.mean() - x.mean()) / x.mean())
    x, y = before < threshold, after < threshold
    interval = lambda v: [*np.quantile(v, [0.025, 0.975]).tolist(), float(np.std(v))]
    return {
        "other": [[int(s), float(v)] for s, v in zip(subject, after)],
        "errors": [int(x.sum()), int(y.sum()), len(before)],
        "relative": interval(relative),
        "difference": interval(difference),
    }


def main():
    rows = people(np.random.default_rng(77))
    threshold, target = 1.2, 0.02
    reference = {
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
            "pyeer": __import__("importlib.metadata").metadata.version("pyeer"),
        },
        "sets": {name: describe(*scores) for name, scores in score_sets().items()},
        "wilson": wilson(),
        "people": {
            "rows": rows,
            "threshold": threshold,
            "target": target,
            "bootstrap": bootstrap(rows, threshold, target, 20000),
            "paired": paired(rows, threshold, 20000),
        },
    }
    path = pathlib.Path(__file__).parent / "reference.json"
    path.write_text(json.dumps(reference, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"') + "\n")


main()
