#include "core/experiment/kept_tokens.h"

#include <algorithm>

#include "core/experiment/tokens.h"
#include "core/experiment/trial.h"
#include "core/experiment/trial_record.h"

namespace miafr {
namespace {

// Of a finished training, else of one that was begun; "" where there is none.
std::string trained_token(const Experiment& experiment, std::size_t subject, const std::filesystem::path& out) {
  std::string begun;
  for (const Trial& trial : trials_of(experiment)) {
    if (trial.subject != subject) continue;
    const TrialFolder folder(out, trial);
    const StageRecord train = read_record(folder.record()).stage("train");
    const auto token = train.inputs.find("token");
    if (token == train.inputs.end()) continue;
    if (train.done) return token->second;
    if (begun.empty() && !folder.resumable_run().empty()) begun = token->second;
  }
  return begun;
}

}  // namespace

void keep_tokens(Experiment& experiment, const std::filesystem::path& out) {
  std::vector<std::string> words;
  for (const Subject& subject : experiment.subjects) words.push_back(subject.names_token ? subject.token : "");
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].empty()) continue;
    const std::string kept = trained_token(experiment, i, out);
    // The file may have given it to another since.
    if (std::find(words.begin(), words.end(), kept) == words.end()) words[i] = kept;
  }
  give_tokens(words);
  for (std::size_t i = 0; i < words.size(); ++i) experiment.subjects[i].token = words[i];
}

}  // namespace miafr
