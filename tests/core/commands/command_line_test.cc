// The program as a user meets it: exit codes, one line for every error, help, and what the commands print.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int kError = 1, kUsage = 2;

// A wrong command line or a failure: exit code, nothing on stdout, exactly one line on stderr.
void expect_failure(const ProcessResult& result, int code, const std::string& line) {
  EXPECT_EQ(result.exit_code, code);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "miafr: error: " + line + "\n");
}

fs::path write_config(const std::string& text) {
  const fs::path file = temporary_folder() / "run.yaml";
  std::ofstream(file) << text;
  return file;
}

TEST(CommandLine, HelpAndVersion) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{}, {"--help"}, {"-h"}, {"help"}}) {
    const ProcessResult result = miafr(arguments);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, AllOf(StartsWith("usage: miafr COMMAND"), HasSubstr("plugins list"), HasSubstr("doctor"),
                                  HasSubstr("--log-level")));
  }
  EXPECT_THAT(miafr({"plugins", "--help"}).out, AllOf(HasSubstr("plugins new"), Not(HasSubstr("doctor"))));
  EXPECT_THAT(miafr({"help", "plugins", "new"}).out, StartsWith("usage: miafr plugins new KIND NAME"));
  EXPECT_THAT(miafr({"--version"}).out, testing::MatchesRegex("miafr [0-9.]+\n"));
}

TEST(CommandLine, EveryCommandHasHelp) {
  for (const std::string command : {"list", "describe", "check", "new", "flags"}) {
    const ProcessResult result = miafr({"plugins", command, "--help"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out,
                AllOf(StartsWith("usage: miafr plugins " + command), HasSubstr("--help"), HasSubstr("--plugin-dir")));
  }
  EXPECT_THAT(miafr({"doctor", "--help"}).out, StartsWith("usage: miafr doctor"));
  EXPECT_THAT(miafr({"completion", "bash", "--help"}).out, StartsWith("usage: miafr completion bash"));
}

TEST(CommandLine, AProgramBesideIsACommand) {
  EXPECT_THAT(miafr({"--help"}).out, HasSubstr("\n  demo "));
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"demo", "--help"}, {"help", "demo"}, {"demo", "-h"}}) {
    const ProcessResult result = miafr(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, StartsWith("usage: miafr demo"));
  }
  expect_failure(miafr({"demo", "--seed", "100"}), kUsage, "--seed 100: allowed are 0..99");
  expect_failure(miafr({"-q", "demo", "--seed", "100"}), kUsage, "--seed 100: allowed are 0..99");
  expect_failure(miafr({"--plugin-dir", "demo", "demo", "--seed", "100"}), kUsage, "--seed 100: allowed are 0..99");
  expect_failure(miafr({"demo", "--quick", "--study"}), kUsage, "--quick and --study: give one of them");
  expect_failure(miafr({"dem"}), kUsage, "unknown command 'dem', did you mean 'demo'?; see: miafr --help");
}

TEST(CommandLine, ALossNamesAMatcherWithItsWeights) {
  const fs::path file =
      write_config("losses: [{name: biometric, params: {matcher: \"adaface:weights=nowhere.safetensors\"}}]\n");
  EXPECT_THAT(miafr({"config", "check", file.string()}).err, HasSubstr("model file nowhere.safetensors is not in "));
  const fs::path wrong = write_config("losses: [{name: biometric, params: {matcher: \"adaface:wights=x\"}}]\n");
  EXPECT_THAT(miafr({"config", "check", wrong.string()}).err,
              HasSubstr("unknown key 'wights', did you mean 'weights'?"));
}

TEST(CommandLine, ConfigHelpListsKeysAndPluginParameters) {
  EXPECT_THAT(miafr({"config", "check", "--help"}).out,
              AllOf(HasSubstr("learning_rate"), HasSubstr("params of loss contrastive:"), HasSubstr("temperature"),
                    HasSubstr("params of sampler ddim:"), HasSubstr("eta")));
}

