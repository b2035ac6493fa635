// miafr compare: are two photos of one person?
#include <torch/types.h>

#include <cmath>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/commands/face_options.h"
#include "core/commands/option_values.h"

namespace miafr {
namespace {

namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

struct Threshold {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string source;
};

struct Comparison {
  PluginIdentity matcher;
  ScoreKind kind = ScoreKind::kSimilarity;
  double score = std::numeric_limits<double>::quiet_NaN();
  std::string failure;
  Threshold threshold;

  bool accepted() const { return kind == ScoreKind::kSimilarity ? score >= threshold.value : score <= threshold.value; }
};

// The operating point of an evaluation of the same matcher with the same weights.
Threshold threshold_of_evaluation(const std::string& path, const std::string& fmr, const PluginIdentity& matcher) {
  std::ifstream in(path);
  if (!in) throw Error(path + ": cannot be read");
  const Json results = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!results.is_object() || !results.contains("matchers") || !results["matchers"].is_array())
    throw Error(path + ": it is no results.json of miafr evaluate");
  const auto field = [](const Json& json, const char* key) {
    return json.is_object() && json.contains(key) ? json[key] : Json();
  };
  for (const Json& entry : results["matchers"]) {
    if (field(entry, "matcher") != matcher.name) continue;
    if (field(entry, "weights_sha256") != matcher.weights_sha256)
      throw Error(path + ": its thresholds are of other weights of " + matcher.name + "; evaluate with these");
    for (const Json& method : field(entry, "methods"))
      for (const Json& group : field(method, "groups")) {
        const Json threshold = field(field(field(group, "operating_points"), fmr.c_str()), "threshold");
        if (field(method, "method") == "original" && threshold.is_number())
          return {threshold.get<double>(), "FMR " + fmr + " in " + path};
      }
    throw Error(path + ": it has no threshold of " + matcher.name + " on real pictures at FMR " + fmr);
  }
  throw Error(path + ": it has no matcher " + matcher.name);
}

Threshold threshold_for(const Options& options, const ChosenPlugin<FaceMatcher>& matcher) {
  if (options.has("threshold")) return {options.get<double>("threshold"), "--threshold"};
  if (options.has("results"))
    return threshold_of_evaluation(options.get<std::string>("results"), value_or<std::string>(options, "fmr", "0.001"),
                                   matcher.identity);
  const FaceMatcherInfo& info = matcher.object->info();
  return {info.usual_threshold, info.threshold_source};
}

Comparison compare(const ChosenPlugin<FaceMatcher>& matcher, std::size_t m, const AnalysedFace& a,
                   const AnalysedFace& b, const Options& options) {
  Comparison result{matcher.identity, matcher.object->info().score_kind, {}, "", threshold_for(options, matcher)};
  for (const AnalysedFace* face : {&a, &b}) {
    const std::string& reason = face->failure.empty() ? face->embedding_failures[m] : face->failure;
    if (result.failure.empty() && !reason.empty()) result.failure = shown(face->file.string()) + ": " + reason;
  }
  result.score = std::nan("");
  if (!result.failure.empty()) return result;
  const at::NoGradGuard no_grad;
  const auto row = [&](const AnalysedFace& face) {
    return at::tensor(face.embeddings[m]).unsqueeze(0).to(matcher.host->device());
  };
  result.score = matcher.call("compare", [&](FaceMatcher& f) { return f.compare(row(a), row(b)); }).item().toDouble();
  return result;
}

Json json_of(const Comparison& c) {
  Json json = {{"matcher", c.matcher.name},
               {"version", c.matcher.version},
               {"weights_sha256", c.matcher.weights_sha256},
               {"score_kind", c.kind == ScoreKind::kSimilarity ? "similarity" : "distance"},
               {"score", std::isfinite(c.score) ? Json(c.score) : Json()}};
  if (!c.failure.empty()) json["failure"] = c.failure;
  if (std::isfinite(c.threshold.value)) {
    json["threshold"] = c.threshold.value;
    json["threshold_source"] = c.threshold.source;
    if (c.failure.empty()) json["same_person"] = c.accepted();
  }
  return json;
}

void print(const Comparison& c) {
  std::cout << c.matcher.name << ": ";
  if (!c.failure.empty()) {
    std::cout << "no score (" << c.failure << ")\n";
    return;
  }
  const bool similarity = c.kind == ScoreKind::kSimilarity;
  std::cout << std::fixed << std::setprecision(4) << (similarity ? "similarity " : "distance ") << c.score;
  if (std::isfinite(c.threshold.value))
    std::cout << ", " << (c.accepted() ? "same person" : "different persons") << " at threshold " << c.threshold.value
              << " (" << c.threshold.source << ")\n";
  else
    std::cout << ", no verdict: " << c.matcher.name
              << " has no usual threshold; give --threshold, or --results of an evaluation\n";
}

}  // namespace

int run_compare(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "compare A B",
      "Compares the faces of two images: the score, and whether it is above a threshold. The exit code is 0 "
      "either way.");
  auto add = options.add();
  add("threshold,t", po::value<double>()->value_name("X"), "accept at this score or better");
  add("results", po::value<std::string>()->value_name("FILE"),
      "take the threshold from a results.json of miafr evaluate");
  add("fmr", po::value<std::string>()->value_name("X"), "its false match rate there (default: 0.001)");
  add("json", "as JSON");
  describe_matcher_options(options, faces_alone());
  describe_face_options(options, faces_alone());
  options.positional("A");
  options.positional("B");
  if (!options.parse(arguments)) return 0;
  if (options.has("threshold") && options.has("results")) throw UsageError("--threshold and --results: give one");
  if (options.has("fmr") && !options.has("results"))
    throw UsageError("--fmr is of an evaluation whose threshold is taken; give its results.json with --results");

  FaceRun run = read_face_run(options, globals, faces_alone());
  if (run.settings.policy == FacePolicy::kAll) throw UsageError("--faces all: compare takes one face of each image");
  const std::vector<AnalysedFace> faces = analyse_faces({options.list("A").at(0), options.list("B").at(0)},
                                                        run.networks, run.settings, [](std::int64_t, std::int64_t) {});
  Json all = Json::array();
  bool any = false;
  for (std::size_t m = 0; m < run.networks.matchers.size(); ++m) {
    const Comparison comparison = compare(run.networks.matchers[m], m, faces[0], faces[1], options);
    any |= comparison.failure.empty();
    if (options.has("json"))
      all.push_back(json_of(comparison));
    else
      print(comparison);
  }
  if (options.has("json")) std::cout << all.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  if (!any) {
    for (const AnalysedFace& face : faces)
      if (!face.failure.empty()) throw Error(face.file.string() + ": " + face.detail);
    throw Error("there is no score");
  }
  return 0;
}

}  // namespace miafr
