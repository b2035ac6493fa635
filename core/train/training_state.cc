#include "core/train/training_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/io/checkpoint.h"
#include "core/io/checkpoint_writer.h"
#include "core/io/whole_file.h"
#include "core/models/tensor_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "step-";
constexpr const char* kUnfinished = ".unfinished-";
constexpr const char* kStateFile = "state.safetensors";
constexpr const char* kBestFile = "best.json";
constexpr const char* kVersion = "1";

// A folder's entries are on disk only when the folder is.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

DType dtype_of(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return DType::kFloat32;
    case at::kDouble:
      return DType::kFloat64;
    case at::kLong:
      return DType::kInt64;
    case at::kByte:
      return DType::kUint8;
    case at::kChar:
      return DType::kInt8;
    case at::kHalf:
      return DType::kFloat16;
    case at::kBFloat16:
      return DType::kBfloat16;
    case at::kInt:
      return DType::kInt32;
    case at::kBool:
      return DType::kBool;
    default:
      throw Error("a training state cannot hold tensors of type " + std::string(c10::toString(tensor.scalar_type())));
  }
}

void write_state(const fs::path& file, const TrainingState& state) {
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, tensor] : state.tensors) tensors.push_back(tensor_to_write(name, tensor, dtype_of(tensor)));
  std::map<std::string, std::string> metadata = state.settings;
  metadata["miafr.state"] = kVersion;
  metadata["miafr.step"] = std::to_string(state.step);
  write_safetensors(file, tensors, metadata);
}

// Its only file beside the state.
fs::path model_in(const fs::path& checkpoint) {
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoint))
    if (entry.path().filename() != kStateFile) return entry.path();
  throw Error(checkpoint.string() + ": holds no model");
}

// `link` leads to `target`, at once or not at all.
void point_to(const fs::path& link, const fs::path& target) {
  const fs::path temporary = link.string() + ".tmp";
  std::error_code ignored;
  fs::remove(temporary, ignored);
  fs::create_symlink(target, temporary);
  fs::rename(temporary, link);
}

// Of a model that is there in one format at a time, those of the other format.
void remove_other_formats(const fs::path& kept) {
  std::error_code ignored;
  for (const char* extension : {".safetensors", ".ckpt"})
    if (kept.extension() != extension) fs::remove(fs::path(kept).replace_extension(extension), ignored);
}

Checkpoint open_state(const fs::path& file) {
  Checkpoint opened = open_checkpoint(file);
  const auto version = opened.metadata.find("miafr.state");
  if (version == opened.metadata.end() || version->second != kVersion)
    throw Error(file.string() + ": not the state of a training run of this version of miafr");
  return opened;
}

}  // namespace

fs::path CheckpointFolder::of_step(std::int64_t step) const {
  char name[32];
  std::snprintf(name, sizeof name, "%s%08lld", kPrefix, static_cast<long long>(step));
  return folder_ / name;
}

fs::path CheckpointFolder::save(const TrainingState& state,
                                const std::function<void(const fs::path& folder)>& write_model) const {
  const fs::path done = of_step(state.step), unfinished = folder_ / (kUnfinished + done.filename().string());
  std::error_code ignored;
  try {
    fs::create_directories(folder_);
    fs::remove_all(unfinished);
    fs::create_directory(unfinished);
    write_model(unfinished);
    write_state(unfinished / kStateFile, state);
    sync_folder(unfinished);
    fs::remove_all(done, ignored);  // of the run that this one goes on from
    fs::rename(unfinished, done);
    sync_folder(folder_);
    const fs::path model = model_in(done);
    const fs::path last = folder_ / ("last" + model.extension().string());
    point_to(last, done.filename() / model.filename());
    remove_other_formats(last);
  } catch (const fs::filesystem_error& e) {
    fs::remove_all(unfinished, ignored);
    throw Error(done.string() + ": cannot be written: " + e.code().message());
  } catch (...) {
    fs::remove_all(unfinished, ignored);
    throw;
  }
  return done;
}

bool CheckpointFolder::save_or_go_on(const TrainingState& state,
                                     const std::function<void(const fs::path& folder)>& write_model, std::int64_t keep,
                                     bool at_end) const {
  try {
    save(state, write_model);
    prune(keep);
    return true;
  } catch (const Error& e) {
    if (at_end || interrupted()) throw;
    log_error(std::string(e.what()) + "; training goes on, earlier checkpoints are as they were");
    return false;
  }
}

std::vector<fs::path> CheckpointFolder::all() const {
  std::vector<fs::path> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, none))
    if (starts_with(entry.path().filename().string(), kPrefix) && fs::exists(entry.path() / kStateFile))
      found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<fs::path> CheckpointFolder::newest() const {
  const std::vector<fs::path> found = all();
  if (found.empty()) return std::nullopt;
  return found.back();
}

void CheckpointFolder::set_best(std::int64_t step, double identity) const {
  const fs::path model = model_in(of_step(step));
  const fs::path best = folder_ / ("best" + model.extension().string()), temporary = best.string() + ".tmp";
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_hard_link(model, temporary, error);
  if (error) fs::copy_file(model, temporary, error);
  if (!error) fs::rename(temporary, best, error);
  if (error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw Error(best.string() + ": cannot be written: " + error.message());
  }
  remove_other_formats(best);
  write_file(folder_ / kBestFile, nlohmann::json{{"step", step}, {"identity", identity}}.dump() + "\n");
}

std::optional<double> CheckpointFolder::best_identity() const {
  std::ifstream in(folder_ / kBestFile);
  const auto json = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("identity") || !json["identity"].is_number()) return std::nullopt;
  return json["identity"].get<double>();
}

void CheckpointFolder::remove_unfinished() const {
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, ignored))
    if (starts_with(entry.path().filename().string(), kUnfinished)) unfinished.push_back(entry.path());
  for (const fs::path& folder : unfinished) fs::remove_all(folder, ignored);
}

void CheckpointFolder::prune(std::int64_t keep) const {
  std::error_code ignored;
  remove_unfinished();
  if (keep == 0) return;
  const std::vector<fs::path> found = all();
  for (std::size_t i = 0; i + keep < found.size(); ++i) {
    // Without its state it is no checkpoint any more, should the removal be cut short.
    fs::remove(found[i] / kStateFile, ignored);
    fs::remove_all(found[i], ignored);
  }
}

std::map<std::string, std::string> read_state_settings(const fs::path& checkpoint) {
  return open_state(checkpoint / kStateFile).metadata;
}

TrainingState read_state(const fs::path& checkpoint) {
  const fs::path file = checkpoint / kStateFile;
  const Checkpoint opened = open_state(file);
  const auto value = [&](const char* key) {
    const auto found = opened.metadata.find(key);
    return found == opened.metadata.end() ? std::string() : found->second;
  };
  TrainingState state;
  state.settings = opened.metadata;
  try {
    state.step = std::stoll(value("miafr.step"));
  } catch (const std::exception&) {
    throw Error(file.string() + ": miafr.step is no number");
  }
  for (const auto& [name, entry] : opened.entries) state.tensors[name] = to_tensor(entry.read());
  return state;
}

}  // namespace miafr
