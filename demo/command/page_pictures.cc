#include "core/report/page_pictures.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/experiment/files.h"
#include "core/experiment/pictures.h"
#include "core/image/find_images.h"
#include "demo/command/page.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kShown = 2;  // pictures of each method at each age

struct ShownPicture {
  fs::path file;
  std::string name;  // in the evaluation
};

// Those in a folder, in their order; named as `miafr evaluate` names them.
std::vector<ShownPicture> pictures_in(const fs::path& folder, const std::string& name) {
  std::vector<ShownPicture> pictures;
  if (!fs::is_directory(folder)) return pictures;
  for (const fs::path& file : find_images(folder, /*recursive=*/false).files)
    pictures.push_back({file, name + "/" + file.filename().string()});
  return pictures;
}

class SubjectTable {
 public:
  SubjectTable(const PageInputs& inputs, const Verdicts& verdicts, const Subject& subject)
      : inputs_(inputs), verdicts_(verdicts), subject_(subject) {}

  Json rows() const {
    std::vector<std::string> methods = {kTruth, kBefore};
    for (const std::string& name : inputs_.experiment.trained_methods()) methods.push_back(name);
    Json rows = Json::array();
    for (const std::string& method : methods) {
      Json row = method_object(inputs_.experiment, method);
      row["cells"] = Json::array();
      for (const AgeWord& age : inputs_.experiment.ages) row["cells"].push_back(cell(method, age));
      rows.push_back(row);
    }
    return rows;
  }

 private:
  std::vector<ShownPicture> pictures_of_cell(const std::string& method, const std::string& age) const {
    if (method == kTruth)
      return pictures_in(inputs_.folder.truth() / subject_.name / age,
                         std::string(kTruth) + "/" + subject_.name + "/" + age);
    if (method == kBefore)
      return pictures_in(inputs_.folder.before() / subject_.name / age,
                         std::string(kBefore) + "/" + subject_.name + "/" + age);
    std::vector<ShownPicture> pictures;
    for (const Trial& one : trials_of(inputs_.experiment)) {
      if (inputs_.experiment.methods[one.method].name != method ||
          inputs_.experiment.subjects[one.subject].name != subject_.name)
        continue;
      const fs::path images = TrialFolder(inputs_.folder.out, one).images();
      for (const PaintedPicture& picture : painted_pictures(images, pictures_of(inputs_.experiment, one)))
        if (picture.label == age) pictures.push_back({images / picture.file, one.name + "/" + picture.file});
    }
    return pictures;
  }

  Json cell(const std::string& method, const AgeWord& age) const {
    const std::vector<ShownPicture> pictures = pictures_of_cell(method, age.word);
    Json shown = Json::array();
    Verdict all;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto found = verdicts_.find(pictures[i].name);
      if (found != verdicts_.end()) all.add(found->second);
      if (i >= kShown) continue;
      const std::string alt = subject_.name + " as " + age.word + ", " + method_title(method);
      shown.push_back(picture_object({"image/png", read_file(pictures[i].file), alt}));
    }
    Json cell = judgement(all, age);
    cell["pictures"] = shown;
    return cell;
  }

  // accepted: in whole percent, null without comparisons; age: null where none is known.
  static Json judgement(const Verdict& verdict, const AgeWord& age) {
    Json json = {{"accepted", nullptr}, {"no_face", verdict.comparisons == 0 && verdict.failed > 0}, {"age", nullptr}};
    if (verdict.comparisons > 0)
      json["accepted"] =
          std::llround(100 * static_cast<double>(verdict.accepted) / static_cast<double>(verdict.comparisons));
    if (verdict.ages > 0) {
      const double years = verdict.age / static_cast<double>(verdict.ages);
      json["age"] = {{"years", static_cast<std::int64_t>(years + 0.5)},
                     {"is_meant", !age.years || (years >= age.years->first && years <= age.years->second)}};
    }
    return json;
  }

  const PageInputs& inputs_;
  const Verdicts& verdicts_;
  const Subject& subject_;
};

std::string capitalised(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

}  // namespace

Json subject_object(const PageInputs& inputs, const Verdicts& verdicts, std::size_t index) {
  const Subject& subject = inputs.experiment.subjects[index];
  Json json = {{"name", capitalised(subject.name)}, {"token", subject.token}, {"photos", Json::array()}};
  for (const ShownPicture& picture : pictures_in(subject.photos, ""))
    json["photos"].push_back(
        picture_object({"image/png", read_file(picture.file), "training photo of " + subject.name}));
  json["ages"] = Json::array();
  for (const AgeWord& age : inputs.experiment.ages)
    json["ages"].push_back(
        {{"word", age.word},
         {"years", age.years ? Json{{"from", age.years->first}, {"to", age.years->second}} : Json()}});
  json["rows"] = SubjectTable(inputs, verdicts, subject).rows();
  return json;
}

}  // namespace miafr::demo
