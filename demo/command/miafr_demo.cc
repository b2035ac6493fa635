// miafr demo: the whole experiment in a world of drawn people.
#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <iostream>
#include <thread>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/config/overrides.h"
#include "core/experiment/files.h"
#include "core/experiment/kept_tokens.h"
#include "core/experiment/results_folder.h"
#include "core/plugin/host_context.h"
#include "demo/command/before.h"
#include "demo/command/draw.h"
#include "demo/command/page.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

constexpr int kError = 1, kUsage = 2;

constexpr const char* kAbout =
    "usage: miafr demo [--quick] [--out DIR] [key=value\u2026]\n\n"
    "Draws people who do not exist, fine-tunes a small Stable Diffusion on each with and without identity losses,\n"
    "paints them at six ages, and measures how recognisable they stay: in minutes, with nothing to download.\n"
    "DIR/demo.html shows it all. The same command goes on after a stop. Settings of the experiment\n"
    "(configs/demo/experiment.yaml) can be changed: generate.images=8\n\n";

struct Options {
  std::string outdir;
  Show show = whole_demo();
  std::uint64_t seed = 0;
  std::int64_t jobs = 1;
  std::vector<std::string> changes;  // of the experiment: key=value
  std::vector<std::string> global;   // for every call of miafr
  bool redo = false;
};

// The command line as it was given.
struct Given {
  po::variables_map values;
  std::string outdir, log_level, color;
  std::int64_t seed = 0, jobs = 0;
  std::vector<std::string> changes, plugin_dirs, models_dirs;
};

// Such small networks keep one processor busy, not many.
std::int64_t default_jobs() {
  constexpr std::int64_t kMost = 4;  // each takes 0.8 GB
  return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), 1, kMost);
}

// False where only the help was asked for.
bool read_words(int argc, char** argv, Given& given) {
  po::options_description shown("Options");
  shown.add_options()("out", po::value(&given.outdir)->value_name("DIR"),
                      "where everything goes (default: experiments/demo; also --outdir)")(
      "quick", "one person and two losses, in two minutes")("study", "ten people and three seeds, in hours")(
      "seed", po::value(&given.seed)->value_name("N")->default_value(0), "other people, 0..99")(
      "jobs,j", po::value(&given.jobs)->value_name("N")->default_value(default_jobs()),
      "trainings at a time, which share the processors")("redo",
                                                         "train and paint again what was done with other settings")(
      "plugin-dir", po::value(&given.plugin_dirs)->value_name("DIR")->composing(), "more plugins; may be repeated")(
      "models-dir", po::value(&given.models_dirs)->value_name("DIR")->composing(), "more models; may be repeated")(
      "help,h", "show this help");
  po::options_description all;
  all.add(shown).add_options()("changes", po::value(&given.changes))(
      "log-level", po::value(&given.log_level)->default_value("info"))(
      "color", po::value(&given.color)->default_value("auto"))(  // as miafr passes them on
      "outdir", po::value(&given.outdir));
  po::positional_options_description order;
  order.add("changes", -1);
  try {
    po::store(po::command_line_parser(argc, argv)
                  .options(all)
                  .positional(order)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              given.values);
    po::notify(given.values);
  } catch (const po::error& e) {
    throw UsageError(std::string(e.what()) + "; see: miafr demo --help");
  }
  if (given.values.count("help")) std::cout << kAbout << shown;
  return !given.values.count("help");
}

Options checked(const Given& given) {
  const bool quick = given.values.count("quick"), is_study = given.values.count("study");
  if (quick && is_study) throw UsageError("--quick and --study: give one of them");
  if (given.seed < 0 || given.seed >= static_cast<std::int64_t>(kSeeds))
    throw UsageError("--seed " + std::to_string(given.seed) + ": allowed are 0.." + std::to_string(kSeeds - 1));
  if (given.jobs < 1) throw UsageError("--jobs " + std::to_string(given.jobs) + ": must be 1 or more");
  Options options;
  options.show = quick ? quick_demo() : is_study ? study() : whole_demo();
  options.outdir = given.outdir.empty() ? "experiments/" + options.show.name : given.outdir;
  options.seed = static_cast<std::uint64_t>(given.seed);
  options.jobs = given.jobs;
  options.changes = given.changes;
  options.redo = given.values.count("redo") > 0;
  options.global = {"--log-level", given.log_level, "--color", given.color};
  const auto pass_on = [&](const char* option, const std::vector<std::string>& folders) {
    for (const std::string& folder : folders)
      options.global.insert(options.global.end(), {option, fs::absolute(folder).string()});
  };
  pass_on("--plugin-dir", given.plugin_dirs);
  pass_on("--models-dir", given.models_dirs);
  return options;
}

