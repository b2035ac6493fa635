// An experiment's file, and what is wrong with it.
#include "core/experiment/experiment_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/config/config_error.h"
#include "core/experiment/trial.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using miafr_tests::data_file;
using miafr_tests::temporary_folder;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class ExperimentFile : public testing::Test {
 protected:
  ExperimentFile() : folder_(temporary_folder()) {
    for (const char* name :
         {"photos/anna", "photos/bert", "others", "real/anna", "real/bert", "real/carl", "more/dora"})
      fs::create_directories(folder_ / name);
    std::ofstream(folder_ / "model.ckpt") << "x";
  }

  Experiment read(const std::string& text, const std::vector<std::string>& changes = {}) {
    std::ofstream(folder_ / "study.yaml") << text;
    return read_experiment(folder_ / "study.yaml", parse_overrides(changes), data_file("configs/attributes.yaml"));
  }

  std::string error_of(const std::string& text, const std::vector<std::string>& changes = {}) {
    try {
      read(text, changes);
    } catch (const std::exception& e) {
      return e.what();
    }
    return "";
  }

  const fs::path folder_;
  const std::string least_ = "checkpoint: model.ckpt\nsubjects: photos\nlosses: {plain: []}\n";
};

TEST_F(ExperimentFile, HasDefaults) {
  const Experiment read_back = read(least_);
  EXPECT_EQ(read_back.name, "study");
  EXPECT_EQ(read_back.checkpoint, folder_ / "model.ckpt");
  ASSERT_EQ(read_back.subjects.size(), 2u);
  EXPECT_EQ(read_back.subjects[0].name, "anna");
  EXPECT_EQ(read_back.subjects[0].token, "sks");
  EXPECT_EQ(read_back.subjects[1].token, "ohwx");
  EXPECT_EQ(read_back.seeds, std::vector<std::int64_t>{23});
  ASSERT_EQ(read_back.prompts.size(), 1u);
  EXPECT_EQ(read_back.prompts[0].text, "photo of a {token} {class}");
  EXPECT_EQ(read_back.evaluate.matchers, std::vector<std::string>{"dlib_resnet"});
  EXPECT_EQ(read_back.keep, "model");
}

TEST_F(ExperimentFile, PluginsAreNamedByTextsOrMaps) {
  const Experiment experiment = read(least_ +
                                     "sampler: ddim:eta=0.5\n"
                                     "evaluate:\n"
                                     "  detector: {name: mtcnn, params: {min_face: 40}}\n"
                                     "  matchers: [dlib_resnet, {name: adaface, params: {weights: 'a,b'}}]\n");
  EXPECT_EQ(experiment.evaluate.detector, "mtcnn:min_face=40");
  EXPECT_EQ(experiment.evaluate.matchers, (std::vector<std::string>{"dlib_resnet", "adaface:weights=\"a,b\""}));
  const SamplerConfig& sampler = experiment.methods.at(0).config.sampler;
  EXPECT_EQ(sampler.name, "ddim");
  EXPECT_EQ(sampler.params.at(0).text, "0.5");
  EXPECT_THAT(error_of(least_ + "evaluate: {matchers: [{weights: x}]}\n"),
              HasSubstr("evaluate.matchers: name is missing"));
}

TEST_F(ExperimentFile, LossesShareAConfigAndChangeIt) {
  std::ofstream(folder_ / "base.yaml") << "train: {steps: 5, learning_rate: 1.0e-4}\nlosses: [{name: cosine}]\n";
  std::ofstream(folder_ / "own.yaml") << "train: {steps: 6}\n";
  const Experiment all = read(
      "checkpoint: model.ckpt\nsubjects: photos\nconfig: base.yaml\ntrain: {reg_weight: 0.5}\nlosses:\n"
      "  shared: {}\n  plain: []\n  two: [{name: cosine, weight: 0.2}, {name: contrastive}]\n"
      "  long: {train: {steps: 9}}\n  own: {config: own.yaml}\n");
  const auto config = [&](std::size_t i) { return all.methods[i].config; };
  ASSERT_EQ(all.methods.size(), 5u);
  EXPECT_EQ(config(0).losses.size(), 1u);
  EXPECT_EQ(config(1).losses.size(), 0u);
  ASSERT_EQ(config(2).losses.size(), 2u);
  EXPECT_EQ(config(2).losses[0].weight, 0.2);
  EXPECT_EQ(config(3).train.steps, 9);
  EXPECT_EQ(config(4).train.steps, 6);
  EXPECT_EQ(config(4).train.learning_rate, 1e-6);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(config(i).train.reg_weight, 0.5);
  EXPECT_EQ(config(0).train.steps, 5);
}

