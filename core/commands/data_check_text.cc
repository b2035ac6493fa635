#include "core/commands/data_check_text.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "core/base/shown.h"
#include "core/config/scalar.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

const char* set_of(const SurveyedImage& image) { return image.in_reg ? "reg" : "train"; }

std::string path_in_set(const DataCheck& check, const SurveyedImage& image) {
  return image.file.lexically_relative(image.in_reg ? check.folders.reg : check.folders.train).generic_string();
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return width == 0 ? "-" : std::to_string(width) + "x" + std::to_string(height);
}

std::string face_text(const DataCheck& check, const SurveyedImage& image) {
  const auto found = check.faces.find(&image);
  if (found == check.faces.end()) return "-";
  return found->second == 0 ? "no" : found->second == 1 ? "yes" : "several";
}

std::string notes_text(const DataCheck& check, const SurveyedImage& image) {
  std::string text = image.problem.empty() ? "" : "REFUSED: " + image.problem;
  const auto notes = check.notes.find(&image);
  if (notes != check.notes.end())
    for (const std::string& note : notes->second) text += (text.empty() ? "" : "; ") + note;
  return text;
}

void print_table(const DataCheck& check) {
  std::size_t width = 4;
  for (const SurveyedImage* image : check.images)
    width = std::max(width, std::min<std::size_t>(shown(path_in_set(check, *image), 300).size(), 40));
  const auto line = [&](const std::string& set, const std::string& size, const std::string& bucket,
                        const std::string& face, const std::string& file, const std::string& rest) {
    std::cout << std::left << std::setw(7) << set << std::setw(11) << size << std::setw(11) << bucket << std::setw(9)
              << face << std::setw(static_cast<int>(width)) << file << "  " << rest << "\n";
  };
  line("set", "size", "trained at", "face", "file", "caption  [notes]");
  for (const SurveyedImage* image : check.images) {
    const std::string notes = notes_text(check, *image);
    line(set_of(*image), size_text(image->width, image->height), size_text(image->bucket.width, image->bucket.height),
         face_text(check, *image), shown(path_in_set(check, *image), 300),
         shown(image->caption.text, 200) + (notes.empty() ? "" : "  [" + notes + "]"));
  }
}

// "child 102, old 3", in the order of the words.
std::string counts_text(const std::map<std::string, std::int64_t>& counts) {
  std::string text;
  for (const auto& [word, count] : counts)
    text += (text.empty() ? "" : ", ") + shown(word, 60) + " " + std::to_string(count);
  return text.empty() ? "none" : text;
}

void print_summary_line(const std::string& title, const std::string& text) {
  std::cout << std::left << std::setw(16) << title << text << "\n";
}

std::string set_summary(const DataCheck& check, const std::vector<SurveyedImage>& set) {
  std::int64_t refused = 0;
  std::map<std::string, std::int64_t> faces;
  for (const SurveyedImage& image : set) {
    refused += !image.problem.empty();
    if (check.faces.count(&image)) ++faces[face_text(check, image)];
  }
  std::string text = std::to_string(set.size()) + (set.size() == 1 ? " image" : " images");
  if (refused > 0) text += ", " + std::to_string(refused) + " of them refused";
  if (!faces.empty())
    text += "; one face " + std::to_string(faces["yes"]) + ", several " + std::to_string(faces["several"]) +
            ", none found " + std::to_string(faces["no"]);
  return text;
}

// Of the regularisation set: by label, or by caption where that was not made of one.
std::map<std::string, std::int64_t> label_counts(const DataCheck& check) {
  std::map<std::string, std::int64_t> labels;
  for (const SurveyedImage& image : check.survey.reg) {
    const Caption& caption = image.caption;
    if (!caption.text.empty()) ++labels[caption.label.empty() ? caption.text : caption.label];
  }
  return labels;
}

// Lists the first few; the rest are counted.
template <class Items, class Text>
void print_list(const std::string& title, const Items& items, const Text& text) {
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < items.size() && i < kShown; ++i) print_summary_line(i == 0 ? title : "", text(items[i]));
  if (items.size() > kShown)
    print_summary_line("", "and " + std::to_string(items.size() - kShown) + " more; --json lists all");
}

std::string duplicate_text(const DataCheck& check, const DuplicateGroup& group) {
  constexpr std::size_t kShown = 6;
  std::string text = group.identical ? "the same file: " : "nearly the same picture: ";
  for (std::size_t i = 0; i < group.images.size() && i < kShown; ++i)
    text += (i == 0 ? "" : ", ") + name_in_set(check, *group.images[i]);
  if (group.images.size() > kShown) text += ", and " + std::to_string(group.images.size() - kShown) + " more";
  return text + (group.spans_sets() ? " (in both sets)" : "");
}

void print_shared(const DataCheck& check) {
  const auto in_both = std::count_if(check.duplicates.begin(), check.duplicates.end(),
                                     [](const DuplicateGroup& group) { return group.spans_sets(); });
  print_summary_line("in both sets", std::to_string(in_both) + " pictures, " + std::to_string(check.names.size()) +
                                         " names of folders and files");
  print_list("", check.names, [](const SharedName& name) {
    return "perhaps one person: " + miafr::quoted(name.name) + " (train " + std::to_string(name.train) + ", reg " +
           std::to_string(name.reg) + ")";
  });
  if (!check.matches) return;
  const FaceMatches& matches = *check.matches;
  print_summary_line("", std::to_string(matches.same.size()) +
                             " faces of the regularisation set are the subject's to " + matches.matcher.name + ", at " +
                             (matches.kind == ScoreKind::kSimilarity ? "similarity >= " : "distance <= ") +
                             format_number(matches.threshold) + " (" + matches.source + ")");
  print_list("", matches.same, [&](const SameFace& same) {
    std::ostringstream score;
    score << std::fixed << std::setprecision(3) << same.score;
    return name_in_set(check, *same.reg) + " like " + name_in_set(check, *same.train) + ": " + score.str();
  });
}

