#include "core/io/diffusers_folder.h"

#include <algorithm>

#include "core/base/errors.h"
#include "core/io/bytes.h"
#include "core/io/checkpoint.h"
#include "core/io/guarded_json.h"
#include "core/io/shard_index.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = ".index.json";

struct Network {
  const char* folder;
  const char* safetensors;
  const char* pickled;
};

constexpr Network kNetworks[] = {
    {"unet", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"},
    {"vae", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"},
    {"text_encoder", "model.safetensors", "pytorch_model.bin"},
};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// model.safetensors -> model.fp16.safetensors
std::string half_variant(const std::string& name) {
  const auto dot = name.rfind('.');
  return name.substr(0, dot) + ".fp16" + name.substr(dot);
}

class Folder {
 public:
  explicit Folder(const fs::path& path) {
    result_.path = path;
    result_.format = "diffusers folder";
  }

  Checkpoint open() {
    for (const Network& network : kNetworks)
      if (is_folder(result_.path / network.folder)) add(network);
    if (result_.entries.empty())
      throw Error(result_.path.string() +
                  ": a folder without unet/, vae/ or text_encoder/; give a checkpoint file or a diffusers folder");
    add_pipeline_class();
    return std::move(result_);
  }

 private:
  void add(const Network& network) {
    const fs::path folder = result_.path / network.folder;
    prefix_ = std::string(network.folder) + ".";
    // Full precision first; many folders that were saved to be small have the half-precision variant alone.
    for (const std::string& name : {std::string(network.safetensors), std::string(network.pickled),
                                    half_variant(network.safetensors), half_variant(network.pickled)}) {
      if (is_file(folder / name)) return add_file(folder / name);
      if (is_file(folder / (name + kIndex))) return add_shards(folder / (name + kIndex));
    }
    throw Error(folder.string() + ": no weights in it; one of " + network.safetensors + ", " + network.pickled +
                ", their .fp16 variants or the " + kIndex + " of one must be there");
  }

  // What is not as diffusers writes it is nobody's loss, as it only helps to tell what the folder is.
  void add_pipeline_class() {
    constexpr std::size_t kMost = 1 << 20;
    const fs::path index = result_.path / "model_index.json";
    if (!is_file(index)) return;
    try {
      const Bytes file = map_file(index);
      if (file.size > kMost) return;
      const nlohmann::json json = parse_guarded(file.text(), "it", /*max_depth=*/8);
      if (json.is_object() && json.contains("_class_name") && json["_class_name"].is_string())
        result_.metadata[kPipelineClass] = json["_class_name"];
    } catch (const Error&) {
    }
  }

  void add_file(const fs::path& path) {
    Checkpoint file = open_checkpoint(path);
    for (auto& [name, entry] : file.entries) result_.entries[prefix_ + name] = std::move(entry);
    add_rest(file);
  }

  void add_shards(const fs::path& index) {
    Shards shards;
    try {
      shards = read_shard_index(map_file(index));
    } catch (const Error& e) {
      const std::string text = e.what(), file = index.string() + ": ";  // map_file names it already
      throw Error(text.rfind(file, 0) == 0 ? text : file + text);
    }
    for (const auto& [name, tensors] : shards) {
      const fs::path path = index.parent_path() / name;
      if (!is_file(path)) throw Error(path.string() + ": missing, and " + index.filename().string() + " lists it");
      Checkpoint shard = open_checkpoint(path);
      for (const std::string& tensor : tensors) {
        if (!shard.has(tensor))
          throw Error(path.string() + ": no tensor \"" + tensor + "\", which " + index.filename().string() + " lists");
        result_.entries[prefix_ + tensor] = std::move(shard.entries[tensor]);
      }
      add_rest(shard);
    }
  }

  // All but the tensors.
  void add_rest(const Checkpoint& file) {
    result_.files.insert(result_.files.end(), file.files.begin(), file.files.end());
    for (const auto& [key, value] : file.metadata) result_.metadata[prefix_ + key] = value;
    for (const std::string& name : file.skipped)
      if (std::count(result_.skipped.begin(), result_.skipped.end(), name) == 0) result_.skipped.push_back(name);
  }

  Checkpoint result_;
  std::string prefix_;  // of the network at hand
};

}  // namespace

Checkpoint open_diffusers_folder(const fs::path& path) { return Folder(path).open(); }

}  // namespace miafr
