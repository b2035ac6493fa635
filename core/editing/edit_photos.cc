#include "core/editing/edit_photos.h"

#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/base/version.h"
#include "core/editing/edit_folder.h"
#include "core/editing/edit_targets.h"
#include "core/editing/pixels.h"
#include "core/image/image_error.h"
#include "core/io/csv.h"
#include "core/io/sha256.h"
#include "core/io/whole_file.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPhotosOfAGrid = 20;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

class Editing {
 public:
  Editing(const EditRun& run, const ChosenPlugin<Editor>& editor, const PhotoInputs& inputs,
          const std::function<void(std::int64_t, std::int64_t)>& on_picture)
      : run_(run), editor_(editor), inputs_(inputs), on_picture_(on_picture), key_(editor_key()) {}

  EditCounts edit_all() {
    plan();
    write_failures();
    on_picture_(0, total_);
    try {
      for (const auto& [index, targets] : pending_) edit_one(index, targets);
    } catch (...) {
      write_grids(0);
      throw;
    }
    write_grids(0);
    return counts_;
  }

 private:
  // Results may change with each of these.
  std::string editor_key() const {
    const std::string all = editor_.identity.key + "\n" + run_.detector_key + (run_.aligned ? "\naligned" : "") +
                            (run_.paste_back ? "\npasted back" : "");
    return sha256_of_bytes(all.data(), all.size()).substr(0, 16);
  }

  EditFolder& folder_of(const std::string& person) {
    auto& folder = folders_[person];
    if (!folder)
      folder = std::make_unique<EditFolder>(person.empty() ? run_.outdir : run_.outdir / person, key_, run_.overwrite);
    return *folder;
  }

  EditId id_of(std::size_t index, const EditTarget& target) const {
    const PhotoInputs::Entry& entry = inputs_.entries()[index];
    return {entry.photo.name, entry.key, describe_target(target), run_.seed};
  }

  // What is to be done, before anything is: a folder that does not fit is refused here.
  void plan() {
    counts_.photos = static_cast<std::int64_t>(inputs_.entries().size());
    for (std::size_t i = 0; i < inputs_.entries().size(); ++i) {
      const PhotoInputs::Entry& entry = inputs_.entries()[i];
      if (!entry.failure.empty()) {
        note_failure(entry, entry.failure, entry.detail);
        continue;
      }
      std::vector<EditTarget> targets;
      for (const EditTarget& target : run_.targets) {
        if (folder_of(entry.photo.person).has(id_of(i, target)))
          ++counts_.done_before;
        else
          targets.push_back(target);
      }
      total_ += static_cast<std::int64_t>(targets.size());
      if (!targets.empty()) pending_.emplace_back(i, std::move(targets));
    }
    if (counts_.failed_photos == counts_.photos)
      throw Error("none of the " + std::to_string(counts_.photos) + " photos can be edited; the first, " +
                  shown(inputs_.entries()[0].photo.file.string(), 300) + ": " + inputs_.entries()[0].failure);
  }

  void note_failure(const PhotoInputs::Entry& entry, const std::string& failure, const std::string& detail) {
    ++counts_.failed_photos;
    failures_ += csv_field(entry.photo.name) + "," + csv_field(failure) + "," + csv_field(detail) + "\n";
    log_warning(shown(entry.photo.file.string(), 300) + ": not edited: " + (detail.empty() ? failure : detail));
  }

  void write_failures() const {
    const fs::path file = run_.outdir / "not_edited.csv";
    std::error_code none;
    fs::create_directories(run_.outdir, none);
    if (failures_.empty())
      fs::remove(file, none);
    else
      write_file(file, "file,reason,detail\n" + failures_);
  }