void print_summary(const DataCheck& check) {
  const Survey& survey = check.survey;
  std::cout << "\n";
  print_summary_line("subject", set_summary(check, survey.train));
  print_summary_line("regularisation", survey.reg.empty() ? "no set is given" : set_summary(check, survey.reg));
  if (!survey.reg.empty()) print_summary_line("labels", counts_text(label_counts(check)));
  std::map<std::string, std::int64_t> rules, sizes;
  for (const SurveyedImage* image : check.images) {
    if (!image->caption.text.empty()) ++rules[name_of(image->caption.rule)];
    if (image->width > 0) ++sizes[size_text(image->bucket.width, image->bucket.height)];
  }
  print_summary_line("captions by", counts_text(rules));
  if (check.long_captions > 0)
    print_summary_line("", std::to_string(check.long_captions) + " longer than " +
                               std::to_string(ClipTokenizer::kLength) + " tokens: the rest has no effect");
  print_list("no captions", survey.unused_texts, [](const UnusedText& text) {
    return shown(text.file.string(), 300) + ": no photo takes its caption from it" +
           (text.meant.empty() ? "" : "; is " + shown(text.meant.filename().string(), 300) + " meant?");
  });
  print_summary_line("trained at", counts_text(sizes));
  print_summary_line("duplicates",
                     std::to_string(check.duplicates.size()) + (check.duplicates.size() == 1 ? " group" : " groups"));
  print_list("", check.duplicates, [&](const DuplicateGroup& group) { return duplicate_text(check, group); });
  if (!survey.reg.empty()) print_shared(check);
  std::vector<const SurveyedImage*> refused;
  for (const SurveyedImage* image : check.images)
    if (!image->problem.empty()) refused.push_back(image);
  print_list("refused", refused,
             [&](const SurveyedImage* image) { return name_in_set(check, *image) + ": " + image->problem; });
}

Json json_of(const DataCheck& check, const SurveyedImage& image) {
  Json json = {{"set", set_of(image)}, {"file", path_in_set(check, image)}};
  if (image.width > 0) {
    json["width"] = image.width, json["height"] = image.height;
    json["bucket"] = {image.bucket.width, image.bucket.height};
    std::ostringstream hash;
    hash << std::hex << std::setw(16) << std::setfill('0') << image.difference_hash;
    json["difference_hash"] = hash.str();
  }
  if (!image.sha256.empty()) json["sha256"] = image.sha256;
  if (!image.caption.text.empty()) {
    json["caption"] = image.caption.text;
    json["caption_rule"] = name_of(image.caption.rule);
    if (!image.caption.label.empty()) json["label"] = image.caption.label;
  }
  if (const auto faces = check.faces.find(&image); faces != check.faces.end()) json["faces"] = faces->second;
  if (!image.problem.empty()) json["problem"] = image.problem;
  if (const auto notes = check.notes.find(&image); notes != check.notes.end()) json["notes"] = notes->second;
  return json;
}

}  // namespace

std::string name_in_set(const DataCheck& check, const SurveyedImage& image) {
  return std::string(set_of(image)) + "/" + shown(path_in_set(check, image), 300);
}

void print_data_check(const DataCheck& check) {
  print_table(check);
  print_summary(check);
}

Json json_of(const DataCheck& check) {
  const auto file = [&](const SurveyedImage& image) {
    return Json{{"set", set_of(image)}, {"file", path_in_set(check, image)}};
  };
  Json json = {{"trainable", problem_summary(check.survey).empty()}, {"images", Json::array()}};
  for (const SurveyedImage* image : check.images) json["images"].push_back(json_of(check, *image));
  json["labels"] = Json::object();
  for (const auto& [label, count] : label_counts(check)) json["labels"][label] = count;
  json["duplicates"] = Json::array();
  for (const DuplicateGroup& group : check.duplicates) {
    Json images = Json::array();
    for (const SurveyedImage* image : group.images) images.push_back(file(*image));
    json["duplicates"].push_back(
        {{"identical", group.identical}, {"in_both_sets", group.spans_sets()}, {"images", images}});
  }
  json["shared_names"] = Json::array();
  for (const SharedName& name : check.names)
    json["shared_names"].push_back({{"name", name.name}, {"train", name.train}, {"reg", name.reg}});
  if (check.matches) {
    const FaceMatches& matches = *check.matches;
    Json& faces = json["shared_faces"] = {{"matcher", matches.matcher.name},
                                          {"threshold", matches.threshold},
                                          {"threshold_source", matches.source},
                                          {"matches", Json::array()}};
    for (const SameFace& same : matches.same)
      faces["matches"].push_back({{"reg", file(*same.reg)}, {"train", file(*same.train)}, {"score", same.score}});
  }
  json["unused_texts"] = Json::array();
  for (const UnusedText& text : check.survey.unused_texts)
    json["unused_texts"].push_back({{"file", text.file.string()}, {"meant", text.meant.filename().string()}});
  json["warnings"] = check.survey.warnings;
  return json;
}

}  // namespace miafr