TEST(CommandLine, WrongWords) {
  expect_failure(miafr({"plugin"}), kUsage, "unknown command 'plugin', did you mean 'plugins'?; see: miafr --help");
  expect_failure(miafr({"plugins"}), kUsage, "miafr plugins needs one of: list, describe, check, new, flags");
  expect_failure(miafr({"plugins", "lst"}), kUsage,
                 "miafr plugins has no 'lst', only: list, describe, check, new, flags");
  expect_failure(miafr({"--bogus"}), kUsage, "unknown option --bogus; see: miafr --help");
  expect_failure(miafr({"doctor", "--hlep"}), kUsage,
                 "unknown option --hlep, did you mean --help?; see: miafr doctor --help");
  expect_failure(miafr({"doctor", "now"}), kUsage, "too many arguments; see: miafr doctor --help");
  expect_failure(miafr({"plugins", "new", "loss"}), kUsage, "missing NAME; see: miafr plugins new --help");
  expect_failure(miafr({"config", "check"}), kUsage, "missing FILE; see: miafr config check --help");
  expect_failure(miafr({"--log-level", "loud", "doctor"}), kUsage,
                 "--log-level loud: allowed are debug, info, warning, error, off");
  expect_failure(
      miafr({"plugins", "new", "losss", "mine"}), kUsage,
      "unknown kind of plugin 'losss'; kinds: loss, sampler, face_detector, face_matcher, age_estimator, quality, editor");
  expect_failure(miafr({"plugins", "new", "loss", "My-Loss"}), kUsage,
                 "plugin name 'My-Loss': lower-case letters, digits and underscores, beginning with a letter");
  expect_failure(miafr({"plugins", "list", "--plugin-dir", "/no/such"}), kError,
                 "--plugin-dir /no/such: no such folder");
}

TEST(CommandLine, ColourOnlyWhenAskedForOrOnATerminal) {
  EXPECT_THAT(miafr({"bogus"}).err, Not(HasSubstr("\033[")));
  EXPECT_THAT(miafr({"--color", "always", "bogus"}).err, HasSubstr("\033["));
}

TEST(CommandLine, AFullDiskIsAnError) {
  const std::string program = (prefix() / "bin" / "miafr").string();
  const ProcessResult result = run_process({"/bin/bash", "-c", program + " plugins list > /dev/full"});
  EXPECT_EQ(result.exit_code, kError);
  EXPECT_EQ(result.err, "miafr: error: cannot write the output: is the disk full?\n");
}

TEST(PluginsList, ShowsKindsFoldersAndRefusals) {
  const fs::path folder = temporary_folder();
  copy_writable(data_file("tests/bad_plugins/libwrong_torch.so"), folder / "losses" / "libwrong_torch.so");
  copy_writable(data_file("tests/bad_plugins/libwrong_kind.so"), folder / "losses" / "libwrong_kind.so");
  const ProcessResult result = miafr({"plugins", "list", "--plugin-dir", folder.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("loss\n"), HasSubstr("  cosine "), HasSubstr("sampler\n"), HasSubstr("  ddim "),
                    HasSubstr(folder.string()), HasSubstr("refused: is built for another host"),
                    HasSubstr("refused: is a face_matcher, but a loss is asked for")));
}

TEST(PluginsList, MiafrPluginPathIsLookedThrough) {
  const fs::path folder = temporary_folder();
  copy_writable(data_file("tests/bad_plugins/libdetached.so"), folder / "libdetached.so");
  EXPECT_THAT(miafr({"plugins", "list", "--names"}, {{"MIAFR_PLUGIN_PATH", folder.string()}}).out,
              HasSubstr("detached\n"));
  EXPECT_THAT(miafr({"plugins", "list", "--names"}, {}, folder).out, Not(HasSubstr("detached")));
}

TEST(PluginsDescribe, ShowsTheTable) {
  const ProcessResult result = miafr({"plugins", "describe", "contrastive"});
  EXPECT_THAT(result.out, AllOf(HasSubstr("loss contrastive: NT-Xent"), HasSubstr("licence   MIT"),
                                HasSubstr("temperature"), HasSubstr("0.001..100"), HasSubstr("LibTorch 2.11.0")));
  expect_failure(miafr({"plugins", "describe", "contrast"}), kError,
                 "no plugin named 'contrast'; miafr plugins list shows all");
  EXPECT_THAT(miafr({"plugins", "describe", "loss/cosine"}).out, HasSubstr("no parameters"));
}

TEST(PluginsDescribe, TheDocumentationIsUpToDate) {
  EXPECT_EQ(
      read_text(data_file("docs/plugins.md")),
      "# Plugins\n\nWritten by `(sed -n 1,4p docs/plugins.md; ./miafr plugins describe --markdown) > new.md`.\n\n" +
          miafr({"plugins", "describe", "--markdown"}).out)
      << "docs/plugins.md says itself how to write it anew";
}

TEST(PluginsCheck, FailsForABadPlugin) {
  const fs::path folder = temporary_folder();
  copy_writable(data_file("tests/bad_plugins/libdetached.so"), folder / "libdetached.so");
  const ProcessResult result = miafr({"--plugin-dir", folder.string(), "plugins", "check", "detached"});
  EXPECT_EQ(result.exit_code, kError);
  EXPECT_THAT(result.out, HasSubstr("FAILED  its gradient reaches the prediction"));
}

TEST(ConfigCheck, SaysWhatARunWouldDo) {
  const fs::path file = write_config("losses:\n  - {name: cosine, weight: 0.3}\nsampler: {name: plms, steps: 20}\n");
  const ProcessResult result =
      miafr({"config", "check", file.string(), "--train.steps", "12", "losses.cosine.weight=0.5"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("12 steps of batch 1"), HasSubstr("cosine x 0.5"), HasSubstr("plms, 20 steps")));
}