  void edit_one(std::size_t index, const std::vector<EditTarget>& targets) {
    const PhotoInputs::Entry& entry = inputs_.entries()[index];
    auto last = std::chrono::steady_clock::now();
    EditPhoto photo;
    try {
      photo = inputs_.load(index);
    } catch (const ImageError& e) {  // damaged, which its first bytes did not tell
      note_failure(entry, "unreadable", e.what());
      write_failures();
      total_ -= static_cast<std::int64_t>(targets.size());
      return;
    }
    photo.seed = run_.seed;
    photo.paste_back = run_.paste_back;
    EditFolder& folder = folder_of(entry.photo.person);
    write_grids(kPhotosOfAGrid);
    const at::Tensor before = to_bytes(photo.photo);
    edit_photo(editor_, photo, targets, [&](const EditedPicture& out) {
      const EditTarget& target = targets[out.target];
      if (run_.paste_back && !out.pasted_back) warn_not_pasted();
      const auto now = std::chrono::steady_clock::now();
      const double seconds = std::chrono::duration<double>(now - std::exchange(last, now)).count();
      folder.add(to_bytes(out.picture), before, settings_text(entry, target, out),
                 row_of(entry, target, index, out, seconds));
      on_picture_(++counts_.pictures, total_);
    });
  }

  void warn_not_pasted() {
    if (!std::exchange(warned_not_pasted_, true))
      log_warning("--paste-back: the editor does not say where its crop lies, so its pictures are crops");
  }

  // Of folders with at least so many photos since their last grid.
  void write_grids(std::size_t least) {
    for (const auto& [person, folder] : folders_)
      if (folder->photos_in_grid() >= least)
        if (const fs::path file = folder->add_grid(); !file.empty()) std::cout << file.string() << "\n";
  }

  EditRow row_of(const PhotoInputs::Entry& entry, const EditTarget& target, std::size_t index, const EditedPicture& out,
                 double seconds) const {
    const PluginIdentity& identity = editor_.identity;
    return {id_of(index, target),    target.label,  entry.sha256,    identity.name, key_, joined(identity.weights),
            identity.weights_sha256, out.alignment, out.pasted_back, seconds};
  }

  // Files go by name and hash: paths are nobody's business.
  std::string settings_text(const PhotoInputs::Entry& entry, const EditTarget& target, const EditedPicture& out) const {
    const PluginIdentity& identity = editor_.identity;
    nlohmann::ordered_json json = {{"program", std::string("miafr ") + kVersion},
                                   {"synthetic", true},
                                   {"editor", identity.name},
                                   {"editor_version", identity.version},
                                   {"licence", identity.licence}};
    for (const auto& [name, value] : identity.params) json["editor_params"][name] = value;
    json["weights"] = identity.weights;
    json["weights_sha256"] = identity.weights_sha256;
    json["label"] = target.label;
    json["target"] = describe_target(target);
    json["source"] = {{"file", entry.photo.name}, {"sha256", entry.sha256}, {"aligned", run_.aligned}};
    json["seed"] = run_.seed;
    json["alignment"] = out.alignment;
    if (out.matrix.defined()) {
      const at::Tensor m = out.matrix.to(at::kCPU, at::kDouble).contiguous();
      json["matrix"] = std::vector<double>(m.data_ptr<double>(), m.data_ptr<double>() + m.numel());
    }
    json["pasted_back"] = out.pasted_back;
    json["notes"] = out.notes;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  const EditRun& run_;
  const ChosenPlugin<Editor>& editor_;
  const PhotoInputs& inputs_;
  const std::function<void(std::int64_t, std::int64_t)>& on_picture_;
  const std::string key_;
  std::map<std::string, std::unique_ptr<EditFolder>> folders_;            // by person
  std::vector<std::pair<std::size_t, std::vector<EditTarget>>> pending_;  // index of the photo, what is still to do
  std::string failures_;                                                  // rows of not_edited.csv
  std::int64_t total_ = 0;                                                // pictures
  EditCounts counts_;
  bool warned_not_pasted_ = false;
};

}  // namespace

EditCounts edit_photos(const EditRun& run, const ChosenPlugin<Editor>& editor, const PhotoInputs& inputs,
                       const std::function<void(std::int64_t, std::int64_t)>& on_picture) {
  return Editing(run, editor, inputs, on_picture).edit_all();
}

}  // namespace miafr
