// miafr experiment from its file to tables, with a tiny model: what is done once, what breaks, what goes on.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/tiny_sd.h"

namespace {

using miafr_tests::miafr;
using miafr_tests::ProcessResult;
using miafr_tests::read_text;
using miafr_tests::temporary_folder;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

void write_noise(const fs::path& file, unsigned seed) {
  fs::create_directories(file.parent_path());
  cv::RNG random(seed);
  cv::Mat picture(80, 80, CV_8UC3);
  random.fill(picture, cv::RNG::UNIFORM, 0, 256);
  cv::imwrite(file.string(), picture);
}

pid_t start(const std::vector<std::string>& arguments, const fs::path& log) {
  const pid_t process = ::fork();
  if (process != 0) return process;
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), (miafr_tests::prefix() / "bin" / "miafr").string());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::dup2(::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), STDERR_FILENO);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

// Two persons, two losses, two prompts; noise for photos, which count as aligned faces.
class ExperimentCommand : public testing::Test {
 protected:
  ExperimentCommand() : folder_(temporary_folder()), out_(folder_ / "out") {
    miafr_tests::write_half_safetensors(folder_ / "tiny.safetensors", miafr_tests::tiny_sd_tensors());
    unsigned seed = 0;
    for (const char* name : {"anna/a.png", "anna/b.png", "bert/a.png", "bert/b.png"})
      write_noise(folder_ / "photos" / name, ++seed);
    write_noise(folder_ / "edited/anna/old/a.png", ++seed);
    write_file(text_);
  }

  void write_file(const std::string& text) { std::ofstream(folder_ / "study.yaml") << text; }

  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"experiment", (folder_ / "study.yaml").string(), "--out", out_.string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  ProcessResult run(const std::vector<std::string>& more = {},
                    const std::map<std::string, std::string>& environment = {}) const {
    return miafr(command(more), environment);
  }

  json record(const std::string& trial) const { return json::parse(read_text(out_ / "trials" / trial / "trial.json")); }

  std::string pictures(const std::string& trial) const {
    return read_text(out_ / "trials" / trial / "images" / "manifest.csv");
  }

  const std::string text_ =
      "checkpoint: tiny.safetensors\nsubjects: photos\n"
      "model: {unet_num_heads: 4, text_encoder_heads: 4}\ndata: {size: 64}\n"
      "train: {steps: 2, learning_rate: 1.0e-4, checkpoint_every: 0, preview_every: 0, gradient_norms_every: 0}\n"
      "sampler: {steps: 2}\nlosses: {plain: [], cosine: [{name: cosine}]}\n"
      "ages: {child: [0, 12], old: [66, 120]}\ngenerate: {images: 2, width: 64, height: 64}\n"
      "evaluate: {aligned: true, fmr: [0.5], bootstrap: 50, methods: {theirs: edited}}\n";
  const fs::path folder_, out_;
};