TEST_F(ExperimentFile, ChangesOfTheCommandLineAreMeantFromTheWorkingFolder) {
  const Experiment changed = read(least_, {"generate.images=7", "train.steps=3", "seeds=[1, 2]",
                                           "checkpoint=" + (folder_ / "model.ckpt").string()});
  EXPECT_EQ(changed.methods[0].config.generate.images, 7);
  EXPECT_EQ(changed.methods[0].config.train.steps, 3);
  EXPECT_EQ(changed.seeds, (std::vector<std::int64_t>{1, 2}));
  EXPECT_THAT(error_of(least_, {"checkpoint=model.ckpt"}),
              HasSubstr("command line: --checkpoint=model.ckpt: checkpoint: there is no "));
}

TEST_F(ExperimentFile, AgesAndAttributesFillPrompts) {
  const Experiment all = read(least_ + "ages: {child: [0, 12], old: [66, 120]}\nattributes: [hat, bald]\n");
  std::vector<std::string> labels;
  for (const Prompt& prompt : all.prompts) labels.push_back(prompt.label);
  EXPECT_THAT(labels, ElementsAre("child", "old", "hat", "bald"));
  EXPECT_EQ(all.prompts[0].text, "photo of a {token} {class} as child");
  EXPECT_EQ(all.prompts[2].text, "photo of a {token} {class} wearing hat");
  ASSERT_TRUE(all.ages[1].years);
  EXPECT_EQ(all.ages[1].years->first, 66);
  EXPECT_EQ(read(least_ + "attributes: all\n").prompts.size(), 26u);
  EXPECT_EQ(pictures_of(all, trials_of(all)[1]).prompts[0].text, "photo of a ohwx person as child");
}

TEST_F(ExperimentFile, CellsGoSeedBySeedAndSubjectBySubject) {
  const Experiment all = read("checkpoint: model.ckpt\nsubjects: photos\nlosses: {a: [], b: []}\nseeds: [1, 2]\n");
  std::vector<std::string> names;
  for (const Trial& trial : trials_of(all)) names.push_back(trial.name);
  EXPECT_THAT(names, ElementsAre("a/anna/1", "b/anna/1", "a/bert/1", "b/bert/1", "a/anna/2", "b/anna/2", "a/bert/2",
                                 "b/bert/2"));
  EXPECT_EQ(training_config_of(all, trials_of(all)[4]).train.seed, 2);
}

TEST_F(ExperimentFile, ListedSubjects) {
  const Experiment all = read(
      "checkpoint: model.ckpt\nlosses: {plain: []}\nclass_word: woman\nsubjects:\n"
      "  - {photos: photos/anna, token: ohwx, references: real/anna}\n  - {photos: photos/bert/, name: B, class_word: "
      "man}\n");
  EXPECT_EQ(all.subjects[0].name, "anna");
  EXPECT_EQ(all.subjects[0].class_word, "woman");
  EXPECT_EQ(all.subjects[0].references, folder_ / "real/anna");
  EXPECT_EQ(all.subjects[1].name, "B");
  EXPECT_EQ(all.subjects[1].token, "sks");
  EXPECT_EQ(all.subjects[1].class_word, "man");
}

