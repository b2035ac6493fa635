"""The kinds of plugins, and which headers of ours a plugin of each may include.

A path is a header or a folder; all that is included by it belongs to it. A kind's hash in sdk_hash.h is over these
headers: host and plugin must have been built from the same.
"""

# Every plugin may ask the host for a face matcher or an age estimator (HostContext::face_matcher, age_estimator).
_ANY = ["core/plugin/face_matcher.h", "core/plugin/age_estimator.h"]

# Layers, networks, and what brings a tensor of a checkpoint into them.
_NETWORKS = ["core/face/", "core/nn/"]

KINDS = {
    "loss": _ANY + ["core/plugin/loss.h", "core/face/aligned_faces.h"],
    "sampler": _ANY + ["core/plugin/sampler.h"],
    "face_detector": _ANY + ["core/plugin/face_detector.h"] + _NETWORKS,
    "face_matcher": _ANY + _NETWORKS,
    "age_estimator": _ANY + _NETWORKS,
    "quality": _ANY + ["core/plugin/quality.h"] + _NETWORKS,
    "editor": _ANY + ["core/plugin/editor.h"] + _NETWORKS,
}

# As sdk_hash.sh takes them.
KIND_ARGUMENTS = " ".join(["%s=%s" % (kind, ",".join(headers)) for kind, headers in KINDS.items()])
