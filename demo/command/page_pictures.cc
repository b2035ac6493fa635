#include <algorithm>
#include <cmath>

#include "core/config/scalar.h"
#include "core/experiment/files.h"
#include "core/experiment/pictures.h"
#include "core/image/find_images.h"
#include "core/report/html_text.h"
#include "core/report/text.h"
#include "demo/command/page.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

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

std::string age_text(double years) { return format_number(static_cast<std::int64_t>(years + 0.5)) + " y"; }

class SubjectTable {
 public:
  SubjectTable(const PageInputs& inputs, const Verdicts& verdicts, const Subject& subject)
      : inputs_(inputs), verdicts_(verdicts), subject_(subject) {}

  std::string html() const {
    std::string text = "<div class=\"scroll faces\"><table><thead><tr><th></th>";
    for (const AgeWord& age : inputs_.experiment.ages)
      text += "<th>" + escape_html(age.word) +
              (age.years ? "<span class=\"sub\">" + format_number(age.years->first) + "\u2013" +
                               format_number(age.years->second) + " y</span>"
                         : "") +
              "</th>";
    text += "</tr></thead><tbody>";
    const std::vector<std::string> methods = methods_of(inputs_.experiment);
    const auto row = [&](const std::string& method) {
      const auto number = std::find(methods.begin(), methods.end(), method) - methods.begin();
      text += std::string("<tr") + (method == kTruth ? " class=\"real\"" : "") + "><th class=\"text\">" +
              chip(static_cast<std::size_t>(number)) + escape_html(method_title(method)) + "</th>";
      for (const AgeWord& age : inputs_.experiment.ages) text += cell(method, age);
      text += "</tr>";
    };
    row(kTruth);
    row(kBefore);
    for (const std::string& name : inputs_.experiment.trained_methods()) row(name);
    return text + "</tbody></table></div>\n";
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

  std::string cell(const std::string& method, const AgeWord& age) const {
    const std::vector<ShownPicture> pictures = pictures_of_cell(method, age.word);
    std::string text = "<td><span class=\"few\">";
    Verdict all;
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const auto found = verdicts_.find(pictures[i].name);
      if (found != verdicts_.end()) all.add(found->second);
      if (i >= kShown) continue;
      const std::string alt = subject_.name + " as " + age.word + ", " + method_title(method);
      text += embedded_picture({"image/png", read_file(pictures[i].file), alt});
    }
    return text + "</span>" + judgement(all, age) + "</td>";
  }

  // "94 % accepted, 61 y"; an age that is not meant is marked.
  static std::string judgement(const Verdict& verdict, const AgeWord& age) {
    std::string text;
    if (verdict.comparisons > 0) {
      const double share = static_cast<double>(verdict.accepted) / static_cast<double>(verdict.comparisons);
      text = "<span class=\"bar\" style=\"--share:" + format_number(std::round(100 * share)) + "%\"></span>" +
             format_number(std::round(100 * share)) + " %";
    } else if (verdict.failed > 0) {
      text = "no face";
    }
    if (verdict.ages > 0) {
      const double years = verdict.age / static_cast<double>(verdict.ages);
      const bool meant = !age.years || (years >= age.years->first && years <= age.years->second);
      text += std::string(" \u00b7 <span class=\"") + (meant ? "" : "off") + "\">" + age_text(years) + "</span>";
    }
    return "<span class=\"sub\">" + text + "</span>";
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

std::string subject_section(const PageInputs& inputs, const Verdicts& verdicts, std::size_t index) {
  const Subject& subject = inputs.experiment.subjects[index];
  std::string photos;
  for (const ShownPicture& picture : pictures_in(subject.photos, ""))
    photos += embedded_picture({"image/png", read_file(picture.file), "training photo of " + subject.name});
  return "<h3>" + escape_html(capitalised(subject.name)) + "</h3>\n<p class=\"strip\">" + photos +
         "</p>\n<p class=\"note\">The photos that the models learned from; in prompts: \u201c" +
         escape_html(subject.token) + "\u201d.</p>\n" + SubjectTable(inputs, verdicts, subject).html();
}

}  // namespace miafr::demo
