#include "core/models/checkpoint_parameters.h"

#include <algorithm>
#include <utility>

#include "core/io/name_tables.h"
#include "core/models/finite.h"
#include "core/models/image_format.h"
#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/text.h"

namespace miafr {
namespace {

constexpr const char* kModel = "model.";
constexpr const char* kEma = "model_ema.";

// The averaged weight of "model.a.b.c" is kept as "model_ema.abc".
std::string ema_name(const std::string& name) {
  std::string path = name.substr(std::string(kModel).size());
  path.erase(std::remove(path.begin(), path.end(), '.'), path.end());
  return kEma + path;
}

// Buffers that some writers store and that no network needs.
bool is_buffer(const std::string& name) { return ends_with(name, ".position_ids"); }

// "3 keys are missing: a, b, c"; at most five by name.
std::string list_of(const std::string& what, const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 5;
  std::string text = std::to_string(names.size()) + " " + what + ": ";
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return names.size() > kShown ? text + ", …" : text;
}

}  // namespace

CheckpointParameters::CheckpointParameters(const Checkpoint& checkpoint, Options options)
    : checkpoint_(checkpoint), options_(options) {
  bool any_ema = false;
  std::vector<std::string> names;
  for (const auto& [name, entry] : checkpoint.entries) names.push_back(name);
  const NameShape shape = NameShape::of(names);
  for (const auto& [name, entry] : checkpoint.entries) {
    const auto other = diffusers_to_compvis(name, shape);
    const std::string usual = other ? other->name : usual_compvis_name(name);
    if (!entries_.emplace(usual, &entry).second && !is_buffer(usual))
      throw Error(checkpoint.path.string() + ": two tensors are " + usual + ", " + name +
                  " the second; convert the checkpoint with one of them only");
    any_ema |= starts_with(name, kEma);
  }
  if (options.ema && !any_ema)
    throw Error(checkpoint.path.string() + ": it holds no averaged (EMA) weights; leave out --ema");
}

const Checkpoint::Entry* CheckpointParameters::find(const std::string& name) const {
  const bool ema = options_.ema && starts_with(name, kModel);
  const auto found = entries_.find(ema ? ema_name(name) : name);
  return found == entries_.end() ? nullptr : found->second;
}

at::Tensor CheckpointParameters::get(const std::string& name, at::IntArrayRef shape) {
  used_.insert(name);
  const Checkpoint::Entry* entry = find(name);
  const auto zeros = [&] { return at::zeros(shape, at::TensorOptions(options_.device).dtype(options_.dtype)); };
  if (entry == nullptr) {
    missing_.push_back(name);
    return zeros();
  }
  const std::vector<int64_t>& is = entry->info.shape;
  // The same weights are a 1x1 convolution in one layout and linear in the other.
  const bool linear = shape.size() == 4 && shape[2] == 1 && shape[3] == 1 && shape.slice(0, 2).equals(is);
  if (!shape.equals(is) && !linear) {
    mis_shaped_.push_back(name + " is " + to_text(is) + " and must be " + to_text(shape.vec()));
    return zeros();
  }
  const at::Tensor stored = to_tensor(entry->read());
  const at::Tensor weight = in_image_format(stored.reshape(shape).to(options_.device, options_.dtype));
  if (!all_finite(weight)) {
    const std::string what = checkpoint_.path.string() + ": " + name;
    check_finite(in_dtype(stored, options_.dtype, what), what);
  }
  return weight;
}

std::vector<std::string> CheckpointParameters::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) names.push_back(name);
  return names;
}

ShapeLookup CheckpointParameters::shape_lookup() const {
  return [this](const std::string& name) -> std::optional<std::vector<int64_t>> {
    const Checkpoint::Entry* entry = find(name);
    if (entry == nullptr) return std::nullopt;
    return entry->info.shape;
  };
}

void CheckpointParameters::check(const std::string& prefix) {
  std::vector<std::string> unexpected, faults;
  for (const auto& [name, entry] : entries_)
    if (starts_with(name, prefix + ".") && used_.count(name) == 0 && !is_buffer(name)) unexpected.push_back(name);
  if (!missing_.empty()) faults.push_back(list_of("keys are missing", missing_));
  if (!mis_shaped_.empty()) faults.push_back(list_of("keys have another shape", mis_shaped_));
  if (!unexpected.empty()) faults.push_back(list_of("keys are not known", unexpected));
  missing_.clear();
  mis_shaped_.clear();
  if (faults.empty()) return;
  std::string text = checkpoint_.path.string() + ": " + prefix + ": ";
  for (std::size_t i = 0; i < faults.size(); ++i) text += (i ? "; " : "") + faults[i];
  if (options_.strict) throw Error(text + "; --no-strict loads what fits");
  log_warning(text + "; what is missing is zero");
}

}  // namespace miafr
