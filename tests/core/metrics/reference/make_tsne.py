"""Makes tsne.json with scikit-learn's exact t-SNE. Versions: requirements.txt.

Descents part after some dozens of iterations even where their starts differ by 1e-5. So there are divergences before
the first iteration and after 20 from one start, and the range at the end of twelve starts that differ that little.
"""
import json
import pathlib

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _gradient_descent, _joint_probabilities, _kl_divergence


def scaled(start):
    return start / np.std(start[:, 0]) * 1e-4


def after(points, start, perplexity, iterations):
    """The divergence after that many of the first, exaggerated iterations."""
    p = _joint_probabilities(squareform(pdist(points, "sqeuclidean")).astype(np.float32), perplexity, 0)
    places = scaled(start).ravel()
    if iterations > 0:
        places = _gradient_descent(
            _kl_divergence, places, it=0, max_iter=iterations, momentum=0.5, learning_rate=50.0,
            args=[12 * p, 1, len(points), 2],
        )[0]
    return float(_kl_divergence(places, p, 1, len(points), 2)[0])


def at_the_end(points, start, perplexity):
    return float(TSNE(method="exact", init=scaled(start), perplexity=perplexity).fit(points).kl_divergence_)


rng = np.random.default_rng(3)
sets = []
for name, persons, spread, perplexity in [("apart", 6, 0.12, 30), ("mixed", 5, 0.6, 15), ("one cloud", 1, 1, 30)]:
    centres = rng.normal(size=(persons, 8))
    points = np.repeat(centres, 120 // persons, axis=0) + spread * rng.normal(size=(120, 8))
    points = np.round(points / np.linalg.norm(points, axis=1, keepdims=True), 3)
    start = np.round(PCA(n_components=2, svd_solver="full").fit_transform(points), 9)
    near = [start * (1 + 1e-5 * np.random.default_rng(seed).normal(size=start.shape)) for seed in range(12)]
    ends = [at_the_end(points, one, perplexity) for one in near]
    sets.append(
        {
            "name": name,
            "perplexity": perplexity,
            "points": points.tolist(),
            "labels": np.repeat(np.arange(persons), 120 // persons).tolist(),
            "start": start.tolist(),
            "kl_at_the_start": after(points, start, perplexity, 0),
            "kl_after_20": after(points, start, perplexity, 20),
            "kl_at_the_end": [min(ends), max(ends)],
        }
    )
    print(name, [after(points, one, perplexity, 20) for one in [start] + near[:3]], ends)
text = json.dumps(sets, separators=(",", ":"))
(pathlib.Path(__file__).parent / "tsne.json").write_text(text.replace("},{", "},\n{") + "\n")
