// Trains the networks of the drawn world from scratch: demo/README.md.
#include <ATen/Parallel.h>

#include <boost/program_options.hpp>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include "core/plugin/host_context.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "demo/pretrain/stages.h"

namespace miafr::demo {
namespace {

namespace po = boost::program_options;

constexpr int kError = 1, kUsage = 2;

using Stage = std::function<void(const StageOptions&)>;
const std::map<std::string, Stage>& stages() {
  static const auto& all = *new std::map<std::string, Stage>{
      {"adaface", train_adaface},
      {"age", train_age},
      {"arcface", train_arcface},
      {"assemble", assemble},
      {"autoencoder", train_autoencoder},
      {"diffusion", train_diffusion},
      {"faces", train_faces},
      {"measure_looks", measure_looks},
  };
  return all;
}

int run(int argc, char** argv) {
  std::string names;
  for (const auto& [name, stage] : stages()) names += (names.empty() ? "" : ", ") + name;
  StageOptions options;
  std::string stage, folder, vocabulary, from;
  int threads = 0;
  po::options_description shown(
      "pretrain STAGE --out FOLDER: trains a network of the drawn world, or goes on with it.\n"
      "STAGE: " +
      names);
  shown.add_options()("help,h", "this text")("out", po::value(&folder)->required(), "where all stages write and read")(
      "vocabulary", po::value(&vocabulary)->default_value("bpe_simple_vocab_16e6.txt.gz"), "CLIP's")(
      "from", po::value(&from)->value_name("FILE")->default_value(""),
      "weights to begin with, where there is no state yet")("steps", po::value(&options.steps)->default_value(0),
                                                            "0: the stage's own number")(
      "learning_rate", po::value(&options.learning_rate)->default_value(0), "the highest; 0: the stage's own")(
      "seed", po::value(&options.seed)->default_value(0))("save_every",
                                                          po::value(&options.save_every)->default_value(200), "steps")(
      "threads", po::value(&threads)->default_value(0), "0: one for each core");
  po::options_description all;
  all.add(shown).add_options()("stage", po::value(&stage)->required());
  po::positional_options_description positional;
  positional.add("stage", 1);
  try {
    po::variables_map values;
    po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(), values);
    if (values.count("help")) {
      std::cout << shown;
      return 0;
    }
    po::notify(values);
  } catch (const po::error& e) {
    throw UsageError(std::string(e.what()) + "; see: pretrain --help");
  }
  if (options.save_every < 1)
    throw UsageError("--save_every " + std::to_string(options.save_every) + ": must be 1 or more");
  if (!from.empty() && !std::filesystem::exists(from)) throw UsageError("--from " + from + ": there is no such file");
  const auto found = stages().find(stage);
  if (found == stages().end()) throw UsageError("STAGE " + stage + ": allowed are " + names);
  options.folder = folder, options.vocabulary = vocabulary, options.from = from;
  if (threads > 0) at::set_num_threads(threads);
  install_interrupt_handler();
  found->second(options);
  return 0;
}

}  // namespace
}  // namespace miafr::demo

int main(int argc, char** argv) {
  using namespace miafr;
  try {
    return demo::run(argc, argv);
  } catch (const Cancelled&) {
    std::cerr << "pretrain: stopped; the same command goes on from here\n";
    return kInterruptedExitCode;
  } catch (const UsageError& e) {
    std::cerr << "pretrain: " << e.what() << "\n";
    return demo::kUsage;
  } catch (const std::exception& e) {
    std::cerr << "pretrain: " << e.what() << "\n";
    return demo::kError;
  }
}
