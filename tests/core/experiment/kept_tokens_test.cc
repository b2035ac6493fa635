// A person more changes nobody else's token.
#include "core/experiment/kept_tokens.h"

#include <gtest/gtest.h>

#include "core/experiment/tokens.h"
#include "core/experiment/trial.h"
#include "core/experiment/trial_record.h"
#include "tests/core/experiment/small_experiment.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

class KeptTokens : public testing::Test {
 protected:
  KeptTokens() : folder_(miafr_tests::temporary_folder()) {}

  // In the order of their names, as a folder of persons has them; tokens as the file alone gives them.
  Experiment of(const std::vector<std::string>& names) const {
    Experiment experiment = miafr_tests::small_experiment(folder_);
    experiment.subjects.clear();
    for (const std::string& name : names)
      experiment.subjects.push_back(
          {name, folder_ / "anna", rare_tokens()[experiment.subjects.size()], "person", "", "", false});
    return experiment;
  }

  void train(const Experiment& experiment, const std::string& name, bool done = true) const {
    for (const Trial& trial : trials_of(experiment)) {
      const Subject& subject = experiment.subjects[trial.subject];
      if (subject.name != name) continue;
      TrialRecord record;
      record.train = {done, {{"token", subject.token}}, 1, 0};
      fs::create_directories(TrialFolder(folder_, trial).path);
      write_record(TrialFolder(folder_, trial).record(), record, {});
    }
  }

  std::vector<std::string> tokens(Experiment experiment) const {
    keep_tokens(experiment, folder_);
    std::vector<std::string> words;
    for (const Subject& subject : experiment.subjects) words.push_back(subject.token);
    return words;
  }

  using Words = std::vector<std::string>;
  const fs::path folder_;
};

TEST_F(KeptTokens, AreThoseOfFinishedCells) {
  EXPECT_EQ(tokens(of({"bert", "carl"})), (Words{"sks", "ohwx"}));
  train(of({"bert", "carl"}), "bert");
  train(of({"bert", "carl"}), "carl");
  EXPECT_EQ(tokens(of({"anna", "bert", "carl", "dora"})), (Words{rare_tokens()[2], "sks", "ohwx", rare_tokens()[3]}));
}

TEST_F(KeptTokens, OfATrainingThatLeftNothingAreFree) {
  train(of({"bert"}), "bert", /*done=*/false);
  EXPECT_EQ(tokens(of({"anna", "bert"})), (Words{"sks", "ohwx"}));
  const Trial trial = trials_of(of({"bert"}))[0];
  const fs::path step = TrialFolder(folder_, trial).runs() / "run/checkpoints/step-1";
  fs::create_directories(step);
  std::ofstream(step / "state.safetensors") << "x";
  EXPECT_EQ(tokens(of({"anna", "bert"})), (Words{"ohwx", "sks"}));
}

TEST_F(KeptTokens, GiveWayToWhatTheFileSays) {
  train(of({"bert"}), "bert");
  Experiment experiment = of({"anna", "bert"});
  experiment.subjects[0].token = "sks";
  experiment.subjects[0].names_token = true;
  EXPECT_EQ(tokens(experiment), (Words{"sks", "ohwx"}));
}

}  // namespace
}  // namespace miafr