TEST_F(ExperimentCommand, GoesFromPhotosToTablesOnce) {
  const ProcessResult dry = run({"--dry-run"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("cosine/bert/23"));
  EXPECT_THAT(dry.out, HasSubstr("4 trials, 16 pictures; left to do: time is known once a trial is done"));
  EXPECT_FALSE(fs::exists(out_));

  const ProcessResult first = run({"--jobs", "2"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("trial 4/4 cosine/bert/23: done, 4 pictures"));
  const json manifest = json::parse(read_text(out_ / "manifest.json"));
  EXPECT_EQ(manifest["subjects"][0]["token"], "sks");
  EXPECT_EQ(manifest["subjects"][1]["token"], "ohwx");
  EXPECT_EQ(manifest["trials"].size(), 4u);
  for (const json& trial : manifest["trials"]) {
    EXPECT_EQ(trial["state"], "done");
    EXPECT_EQ(trial["generate"]["images"], 4);
    EXPECT_EQ(trial["train"]["model_sha256"].get<std::string>().size(), 64u);
    EXPECT_EQ(trial["generate"]["images_sha256"].get<std::string>().size(), 64u);
  }
  EXPECT_THAT(pictures("plain/bert/23"), HasSubstr(",photo of a ohwx person as child,child,,42,"));
  EXPECT_THAT(pictures("plain/bert/23"), HasSubstr(",photo of a ohwx person as old,old,,43,"));
  EXPECT_FALSE(fs::exists(out_ / "trials/plain/bert/23/images/grid-0000.png"));
  const std::string table = read_text(out_ / "tables" / "identity.csv");
  for (const char* row : {"dlib_resnet,no,original,all,", "dlib_resnet,no,plain,child,", "dlib_resnet,no,cosine,old,",
                          "dlib_resnet,no,theirs,old,"})
    EXPECT_THAT(table, HasSubstr(row));
  EXPECT_THAT(read_text(out_ / "tables" / "cost.csv"), HasSubstr("\nplain,2,2,"));
  EXPECT_THAT(read_text(out_ / "tables" / "identity.tex"), HasSubstr("\\toprule"));
  EXPECT_THAT(read_text(out_ / "report.html"), HasSubstr("<h2>Identity</h2>"));
  EXPECT_TRUE(fs::exists(out_ / "evaluation" / "report.html"));
  EXPECT_FALSE(record("plain/anna/23")["model"].get<std::string>().empty());
  EXPECT_FALSE(fs::exists((out_ / "trials/plain/anna/23" / record("plain/anna/23")["model"].get<std::string>())
                              .replace_filename("state.safetensors")));

  const std::string before = read_text(out_ / "trials/plain/anna/23/train.log");
  const auto evaluated = fs::last_write_time(out_ / "evaluation" / "results.json");
  const ProcessResult again = run();
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, Not(HasSubstr("training")));
  EXPECT_THAT(again.err, Not(HasSubstr("evaluating")));
  EXPECT_EQ(again.out, first.out);
  EXPECT_EQ(read_text(out_ / "trials/plain/anna/23/train.log"), before);
  EXPECT_EQ(fs::last_write_time(out_ / "evaluation" / "results.json"), evaluated);
  EXPECT_THAT(run({"--dry-run"}).out, HasSubstr("left to do: about 0 s"));
  EXPECT_THAT(run({"--dry-run", "--redo", "generate.scale=3"}).out, Not(HasSubstr("left to do: about 0 s")));
}

// The checkpoint as it is paints nobody in particular, an editor changes photos, and any method may be the baseline.
TEST_F(ExperimentCommand, AMethodWithoutTrainingIsDoneOnceForEachPerson) {
  const std::string losses = "losses: {plain: [], cosine: [{name: cosine}]}";
  std::string text = text_;
  text.replace(text.find(losses), losses.size(),
               "seeds: [1, 2]\nmethods:\n  base: {generate: {scale: 2}}\n  plain: {losses: []}\n"
               "  edited: {editor: inversion, params: {checkpoint: " +
                   (folder_ / "tiny.safetensors").string() +
                   ", config: " + miafr_tests::data_file("tests/goldens/tiny-sd.yaml").string() +
                   ", steps: 2, width: 64, height: 64}}");
  text.replace(text.find("methods: {theirs"), 8, "baseline: theirs, methods:");
  write_file(text);
  const ProcessResult dry = run({"--dry-run"});
  ASSERT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("8 trials, 32 pictures"));
  EXPECT_THAT(run({"--dry-run", "methods.edited.editor=invertion"}).err, HasSubstr("inversion"));
  const ProcessResult all = run();
  ASSERT_EQ(all.exit_code, 0) << all.err;
  EXPECT_THAT(pictures("base/anna"), HasSubstr(",photo of a person as old,old,"));
  EXPECT_THAT(pictures("base/anna"), HasSubstr(",ddim,2,2,"));
  EXPECT_THAT(pictures("plain/anna/2"), HasSubstr(",ddim,2,7.5,"));
  EXPECT_THAT(pictures("edited/anna"), HasSubstr(",old,b.png,"));
  const json made = record("base/anna");
  ASSERT_EQ(made["stages"].size(), 1u);
  EXPECT_EQ(made["stages"][0]["stage"], "generate");
  EXPECT_EQ(record("edited/bert")["stages"][0]["stage"], "edit");
  EXPECT_EQ(record("edited/bert")["images"], 4);  // two photos at two ages
  const std::string table = read_text(out_ / "tables" / "identity.csv");
  for (const char* row : {"dlib_resnet,no,base,all,", "dlib_resnet,no,plain,all,", "dlib_resnet,no,edited,old,",
                          "dlib_resnet,no,theirs,all,"})
    EXPECT_THAT(table, HasSubstr(row));
  EXPECT_EQ(json::parse(read_text(out_ / "evaluation/results.json"))["config"]["baseline"], "theirs");
  EXPECT_THAT(run({"--dry-run"}).out, HasSubstr("left to do: about 0 s"));
}

