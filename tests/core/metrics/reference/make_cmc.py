"""Makes cmc.json with scikit-learn's top_k_accuracy_score. Versions: requirements.txt."""
import json
import pathlib

import numpy as np
from sklearn.metrics import top_k_accuracy_score

PERSONS, REFERENCES, PROBES = 9, 2, 45
rng = np.random.default_rng(11)
own = np.arange(PROBES) % PERSONS
scores = rng.normal(0, 1, (PROBES, PERSONS, REFERENCES))
scores[np.arange(PROBES), own] += rng.normal(1.1, 0.6, (PROBES, 1))
scores = np.round(scores, 5)
best = scores.max(axis=2)
assert all(len(set(row)) == PERSONS for row in best), "scikit-learn orders equal scores by position"
failed = [7, 30]  # probes without any score: missed at every rank
best[failed, own[failed]] = -99
expected = [top_k_accuracy_score(own, best, k=k, labels=np.arange(PERSONS), normalize=False) for k in range(1, PERSONS)]
text = json.dumps({"own": own.tolist(), "failed": failed, "scores": scores.tolist(), "found": [int(n) for n in expected]})
(pathlib.Path(__file__).parent / "cmc.json").write_text(text + "\n")
print(expected)