TEST(ConfigCheck, NamesUnknownPluginsAndBadParametersWithTheirLine) {
  const fs::path file = write_config("losses:\n  - name: cosin\n");
  expect_failure(miafr({"config", "check", file.string()}), kError,
                 file.string() +
                     ":2: losses[0].name: no loss named 'cosin', did you mean 'cosine'? (installed: biometric, "
                     "contrastive, cosine)");
  const fs::path range = write_config("losses:\n  - name: contrastive\n    params:\n      temperature: 200\n");
  expect_failure(miafr({"config", "check", range.string()}), kError,
                 range.string() + ":4: losses[0].params.temperature = 200, allowed 0.001..100");
}

TEST(ConfigCheck, MakesThePluginsAsARunWould) {
  const fs::path file = write_config("data: {batch_size: 1}\nlosses:\n  - name: contrastive\n");
  expect_failure(miafr({"config", "check", file.string()}), kError,
                 file.string() +
                     ":3: losses[0]: loss contrastive: a batch of 1 with queue = 0 has no negatives and the loss is 0 "
                     "by construction; set queue to 1 or more (8 is usual), or the batch size to 2 or more");
}

TEST(ConfigCheck, ThePrintedConfigLoadsToTheSame) {
  const fs::path file =
      write_config("losses:\n  - name: contrastive\n    params: {queue: 4}\ntrain: {learning_rate: 3.0e-6}\n");
  const ProcessResult first = miafr({"config", "check", file.string(), "--print-config"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.out, AllOf(HasSubstr("learning_rate: 3.0e-06"), HasSubstr("queue: 4")));
  EXPECT_EQ(miafr({"config", "check", write_config(first.out).string(), "--print-config"}).out, first.out);
}

TEST(ConfigCheck, TakesThePublishedConfigs) {
  const auto check = [](const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"config", "check", data_file("tests/core/config/published/" + name).string()});
    const ProcessResult result = miafr(more);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  };
  const ProcessResult contrastive = check("v1-finetune_contrastiveloss.yaml");
  EXPECT_THAT(contrastive.out, AllOf(HasSubstr("contrastive x 0.1"), HasSubstr("queue 8"),
                                     HasSubstr("ignored, read from the checkpoint:")));
  EXPECT_THAT(contrastive.err, HasSubstr("queue"));
  const ProcessResult biometric = check("v1-finetune_biomloss.yaml");
  EXPECT_THAT(biometric.out, AllOf(HasSubstr("biometric x 0.1"), HasSubstr("matcher dlib_resnet")));
  EXPECT_THAT(biometric.err, HasSubstr("dlib_resnet"));
  EXPECT_THAT(check("v1-finetune_cosineloss.yaml").out,
              AllOf(HasSubstr("cosine x 0.1"), HasSubstr("800 steps of batch 8")));
  EXPECT_THAT(check("v1-inference.yaml").out, Not(HasSubstr("cosine")));
  // Without a GPU; a machine that has one takes it silently.
  if (!fs::exists("/proc/driver/nvidia/version")) {
    EXPECT_THAT(check("v1-finetune_cosineloss.yaml", {"--gpus", "0,"}).err,
                HasSubstr("warning: --gpus 0,: no NVIDIA driver on this machine; the CPU is used"));
  }
}

TEST(Doctor, ShowsTheInstallation) {
  const ProcessResult result = miafr({"doctor", "--models-dir", "/no/such/models"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("miafr_plugin_v2_torch_2_11"), HasSubstr("LibTorch    2.11.0"), HasSubstr("threads"),
                    HasSubstr("GiB available"), HasSubstr("CUDA"), HasSubstr("own CUDA kernels"),
                    HasSubstr(" losses, "), HasSubstr("/no/such/models: not there")));
}

TEST(Completion, CompletesCommandsKindsAndPlugins) {
  const std::string program = (prefix() / "bin" / "miafr").string();
  const auto complete = [&](const std::string& words, int index) {
    return run_process({"/bin/bash", "-c",
                        "source <(" + program + " completion bash); COMP_WORDS=(" + program + " " + words +
                            "); COMP_CWORD=" + std::to_string(index) + "; _miafr; echo ${COMPREPLY[@]}"})
        .out;
  };
  EXPECT_EQ(complete("plu", 1), "plugins\n");
  EXPECT_EQ(complete("plugins n", 2), "new\n");
  EXPECT_EQ(complete("plugins new s", 3), "sampler\n");
  EXPECT_EQ(complete("plugins describe eu", 3), "euler euler_ancestral\n");
  EXPECT_EQ(complete("doctor --log", 2), "--log-level\n");
}

}  // namespace
}  // namespace miafr_tests
