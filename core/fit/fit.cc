#include "core/fit/fit.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/fit/fit_description.h"
#include "core/fit/fit_record.h"
#include "core/train/bad_steps.h"
#include "core/train/memory_plan.h"

namespace miafr {
namespace {

// SplitMix64 (Steele et al., OOPSLA 2014): neighbouring seeds and steps give streams that have nothing in common.
std::uint64_t stream_of(std::uint64_t seed, std::int64_t step) {
  std::uint64_t z = seed * 0xD1342543DE82EF95ull + (static_cast<std::uint64_t>(step) + 1) * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

class HostedStep final : public FitStep {
 public:
  HostedStep(std::int64_t step, const FitSettings& settings, FitPictures& pictures, FitGroups& groups)
      : step_(step),
        settings_(settings),
        pictures_(pictures),
        groups_(groups),
        generator_(at::detail::createCPUGenerator(stream_of(settings.seed, step))) {
    at::manual_seed(stream_of(settings.seed, step));  // of dropout and the like
  }

  std::int64_t step() const override { return step_; }
  std::int64_t steps() const override { return settings_.steps; }
  std::int64_t batch_size() const override { return settings_.batch_size; }
  FitData& data() override { return pictures_; }
  at::Generator generator() override { return generator_; }

  double update(const std::string& group, const at::Tensor& loss, double learning_rate) override {
    const double norm = groups_.update(group, loss, learning_rate, settings_.max_grad_norm);
    norms_[group] = norm;
    if (!std::isfinite(norm)) skipped_ = true;
    return norm;
  }

  const std::map<std::string, double>& norms() const { return norms_; }
  bool skipped() const { return skipped_; }

 private:
  const std::int64_t step_;
  const FitSettings& settings_;
  FitPictures& pictures_;
  FitGroups& groups_;
  at::Generator generator_;
  std::map<std::string, double> norms_;  // of the last update of each group
  bool skipped_ = false;
};

// All that is there before the first step.
struct FitSetup {
  FitSetup(const FitOptions& options, PluginRegistry& registry, const FaceProgress& on_face)
      : list(read_fit_list(options.labels, options.data)),
        editor(choose_editor(options.editor, registry, options.run, {options.vocabulary, {}})),
        inputs(photos_of(list), fittable(editor), places_of(options, editor),
               choose_editor_faces(editor, options.sources, registry, options.run), options.sources.faces, on_face),
        pictures(list, inputs, editor),
        checkpoints(options.run_folder / "checkpoints"),
        progress(editor, editor.call("begin_fit", [&](Editor& e) { return e.begin_fit(pictures); }),
                 fit_settings_that_must_match(options, editor.identity)) {}
  FitSetup(const FitSetup&) = delete;

  static std::vector<PhotoToEdit> photos_of(const std::vector<LabelledPhoto>& list) {
    std::vector<PhotoToEdit> photos;
    for (const LabelledPhoto& one : list) photos.push_back(one.photo);
    return photos;
  }

  static const ChosenPlugin<Editor>& fittable(const ChosenPlugin<Editor>& editor) {
    if (editor.identity.flags & kCanBeFitted) return editor;
    throw Error(editor.library->title() + ": it cannot be fitted; `miafr plugins describe` says which editors can");
  }

  // The attributes of a photo are among its labels.
  static PhotoSources places_of(const FitOptions& options, const ChosenPlugin<Editor>& editor) {
    PhotoSources places = options.sources.places;
    if (editor.identity.flags & kEditNeedsAttributes) places.attributes = KnownAttributes(options.labels);
    return places;
  }

  const std::vector<LabelledPhoto> list;
  const ChosenPlugin<Editor> editor;
  const PhotoInputs inputs;
  FitPictures pictures;
  const CheckpointFolder checkpoints;
  FitProgress progress;
};

// What a step computes with is the editor's affair and not in it.
void plan_memory(FitSetup& setup, const FitSettings& settings) {
  constexpr double kProgram = 256.0 * 1024 * 1024;  // LibTorch's libraries and what they allocate
  const double weights = setup.progress.groups.bytes(), pictures = setup.pictures.bytes();
  MemoryPlan plan;
  plan.parts = {{"weights", weights}, {"gradients", weights}, {"optimizer", 2 * weights}, {"program", kProgram}};
  const auto available = available_memory();
  const bool fits = !available || plan.total() + pictures <= static_cast<double>(*available);
  setup.pictures.keep(settings.keep_pictures && fits);
  if (settings.keep_pictures && fits) plan.parts.emplace_back("pictures", pictures);
  log_info(plan.text() + ", without what a step computes with");
  if (settings.keep_pictures && !fits)
    log_warning("the pictures' " + memory_text(pictures) + " do not fit into memory; each is read again at every use");
}

class Fitting {
 public:
  Fitting(FitSetup& setup, const FitOptions& options, std::unique_ptr<RunFolder> folder, const std::string& description)
      : setup_(setup),
        options_(options),
        record_(options, setup.editor, setup.pictures, setup.progress, setup.checkpoints, std::move(folder),
                description) {}

  void run(const std::function<void(const FitReport&)>& on_step) {
    FitProgress& progress = setup_.progress;
    while (progress.step < options_.settings.steps) {
      if (interrupted()) {
        record_.save_once();
        throw Cancelled();
      }
      const FitReport report = one_step();
      on_step(report);
      record_.at_intervals();
    }
    record_.save_once();
    log_info("fitted; the weights are " + setup_.checkpoints.newest()->string());
  }

 private:
  FitReport one_step() {
    const auto start = std::chrono::steady_clock::now();
    FitProgress& progress = setup_.progress;
    HostedStep step(progress.step, options_.settings, setup_.pictures, progress.groups);
    FitReport report;
    report.step = progress.step;
    report.steps = options_.settings.steps;
    report.losses = setup_.editor.call("fit_step", [&](Editor& editor) { return editor.fit_step(step); });
    report.skipped = step.skipped();
    if (report.skipped) ++progress.skipped;
    bad_steps_.count(report.step, report.skipped, setup_.checkpoints,
                     "try a smaller learning rate of the editor, or max_grad_norm=1");
    ++progress.step;
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    record_.add(report, step.norms());
    return report;
  }

  FitSetup& setup_;
  const FitOptions& options_;
  FitRecord record_;
  BadSteps bad_steps_;
};

}  // namespace

void fit(const FitOptions& options, PluginRegistry& registry, const FaceProgress& on_face,
         const std::function<void(const FitReport&)>& on_step) {
  FitSetup setup(options, registry, on_face);
  plan_memory(setup, options.settings);
  const std::string description = describe_fit(options, setup.editor, setup.inputs);
  if (options.dry_run) return;
  auto folder = std::make_unique<RunFolder>(options.run_folder);  // when all that can be checked has been
  if (options.resume) {
    warn_of_other_photos(options.run_folder, description);
    setup.progress.resume(setup.checkpoints, options.run_folder.string());
  }
  Fitting(setup, options, std::move(folder), description).run(on_step);
}

}  // namespace miafr
