#include "core/contract/contract.h"

#include <cmath>

#include "core/config/plugin_choice.h"
#include "core/config/plugin_params.h"
#include "core/contract/stand_in_host.h"
#include "core/plugin/age_estimator.h"
#include "core/plugin/editor.h"
#include "core/plugin/face_detector.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/plugin/quality.h"
#include "core/plugin/sampler.h"
#include "core/runtime/kinds.h"

namespace miafr {
namespace {

struct Contract {
  const char* kind;
  KindContract check;
};
constexpr Contract kContracts[] = {
    {PluginKind<IdentityLoss>::kName, check_loss},
    {PluginKind<Sampler>::kName, check_sampler},
    {PluginKind<FaceDetector>::kName, check_face_detector},
    {PluginKind<FaceMatcher>::kName, check_face_matcher},
    {PluginKind<AgeEstimator>::kName, check_age_estimator},
    {PluginKind<Quality>::kName, check_quality},
    {PluginKind<Editor>::kName, check_editor},
};

// A value that the parameter must not take, "" where it takes anything.
std::string bad_value(const ParamSpec& param) {
  switch (param.type) {
    case ParamType::kText:
    case ParamType::kPlugin:
      return "";
    case ParamType::kInteger:
    case ParamType::kReal:
      if (std::isfinite(param.max)) return std::to_string(std::llround(param.max) + 1);
      if (std::isfinite(param.min)) return std::to_string(std::llround(param.min) - 1);
      [[fallthrough]];
    default:
      return "no such value";
  }
}

void check_bad_values_refused(const PluginLibrary& library) {
  for (const ParamSpec& param : library.params()) {
    const std::string value = bad_value(param);
    if (value.empty()) continue;
    try {
      resolve_params(library.params(), {{param.name, value, "contract"}}, library.title());
    } catch (const std::exception&) {
      continue;
    }
    throw CheckFailed(std::string(param.name) + " = " + value + " is accepted");
  }
}

// The values of flags and choices that are not their defaults: each may be a branch of its own.
RawParams other_values(const ParamTable& table) {
  RawParams others;
  for (const ParamSpec& param : table) {
    std::vector<std::string> values;
    if (param.type == ParamType::kFlag) values = {"true", "false"};
    if (param.type == ParamType::kChoice) values = split_choices(param.choices);
    for (const std::string& value : values)
      if (value != default_text(param)) others.push_back({param.name, value, "contract"});
  }
  return others;
}

}  // namespace

bool Checks::run(const std::string& check, const std::function<void()>& body) {
  CheckResult result{check + circumstance, CheckStatus::kPassed, ""};
  try {
    body();
  } catch (const ServiceUnavailable& e) {
    result.status = CheckStatus::kSkipped;
    result.detail = e.what();
  } catch (...) {
    result.status = CheckStatus::kFailed;
    result.detail = current_exception_line();
  }
  results_.push_back(result);
  return result.status == CheckStatus::kPassed;
}

std::vector<CheckResult> check_contract(std::shared_ptr<const PluginLibrary> library, PluginRegistry& registry) {
  Checks checks;
  Params params;
  StandInHost host(library->title(), registry);
  const std::string name = library->descriptor().name;
  checks.run("its name is in snake_case", [&] { expect(is_plugin_name(name), "'" + name + "'"); });
  const bool usable = checks.run("its parameters' defaults are valid",
                                 [&] { params = resolve_params(library->params(), {}, library->title()); });
  checks.run("values out of range are refused", [&] { check_bad_values_refused(*library); });
  for (const Contract& contract : kContracts) {
    if (!usable || std::string(contract.kind) != library->descriptor().kind) continue;
    contract.check(library, params, host, checks);
    for (const RawParam& other : other_values(library->params())) {
      checks.circumstance = " (with " + other.key + " = " + other.text + ")";
      contract.check(library, resolve_params(library->params(), {other}, library->title()), host, checks);
    }
  }
  // What fails for want of weights says nothing about the plugin.
  std::vector<CheckResult> results = checks.results();
  for (CheckResult& result : results)
    if (!host.missing().empty() && result.detail.find(host.missing()) != std::string::npos)
      result.status = CheckStatus::kSkipped;
  return results;
}

}  // namespace miafr