TEST_F(ExperimentFile, OtherMethodsAreJudgedBeside) {
  const std::string start = "checkpoint: model.ckpt\nsubjects: photos\nlosses: {plain: []}\nevaluate: {methods: ";
  const Experiment all = read(start + "{theirs: photos, ours: photos/anna}}\n");
  ASSERT_EQ(all.methods.size(), 3u);
  EXPECT_EQ(all.methods[1].name, "theirs");
  EXPECT_EQ(all.methods[1].kind, Method::Kind::kFolder);
  EXPECT_EQ(all.methods[1].folder, folder_ / "photos");
  for (const std::string name : {"references", "training"})
    EXPECT_THAT(error_of(start + "{" + name + ": photos}}\n"),
                HasSubstr("evaluate.methods." + name + ": the name '" + name + "' is not possible"));
  EXPECT_THAT(error_of(start + "{plain: photos}}\n"),
              HasSubstr("evaluate.methods.plain: another method has that name"));
  EXPECT_THAT(error_of(start + "{original: photos}}\n"), HasSubstr("the name 'original' is not possible"));
  EXPECT_THAT(error_of(start + "{theirs: nowhere}}\n"), HasSubstr("evaluate.methods.theirs: there is no folder "));
  EXPECT_THAT(error_of(start + "[photos]}\n"), HasSubstr("evaluate.methods: a map is needed"));
}

TEST_F(ExperimentFile, MethodsAreOfFourKinds) {
  const Experiment all = read(
      "checkpoint: model.ckpt\nsubjects: photos\ngenerate: {scale: 3, images: 2}\nevaluate: {baseline: theirs}\n"
      "methods:\n  base: {generate: {scale: 1}}\n  theirs: {folder: photos}\n  plain: {losses: []}\n"
      "  short: {train: {steps: 5}, generate: {images: 9}}\n  listed: [{name: cosine}]\n"
      "  edited: {editor: inversion, params: {steps: 4, strength: 0.5}}\nlosses: {old: []}\n");
  std::vector<std::string> kinds;
  for (const Method& method : all.methods) {
    std::string stages;
    for (const std::string& stage : method.stages()) stages += " " + stage;
    kinds.push_back(method.name + ":" + stages);
  }
  EXPECT_THAT(kinds, ElementsAre("base: generate", "theirs:", "plain: train generate", "short: train generate",
                                 "listed: train generate", "edited: edit", "old: train generate"));
  EXPECT_EQ(all.methods[0].config.generate.scale, 1);
  EXPECT_EQ(all.methods[0].config.generate.images, 2);
  EXPECT_EQ(all.methods[2].config.generate.scale, 3);
  EXPECT_EQ(all.methods[3].config.generate.images, 9);
  EXPECT_EQ(all.methods[3].config.generate.batch_size, 1);
  EXPECT_EQ(all.methods[5].editor, "inversion:steps=4,strength=0.5");
  std::vector<std::string> names;
  for (const Trial& trial : trials_of(all))
    if (trial.subject == 0) names.push_back(trial.name);
  EXPECT_THAT(names, ElementsAre("base/anna", "plain/anna/23", "short/anna/23", "listed/anna/23", "edited/anna",
                                 "old/anna/23"));
  EXPECT_EQ(pictures_of(all, trials_of(all)[0]).prompts[0].text, "photo of a person");
}

TEST_F(ExperimentFile, MethodsThatAreNoneAreNamed) {
  const auto error_in = [&](const std::string& methods) {
    return error_of("checkpoint: model.ckpt\nsubjects: photos\nmethods: {" + methods + "}\n");
  };
  EXPECT_THAT(error_in("a: {}"), HasSubstr("methods.a: losses or train for a training, editor, generate, or folder"));
  EXPECT_THAT(error_in("a: {folder: nowhere}"), HasSubstr("methods.a.folder: there is no folder "));
  EXPECT_THAT(error_in("a: {editor: x, losses: []}"), HasSubstr("methods.a: unknown key 'losses'"));
  EXPECT_THAT(error_in("a: {editor: [x]}"), HasSubstr("methods.a.editor: the name of a plugin is needed"));
  EXPECT_THAT(error_in("a: {folder: photos}"), HasSubstr("methods is missing"));
  EXPECT_THAT(error_in("a: {generate: {scal: 2}}"), HasSubstr("generate: unknown key 'scal', did you mean 'scale'?"));
}

