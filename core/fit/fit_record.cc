#include "core/fit/fit_record.h"

#include <utility>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/version.h"
#include "core/models/tensor_file.h"
#include "core/plugin/host_context.h"

namespace miafr {
namespace {

DType dtype_of(const std::string& name, const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat) return DType::kFloat32;
  if (tensor.scalar_type() == at::kHalf) return DType::kFloat16;
  if (tensor.scalar_type() == at::kLong) return DType::kInt64;
  throw Error("fitted_weights: " + name + " is " + c10::toString(tensor.scalar_type()) +
              "; allowed are float32, float16, int64");
}

}  // namespace

FitRecord::FitRecord(const FitOptions& options, const ChosenPlugin<Editor>& editor, const FitPictures& pictures,
                     const FitProgress& progress, const CheckpointFolder& checkpoints,
                     std::unique_ptr<RunFolder> folder, const std::string& description)
    : options_(options),
      editor_(editor),
      progress_(progress),
      checkpoints_(checkpoints),
      folder_(std::move(folder)),
      previews_(editor, pictures, options.settings.max_previews, static_cast<std::uint64_t>(options.settings.seed)) {
  if (options.resume) saved_step_ = progress.step;
  if (!previews_.any() && options.settings.preview_every > 0)
    log_info("the editor names no target of its own, so there are no previews");
  folder_->write_description(description);
}

void FitRecord::add(const FitReport& report, const std::map<std::string, double>& norms) {
  if (!has_columns_) {
    std::vector<std::string> columns;
    for (const auto& [name, value] : report.losses) columns.push_back(name);
    for (const std::string& group : progress_.groups.names()) columns.push_back(group + "_grad_norm");
    for (const char* name : {"seconds", "memory_bytes", "skipped"}) columns.emplace_back(name);
    folder_->open_metrics(columns, report.step);
    has_columns_ = true;
  }
  std::map<std::string, double> metrics = report.losses;
  for (const auto& [group, norm] : norms) metrics[group + "_grad_norm"] = norm;
  metrics["seconds"] = report.seconds;
  metrics["memory_bytes"] = static_cast<double>(resident_memory());
  metrics["skipped"] = static_cast<double>(progress_.skipped);
  folder_->add_metrics(report.step, metrics);
}

// The checkpoint comes first: a run that dies of a preview shall not have lost a thing.
void FitRecord::at_intervals() {
  const FitSettings& s = options_.settings;
  const auto due = [&](std::int64_t every) { return every > 0 && progress_.step % every == 0; };
  if (due(s.checkpoint_every) || progress_.step >= s.steps) save();
  if (previews_.any() && due(s.preview_every)) paint();
}

void FitRecord::paint() {
  try {
    previews_.paint(folder_->preview_file(progress_.step));
    folder_->show_preview(progress_.step);
  } catch (const Cancelled&) {
    save_once();
    throw;
  } catch (const Error& e) {
    log_error(std::string(e.what()) + "; fitting goes on");
  }
}

void FitRecord::save_once() {
  if (saved_step_ != progress_.step) save();
}

void FitRecord::save() {
  const bool at_end = progress_.step >= options_.settings.steps;
  if (checkpoints_.save_or_go_on(
          progress_.state(), [&](const std::filesystem::path& folder) { write_model(folder); },
          options_.settings.keep_last, at_end))
    saved_step_ = progress_.step;
}

void FitRecord::write_model(const std::filesystem::path& folder) const {
  const PluginIdentity& identity = editor_.identity;
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] :
       editor_.call("fitted_weights", [](Editor& editor) { return editor.fitted_weights(); }))
    tensors.push_back(tensor_to_write(name, tensor, dtype_of(name, tensor)));
  if (tensors.empty()) throw Error(editor_.library->title() + ": fitted_weights() is empty, so there is no model");
  std::map<std::string, std::string> metadata = {{"miafr.program", std::string("miafr ") + kVersion},
                                                 {"miafr.editor", identity.name},
                                                 {"miafr.editor_version", identity.version},
                                                 {"miafr.step", std::to_string(progress_.step)}};
  for (const auto& [name, value] : identity.params) metadata["miafr.editor_param." + name] = value;
  write_safetensors(folder / (identity.name + ".safetensors"), tensors, metadata);
}

}  // namespace miafr