// OUT/cells and cell.json are what trials were called before version 0.2.
TEST_F(ExperimentCommand, ResultsOfAnEarlierVersionAreGoneOnWith) {
  ASSERT_EQ(run({"--cell", "plain/anna/23"}).exit_code, 0);
  const json now = record("plain/anna/23");
  json then = now;
  then.erase("stages");
  for (const json& stage : now["stages"]) then[stage["stage"].get<std::string>()] = stage;
  for (const char* later : {"generate.noise", "generate.precision", "generate.strength"})
    then["generate"]["inputs"].erase(later);
  fs::rename(out_ / "trials", out_ / "cells");
  fs::remove(out_ / "cells/plain/anna/23/trial.json");
  std::ofstream(out_ / "cells/plain/anna/23/cell.json") << then.dump();
  const std::string plan = run({"--dry-run"}).out;
  EXPECT_THAT(plan, HasSubstr("plain/anna/23   sks    done"));
  ASSERT_EQ(run({"--trial", "plain/bert/23"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(out_ / "cells/plain/bert/23/images/manifest.csv"));
}

TEST_F(ExperimentCommand, AFolderOfOtherFilesIsNotTouched) {
  fs::create_directories(out_ / "tables");
  std::ofstream(out_ / "tables/mine.csv") << "mine";
  for (const char* how : {"--evaluate", "--dry-run"}) {
    const ProcessResult refused = run({how});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.err, HasSubstr(out_.string() + " is not empty and holds no experiment; name another"));
  }
  EXPECT_EQ(read_text(out_ / "tables/mine.csv"), "mine");
  EXPECT_FALSE(fs::exists(out_ / "experiment.yaml"));
}

TEST_F(ExperimentCommand, APersonMoreChangesNoCell) {
  ASSERT_EQ(run({"--trial", "plain/anna/23"}).exit_code, 0);
  write_noise(folder_ / "photos/aaron/a.png", 9);
  const std::string plan = run({"--dry-run"}).out;
  EXPECT_THAT(plan, HasSubstr("plain/anna/23    sks    done"));
  EXPECT_THAT(plan, HasSubstr("plain/aaron/23   ohwx   new"));
}

TEST_F(ExperimentCommand, ADamagedManifestCostsItsCellOnly) {
  ASSERT_EQ(run({"--trial", "plain/anna/23"}).exit_code, 0);
  const fs::path manifest = out_ / "trials/plain/anna/23/images/manifest.csv";
  const std::string whole = read_text(manifest);
  std::ofstream(manifest) << whole.substr(0, whole.rfind(",old,"));
  const ProcessResult others = run();
  EXPECT_EQ(others.exit_code, 1);
  EXPECT_THAT(others.err, HasSubstr("plain/anna/23: " + manifest.string() + ":5: "));
  EXPECT_THAT(others.err, HasSubstr("1 of 4 trials are not done"));
  EXPECT_THAT(read_text(out_ / "report.html"), HasSubstr("<li>plain/anna/23 is broken: "));
  EXPECT_THAT(read_text(out_ / "tables" / "cost.csv"), HasSubstr("\nplain,1,2,"));
  std::ofstream(manifest) << whole;  // mended
  const ProcessResult mended = run();
  EXPECT_EQ(mended.exit_code, 0) << mended.err;
  EXPECT_EQ(record("plain/anna/23")["failure"], "");
}

TEST_F(ExperimentCommand, WhatTheEvaluationWouldRefuseIsRefusedBeforeATraining) {
  const auto refusal = [&](const std::string& evaluate) {
    write_file(text_.substr(0, text_.find("evaluate:")) + "evaluate: {aligned: true, bootstrap: 0, " + evaluate +
               "}\n");
    const ProcessResult result = run();
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_FALSE(fs::exists(out_));
    return result.err;
  };
  fs::create_directories(folder_ / "empty");
  EXPECT_THAT(refusal("methods: {theirs: empty}"), HasSubstr("methods.theirs: there are no images in "));
  std::ofstream(folder_ / "groups.csv") << "subject,group\nAnna,a\n";
  EXPECT_THAT(refusal("groups: groups.csv"), HasSubstr("The first is 'anna', and the first of the groups 'Anna'"));
  std::ofstream(folder_ / "groups.csv") << "person,group\n";
  EXPECT_THAT(refusal("groups: groups.csv"), HasSubstr("groups.csv:1: there is no column 'subject'"));
  fs::create_directories(folder_ / "real/Bert");
  write_noise(folder_ / "real/anna/a.png", 9);
  EXPECT_THAT(refusal("references: real"), HasSubstr("there is no folder for the subject 'bert'; is 'Bert' meant?"));
  fs::create_directories(folder_ / "real/bert");
  EXPECT_THAT(refusal("references: real"), HasSubstr("'bert' has no photo to be compared with; put one into "));
}

// As if another process were at it.
TEST_F(ExperimentCommand, TwoDoNotEvaluateAtOnce) {
  ASSERT_EQ(run({"--trial", "plain/anna/23"}).exit_code, 0);
  const int mark = ::open((out_ / ".miafr-experiment").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(mark, LOCK_EX | LOCK_NB), 0);
  const fs::path log = folder_ / "log";
  const pid_t process = start(command({"--evaluate"}), log);
  while (read_text(log).find("another process evaluates this experiment") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_FALSE(fs::exists(out_ / "judged"));
  ::close(mark);
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0) << read_text(log);
  EXPECT_TRUE(fs::exists(out_ / "evaluation/report.html"));
}

TEST_F(ExperimentCommand, OneBrokenSubjectCostsItsOwnCells) {
  fs::remove(folder_ / "photos/bert/b.png");
  std::ofstream(folder_ / "photos/bert/a.png") << "\x89PNG";
  write_noise(folder_ / "photos/carl/a.png", 9);
  std::string one_loss = text_;
  one_loss.erase(one_loss.find(", cosine:"), std::string(", cosine: [{name: cosine}]").size());
  write_file(one_loss);
  const ProcessResult broken = run();
  EXPECT_EQ(broken.exit_code, 1);
  EXPECT_THAT(broken.err, HasSubstr("trial 2/3 plain/bert/23: train: "));
  EXPECT_THAT(broken.err, HasSubstr("1 of 3 trials are not done"));
  EXPECT_EQ(record("plain/bert/23")["state"], "broken");
  EXPECT_EQ(record("plain/carl/23")["state"], "done");
  EXPECT_THAT(record("plain/bert/23")["failure"].get<std::string>(), HasSubstr("a.png"));
  EXPECT_THAT(read_text(out_ / "tables" / "cost.csv"), HasSubstr("\nplain,2,3,"));  // the others are judged
  EXPECT_THAT(read_text(out_ / "report.html"), HasSubstr("<li>plain/bert/23 is broken: train: "));

  write_noise(folder_ / "photos/bert/a.png", 3);  // mended
  const ProcessResult mended = run();
  ASSERT_EQ(mended.exit_code, 0) << mended.err;
  EXPECT_THAT(mended.err, Not(HasSubstr("plain/anna/23: training")));
  EXPECT_THAT(read_text(out_ / "tables" / "cost.csv"), HasSubstr("\nplain,3,3,"));
}

TEST_F(ExperimentCommand, AChangedCellIsNamedAndRedoneOnlyWhenAsked) {
  const std::vector<std::string> one = {"--trial", "plain/anna/23"};
  ASSERT_EQ(run(one).exit_code, 0);
  EXPECT_FALSE(fs::exists(out_ / "manifest.json"));  // of all trials only
  const std::string model = record("plain/anna/23")["model_sha256"];

  const ProcessResult refused = run({"--trial", "plain/anna/23", "generate.scale=3"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("is of other inputs: generate.scale was 7.5 and is 3.0; --redo does it again"));
  EXPECT_THAT(run({"--dry-run", "generate.scale=3"}).out, HasSubstr("changed"));

  ASSERT_EQ(run({"--trial", "0", "generate.scale=3", "--redo"}).exit_code, 0);
  EXPECT_THAT(pictures("plain/anna/23"), HasSubstr(",ddim,2,3,"));
  EXPECT_EQ(record("plain/anna/23")["model_sha256"], model);  // it was not trained again

  ASSERT_EQ(run({"--trial", "0", "generate.scale=3", "train.steps=3", "--redo"}).exit_code, 0);
  EXPECT_NE(record("plain/anna/23")["model_sha256"], model);
}

TEST_F(ExperimentCommand, MorePicturesAreAddedToWhatIsThere) {
  ASSERT_EQ(run({"--trial", "0"}).exit_code, 0);
  EXPECT_THAT(run({"--dry-run", "generate.images=3"}).out, HasSubstr("is trained, 2 pictures to paint"));
  const ProcessResult more = run({"--trial", "0", "generate.images=3"});
  ASSERT_EQ(more.exit_code, 0) << more.err;
  EXPECT_THAT(more.err, Not(HasSubstr("training")));
  EXPECT_THAT(pictures("plain/anna/23"), HasSubstr("as old,old,,44,"));
  EXPECT_EQ(record("plain/anna/23")["images"], 6);
  EXPECT_THAT(run({"--dry-run", "ages=[old]"}).out, HasSubstr("plain/anna/23   sks    done"));  // fewer are no work
}

TEST_F(ExperimentCommand, LostPicturesArePaintedAgainAsTheyWere) {
  ASSERT_EQ(run({"--trial", "0"}).exit_code, 0);
  const fs::path samples = out_ / "trials/plain/anna/23/images/samples";
  const std::string before = read_text(samples / "00002.png"), others = read_text(samples / "00001.png");
  fs::remove(samples / "00002.png");
  const ProcessResult again = run({"--trial", "0"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr("generating"));
  EXPECT_THAT(again.err, Not(HasSubstr("training")));
  EXPECT_EQ(cv::norm(cv::imread((samples / "00002.png").string()),
                     cv::imdecode(std::vector<char>(before.begin(), before.end()), cv::IMREAD_COLOR), cv::NORM_INF),
            0);
  EXPECT_EQ(read_text(samples / "00001.png"), others);
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++count;
  return count;
}

// Steps that are in the run's table.
std::size_t steps_of(const fs::path& trial) {
  std::error_code none;
  for (const auto& run : fs::directory_iterator(trial / "train", none))
    return count_of(read_text(run.path() / "metrics.csv"), "\n");
  return 0;
}

TEST_F(ExperimentCommand, AStoppedCellGoesOnFromWhereItWas) {
  const auto long_cell = command({"--trial", "0", "train.steps=60"});
  const fs::path trial = out_ / "trials/plain/anna/23", log = folder_ / "log";
  const pid_t process = start(long_cell, log);
  while (steps_of(trial) < 4) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::kill(process, SIGINT);
  int status = 0;
  ::waitpid(process, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_THAT(read_text(log), HasSubstr("stopping; the trials that run save what they have"));
  EXPECT_EQ(record("plain/anna/23")["state"], "begun");
  EXPECT_THAT(run({"--dry-run", "train.steps=60"}).out, HasSubstr("training was begun"));

  const ProcessResult goes_on = miafr(long_cell);
  ASSERT_EQ(goes_on.exit_code, 0) << goes_on.err;
  EXPECT_THAT(read_text(trial / "train.log"), HasSubstr("going on from step "));
  EXPECT_EQ(steps_of(trial), 60u + 1);
  EXPECT_EQ(record("plain/anna/23")["state"], "done");
}

// Nobody told its child to stop: it finds out, saves, and until then nobody else gets at the trial.
TEST_F(ExperimentCommand, AKilledExperimentLeavesACellThatGoesOn) {
  const auto long_cell = command({"--trial", "0", "train.steps=100000"});
  const fs::path trial = out_ / "trials/plain/anna/23", log = folder_ / "log";
  pid_t process = start(long_cell, log);
  while (steps_of(trial) < 3) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ::kill(process, SIGKILL);
  int status = 0;
  ::waitpid(process, &status, 0);
  process = start(long_cell, log);
  while (read_text(trial / "train.log").find("going on from step ") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (::waitpid(process, &status, WNOHANG) == 0) continue;
    ASSERT_THAT(read_text(log), HasSubstr("another process is working on it"));
    process = start(long_cell, log);
  }
  ::kill(process, SIGINT);
  ::waitpid(process, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 130);
}

// A stand-in for Slurm: runs each task of an array at once, and says a number.
constexpr const char* kSbatch = R"(#!/bin/bash
echo "$*" >> "$SBATCH_CALLS"
cd "$3"
script="${@: -1}"
if last=$(grep -oP '^#SBATCH --array=0-\K[0-9]+' "$script"); then
  for i in $(seq 0 "$last"); do SLURM_ARRAY_TASK_ID=$i bash "$script" > "trial-$i.log" 2>&1; done
  echo 17
else
  bash "$script" > evaluate.log 2>&1
  echo "18;cluster"
fi
)";

TEST_F(ExperimentCommand, SlurmGetsAnArrayAndAnEvaluationAfterIt) {
  fs::create_directories(folder_ / "bin");
  const fs::path sbatch = folder_ / "bin" / "sbatch", calls = folder_ / "calls";
  std::ofstream(sbatch) << kSbatch;
  fs::permissions(sbatch, fs::perms::owner_all);
  const std::map<std::string, std::string> environment = {
      {"PATH", sbatch.parent_path().string() + ":" + std::getenv("PATH")}, {"SBATCH_CALLS", calls.string()}};
  const ProcessResult submitted = run({"--launcher", "slurm", "--jobs", "2", "slurm=[--mem=2G]"}, environment);
  ASSERT_EQ(submitted.exit_code, 0) << submitted.err;
  EXPECT_THAT(submitted.out, HasSubstr("job 17: 4 trials, logs in "));
  EXPECT_THAT(submitted.out, HasSubstr("job 18: evaluation\n"));
  EXPECT_THAT(read_text(out_ / "slurm/trials.sh"), HasSubstr("#SBATCH --array=0-3%2\n"));
  EXPECT_THAT(read_text(out_ / "slurm/trials.sh"), HasSubstr("#SBATCH --mem=2G\n"));
  EXPECT_THAT(read_text(calls), HasSubstr("--dependency=afterany:17"));
  EXPECT_EQ(record("cosine/bert/23")["state"], "done") << read_text(out_ / "slurm/trial-3.log");
  EXPECT_THAT(read_text(out_ / "tables" / "identity.csv"), HasSubstr("dlib_resnet,no,cosine,old,"))
      << read_text(out_ / "slurm/evaluate.log");

  const ProcessResult nothing = run({"--launcher", "slurm"}, environment);  // is left but the evaluation
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  EXPECT_EQ(nothing.out, "job 18: evaluation\n");

  const ProcessResult missing = run({"--launcher", "slurm", "seeds=[1]"}, {{"PATH", folder_.string()}});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, HasSubstr("there is no sbatch on this machine; " + (out_ / "slurm/trials.sh").string()));
}

TEST_F(ExperimentCommand, WrongUseSaysWhatIsRight) {
  EXPECT_THAT(run({"--trial", "plain/ana/23"}).err, HasSubstr("there is no such trial, did you mean 'plain/anna/23'?"));
  EXPECT_EQ(run({"--trial", "plain/ana/23"}).exit_code, 2);
  for (const std::vector<std::string>& both : {std::vector<std::string>{"--trial", "0", "--evaluate"},
                                               {"--launcher", "slurm", "--trial", "0"},
                                               {"--launcher", "slurm", "--evaluate"}}) {
    const ProcessResult refused = run(both);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr(": give one of them; "));
  }
  EXPECT_THAT(run({"evaluate.matchers=[\"dlib_resnet:wieghts=x\"]"}).err, HasSubstr("did you mean 'weights'"));
  EXPECT_THAT(run({"losses={x: [{name: cosin}]}"}).err, HasSubstr("did you mean 'cosine'?"));
  EXPECT_THAT(run({"evaluate.matchers=[dlib]"}).err, HasSubstr("dlib"));
  EXPECT_THAT(run({"--jobs", "0"}).err, HasSubstr("--jobs 0: must be 1 or more"));
  EXPECT_THAT(run({"losses={x: [{name: biometric}]}"}).err,
              HasSubstr("a loss is trained against dlib_resnet, so it may not be the only judge"));
  EXPECT_THAT(run({"subjects=[{photos: " + (folder_ / "photos/anna").string() + ", token: zwx}]", "--dry-run"}).err,
              HasSubstr("the token 'zwx' of anna is 2 tokens to CLIP"));
  EXPECT_FALSE(fs::exists(out_ / "trials"));
  EXPECT_THAT(miafr({"experiment"}).err, HasSubstr("missing FILE"));
}

}  // namespace