TEST_F(ExperimentFile, MistakesAreNamedWithTheirLine) {
  const std::string at4 = (folder_ / "study.yaml").string() + ":4: ";
  EXPECT_THAT(error_of(least_ + "matcher: x\n"), HasSubstr(at4 + "unknown key 'matcher'"));
  EXPECT_THAT(error_of(least_ + "genrate: {}\n"), HasSubstr("did you mean 'generate'?"));
  EXPECT_THAT(error_of(least_ + "generate: {image: 3}\n"),
              HasSubstr(at4 + "generate: unknown key 'image', did you mean"));
  EXPECT_THAT(error_of(least_ + "generate: {images: 0}\n"), HasSubstr(at4 + "generate.images = 0, allowed 1..1000000"));
  EXPECT_THAT(error_of(least_ + "train: {stepz: 3}\n"),
              HasSubstr(at4 + "train: unknown key 'stepz', did you mean 'steps'"));
  EXPECT_THAT(error_of(least_ + "seeds: [1, 1]\n"), HasSubstr(at4 + "seeds: 1 is there twice"));
  EXPECT_THAT(error_of(least_ + "train: {seed: 1}\n"), HasSubstr(at4 + "train.seed: a trial has one of"));
  EXPECT_THAT(error_of(least_ + "seeds: [x]\n"), HasSubstr("is no whole number"));
  EXPECT_THAT(error_of(least_ + "ages: {old: [70, 60]}\n"), HasSubstr("ages.old: [from, to] in years"));
  EXPECT_THAT(error_of(least_ + "attributes: [hta]\n"), HasSubstr("did you mean 'hat'?"));
  EXPECT_THAT(error_of(least_ + "prompts: [\"a {age}\"]\n"),
              HasSubstr("the prompt has {age}; say which with ages: A,B"));
  EXPECT_THAT(error_of(least_ + "ages: [old]\nprompts: [a]\n"), HasSubstr("ages: needs {age} in the prompt"));
  EXPECT_THAT(error_of(least_ + "prompts: [a, a]\n"), HasSubstr("the prompt 'a' is there twice"));
  EXPECT_THAT(error_of(least_ + "regularisation: nowhere\n"), HasSubstr(at4 + "regularisation: there is no folder "));
  EXPECT_THAT(error_of(least_ + "slurm: [gpu]\n"), HasSubstr("'gpu' is no option of sbatch"));
  EXPECT_THAT(error_of(least_ + "keep: some\n"), HasSubstr("(allowed: model, all, none)"));
}

TEST_F(ExperimentFile, WhatIsMissingIsNamed) {
  EXPECT_THAT(error_of("subjects: photos\nlosses: {plain: []}\n"), HasSubstr("checkpoint is missing"));
  EXPECT_THAT(error_of("checkpoint: model.ckpt\nlosses: {plain: []}\n"), HasSubstr("subjects is missing"));
  EXPECT_THAT(error_of("checkpoint: model.ckpt\nsubjects: photos\n"), HasSubstr("methods is missing"));
  EXPECT_THAT(error_of("checkpoint: model.ckpt\nsubjects: photos\nlosses: {plain: }\n"),
              HasSubstr("losses.plain: [] for no identity loss"));
  EXPECT_THAT(error_of("checkpoint: model.ckpt\nsubjects: photos\nlosses: {plain: {loss: []}}\n"),
              HasSubstr("losses.plain: unknown key 'loss', did you mean 'losses'?"));
  for (const std::string name : {"original", "references", "training"})
    EXPECT_THAT(error_of("checkpoint: model.ckpt\nsubjects: photos\nlosses: {" + name + ": []}\n"),
                HasSubstr("losses: the name '" + name + "' is not possible"));
}

