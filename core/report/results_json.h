// results.json: every figure, for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

// Raised when a key changes its meaning or goes; new keys may come without.
inline constexpr int kResultsSchemaVersion = 3;

// {schema_version, program, title, config, inputs, rules, warnings,
//  unmatched_names: [{kind, of, not_among, names: [{name, meant, pictures}]}], headline_fmr,
//  matchers: [{matcher, version, weights_sha256, score_kind, trained_against, self_pairs, repeated_pairs, baseline,
//    methods: [{method, thresholds_from, groups: [{group, reference_seen, subjects, genuine, impostor, genuine_failed,
//      impostor_failed, failed_comparisons, acquisition, eer, ..., operating_points: {"0.01": {threshold, fmr, fnmr,
//      ...}}}]}],
//    changes: [...]}],
//  training, attributes}.
// Rates are 0..1, intervals [low, high]; null: not computable or not known. Version 2 called failed_comparisons, the
// comparisons without a score, "fta", which is ISO/IEC 19795-1's word for pictures (acquisition.fta).
nlohmann::ordered_json results_object(const Evaluation& evaluation);

// The file's text.
std::string results_json(const Evaluation& evaluation);

}  // namespace miafr