// "." is the folder itself, without a separator at its end.
fs::path whole(const std::string& folder) {
  const fs::path path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

fs::path own_program() { return fs::canonical("/proc/self/exe"); }

// What comes with the program: share/miafr/demo.
fs::path shared(const std::string& name) {
  const fs::path file = own_program().parent_path().parent_path() / "share/miafr/demo" / name;
  if (!fs::exists(file)) throw Error(file.string() + " is missing; demo/README.md tells how to train it");
  return file;
}

class Demo {
 public:
  explicit Demo(const Options& options) : options_(options), folder_{whole(options.outdir)} {
    program_.command = {(own_program().parent_path() / "miafr").string()};
    program_.command.insert(program_.command.end(), options.global.begin(), options.global.end());
  }

  void run() {
    const auto start = std::chrono::steady_clock::now();
    lay_out();
    draw();
    Experiment experiment = read_experiment(folder_.experiment(), parse_overrides(options_.changes),
                                            own_program().parent_path().parent_path() / "share/miafr/attributes.yaml");
    check(experiment);
    keep_tokens(experiment, folder_.out);
    const std::vector<std::string> before = paint_before(folder_, experiment, program_);
    std::vector<std::string> command = {"experiment", folder_.experiment().string(), "--out", folder_.out.string()};
    if (options_.jobs > 1) command.insert(command.end(), {"--jobs", std::to_string(options_.jobs)});
    if (options_.redo) command.push_back("--redo");
    command.insert(command.end(), options_.changes.begin(), options_.changes.end());
    program_.run(command);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    write_file(folder_.page(),
               demo_page({folder_, experiment, options_.outdir, options_.seed, {before, command}, took.count()}));
    log_info("took " + duration_text(took.count()));
    std::cout << folder_.page().string() << "\n";
  }

 private:
  // What the page cannot do without, before anything is trained.
  static void check(const Experiment& experiment) {
    const std::vector<double>& rates = experiment.fmr;
    if (std::find(rates.begin(), rates.end(), kTargetFmr) == rates.end())
      throw UsageError("evaluate.fmr: must hold 0.01, for which the page tells the FNMR");
  }

  // The experiment's file, and beside it what it names. Another demo in the folder is not touched.
  void lay_out() const {
    const std::string text = read_file(shared(options_.show.file));
    const std::string mark = "seed " + std::to_string(options_.seed) + "\n";
    const fs::path mark_file = folder_.out / "demo.txt";
    if (fs::exists(folder_.out) && !fs::is_empty(folder_.out)) {
      if (!fs::exists(mark_file))
        throw Error(folder_.out.string() + " is not empty and holds no demo; name another --out");
      const std::string before = read_file(folder_.experiment());  // "" where it was stopped at once
      if (read_file(mark_file) != mark || (!before.empty() && before != text))
        throw Error(folder_.out.string() +
                    " holds a demo of another kind, seed or version; name another --out, or remove it");
    }
    const fs::path base_model[] = {shared("drawn_v1.safetensors"), shared("drawn_v1.yaml")};
    std::error_code error;
    fs::create_directories(folder_.out, error);
    if (error) throw Error(folder_.out.string() + ": cannot be made: " + error.message());
    write_file(mark_file, mark);
    make_results_folder(folder_.out);
    write_file(folder_.experiment(), text);
    for (const fs::path& file : base_model)
      if (const fs::path here = folder_.out / file.filename(); !fs::exists(here)) link_or_copy(file, here);
  }

  void draw() const {
    fs::create_directories(folder_.before());
    if (are_drawn(folder_)) return;
    log_info("drawing people");
    const std::size_t photos = draw_faces(folder_, options_.show, options_.seed);
    log_info("drawn: " + std::to_string(photos) + " photos, in " + folder_.faces().string());
  }

  const Options options_;
  const DemoFolder folder_;
  Program program_;
};

}  // namespace
}  // namespace miafr::demo

int main(int argc, char** argv) {
  using namespace miafr;
  install_interrupt_handler();
  setup_log("info", "auto");
  try {
    demo::Given given;
    if (!demo::read_words(argc, argv, given)) return 0;
    setup_log(given.log_level, given.color);
    demo::Demo(demo::checked(given)).run();
    return 0;
  } catch (const Cancelled&) {
    log_error("stopped; the same command goes on from here");
    return kInterruptedExitCode;
  } catch (const UsageError& e) {
    log_error(e.what());
    return demo::kUsage;
  } catch (const std::exception& e) {
    log_error(e.what());
    return demo::kError;
  }
}