TEST_F(ExperimentFile, SubjectsWithoutAPersonAreNamedWithWhatIsExpected) {
  fs::create_directories(folder_ / "flat" / ".hidden");
  std::ofstream(folder_ / "flat" / "photo.jpg") << "x";
  fs::create_directory(folder_ / "empty");
  for (const std::string name : {"empty", "flat"})
    EXPECT_EQ(error_of("checkpoint: model.ckpt\nlosses: {plain: []}\nsubjects: " + name + "\n"),
              (folder_ / "study.yaml").string() + ":3: subjects: there is no folder in " + (folder_ / name).string() +
                  "; it has to hold one for each person, with that person's photos");
  EXPECT_THAT(error_of("checkpoint: model.ckpt\nlosses: {plain: []}\nsubjects: []\n"),
              HasSubstr("study.yaml:3: subjects: the list is empty; a person is - photos: FOLDER"));
}

TEST_F(ExperimentFile, SubjectsMustBeToldApart) {
  const std::string start = "checkpoint: model.ckpt\nlosses: {plain: []}\nsubjects:\n";
  EXPECT_THAT(error_of(start + "  - {photos: photos/anna, token: zwx}\n  - {photos: photos/bert, token: zwx}\n"),
              HasSubstr("study.yaml:5: subjects: the token 'zwx' stands for two persons"));
  EXPECT_THAT(error_of(start + "  - {photos: photos/anna}\n  - {photos: real/anna}\n"),
              HasSubstr("study.yaml:5: subjects: 'anna' is there twice"));
  EXPECT_THAT(error_of(start + "  - {photos: photos/anna, name: a/b}\n"), HasSubstr("cannot be a folder's"));
  EXPECT_THAT(error_of(start + "  - {token: sks}\n"), HasSubstr("subjects[0]: photos is missing"));
  EXPECT_THAT(error_of(start + "  - {photos: nobody}\n"), HasSubstr("subjects[0].photos: there is no folder "));
}

TEST_F(ExperimentFile, ReferencesAndImpostorsMustFit) {
  EXPECT_EQ(read(least_ + "evaluate: {references: real, impostors: more, fmr: 0.1}\n").fmr, std::vector<double>{0.1});
  EXPECT_THAT(error_of(least_ + "evaluate: {references: more}\n"),
              HasSubstr("evaluate.references: there is no folder for the subject 'anna'"));
  EXPECT_THAT(error_of(least_ + "evaluate: {impostors: real}\n"), HasSubstr("'anna' is a subject, too"));
  fs::create_directories(folder_ / "more/carl");  // of whom there are references, too: another Carl
  EXPECT_THAT(error_of(least_ + "evaluate: {references: real, impostors: more}\n"),
              HasSubstr("evaluate.impostors: 'carl' is a folder of evaluate.references, too"));
  EXPECT_THAT(error_of(least_ + "evaluate: {fmr: [2]}\n"), HasSubstr("'2' is not a rate"));
  EXPECT_THAT(error_of(least_ + "evaluate: {baseline: plan}\n"),
              HasSubstr("no method is named 'plan', did you mean 'plain'?"));
  EXPECT_THAT(error_of(least_ + "evaluate: {baseline: plain, bootstrap: 0}\n"),
              HasSubstr("evaluate.baseline: methods are compared by a bootstrap"));
}

// The example, but for the files that it names.
TEST_F(ExperimentFile, TheExampleIsRead) {
  fs::create_directories(folder_ / "configs");
  for (const char* name : {"experiment.yaml", "train_plain.yaml", "train_biometric.yaml"})
    fs::copy_file(data_file(std::string("configs/") + name), folder_ / "configs" / name);
  std::ofstream(folder_ / "v1-5-pruned.ckpt") << "x";
  const Experiment example =
      read_experiment(folder_ / "configs/experiment.yaml", {}, data_file("configs/attributes.yaml"));
  EXPECT_EQ(example.methods.size(), 4u);
  EXPECT_EQ(example.prompts.size(), 6u);
  EXPECT_EQ(example.methods[3].config.losses[0].name, "biometric");
  EXPECT_EQ(example.methods[3].config.train.steps, 800);
}

}  // namespace
}  // namespace miafr
