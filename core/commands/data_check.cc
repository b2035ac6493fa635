// miafr data check: what a training run would be given, and what is wrong with it.
#include <torch/types.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "core/commands/face_options.h"
#include "core/commands/option_values.h"
#include "core/config/load_config.h"
#include "core/config/nearest.h"
#include "core/config/scalar.h"
#include "core/data/duplicates.h"
#include "core/data/survey.h"
#include "core/image/difference_hash.h"
#include "core/runtime/errors.h"
#include "core/runtime/log.h"
#include "core/runtime/shown.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

// A face of the regularisation set that the matcher takes for the subject's.
struct SameFace {
  const SurveyedImage* reg;
  const SurveyedImage* train;  // the one that it is most like
  double score;
};

struct FaceMatches {
  PluginIdentity matcher;
  ScoreKind kind = ScoreKind::kSimilarity;
  double threshold = std::nan("");
  std::string source;  // of the threshold
  std::vector<SameFace> same;
};

// All that is known of both sets.
struct Check {
  DataFolders folders;
  Survey survey;
  std::vector<const SurveyedImage*> images;  // of both sets
  std::map<const SurveyedImage*, std::vector<std::string>> notes;
  std::map<const SurveyedImage*, std::int64_t> faces;  // none where no detector was asked, or the image is unreadable
  std::vector<DuplicateGroup> duplicates;
  std::vector<SharedName> names;
  std::optional<FaceMatches> matches;
  std::int64_t long_captions = 0;
};

const char* set_of(const SurveyedImage& image) { return image.in_reg ? "reg" : "train"; }

std::string path_in_set(const Check& check, const SurveyedImage& image) {
  return image.file.lexically_relative(image.in_reg ? check.folders.reg : check.folders.train).generic_string();
}

// "train/a.png", for lists.
std::string name_of(const Check& check, const SurveyedImage& image) {
  return std::string(set_of(image)) + "/" + shown(path_in_set(check, image), 300);
}

std::string size_text(std::int64_t width, std::int64_t height) {
  return width == 0 ? "-" : std::to_string(width) + "x" + std::to_string(height);
}

// ---- what is looked at ----

void note_captions(Check& check) {
  const ClipTokenizer tokenizer(shared_file("bpe_simple_vocab_16e6.txt.gz"));
  for (const SurveyedImage* image : check.images) {
    if (!image->caption.note.empty()) check.notes[image].push_back(image->caption.note);
    std::size_t tokens = 2;  // start and end
    for (const ClipTokenizer::Word& word : tokenizer.split(image->caption.text).words) tokens += word.ids.size();
    if (tokens <= ClipTokenizer::kLength) continue;
    ++check.long_captions;
    check.notes[image].push_back("caption of " + std::to_string(tokens) + " tokens, cut at " +
                                 std::to_string(ClipTokenizer::kLength));
  }
}

void note_sizes(Check& check) {
  constexpr double kMuch = 1.5;
  for (const SurveyedImage* image : check.images) {
    if (image->width == 0) continue;
    const double x = double(image->bucket.width) / image->width, y = double(image->bucket.height) / image->height;
    std::ostringstream note;
    note << std::fixed << std::setprecision(1) << "enlarged " << std::max(x, y) << " times";
    if (std::max(x, y) > kMuch) check.notes[image].push_back(note.str());
  }
}

void note_duplicates(Check& check) {
  check.duplicates = duplicate_groups(check.survey);
  for (const DuplicateGroup& group : check.duplicates)
    for (const SurveyedImage* image : group.images) {
      const SurveyedImage* other = group.images[image == group.images[0] ? 1 : 0];
      check.notes[image].push_back((group.identical ? "same file as " : "nearly ") + name_of(check, *other));
    }
}

std::vector<AnalysedFace> find_faces(Check& check, const FaceRun& run) {
  std::vector<fs::path> files;
  std::vector<const SurveyedImage*> readable;
  for (const SurveyedImage* image : check.images)
    if (image->width > 0) {
      readable.push_back(image);
      files.push_back(image->file);
    }
  std::vector<AnalysedFace> faces = analyse_faces(files, run.networks, run.settings, face_progress("faces"));
  for (std::size_t i = 0; i < faces.size(); ++i) check.faces[readable[i]] = faces[i].faces_found;
  return faces;
}

// The threshold of --threshold, else the matcher's usual one.
FaceMatches matches_with(const Options& options, const ChosenPlugin<FaceMatcher>& matcher) {
  const FaceMatcherInfo& info = matcher.object->info();
  FaceMatches matches{matcher.identity, info.score_kind, info.usual_threshold, info.threshold_source, {}};
  if (options.has("threshold")) {
    matches.threshold = options.get<double>("threshold");
    matches.source = "--threshold";
  }
  if (!std::isfinite(matches.threshold))
    throw UsageError("--matcher " + matcher.identity.name + ": it has no usual threshold; give --threshold X");
  return matches;
}

void match_faces(Check& check, const std::vector<AnalysedFace>& faces, const ChosenPlugin<FaceMatcher>& matcher) {
  const at::NoGradGuard no_grad;
  std::vector<const SurveyedImage*> images[2];
  std::vector<at::Tensor> rows[2];
  std::map<fs::path, const SurveyedImage*> by_file;
  for (const SurveyedImage* image : check.images) by_file[image->file] = image;
  for (const AnalysedFace& face : faces) {
    if (face.embeddings.empty() || face.embeddings[0].empty()) continue;
    const SurveyedImage* image = by_file.at(face.file);
    images[image->in_reg].push_back(image);
    rows[image->in_reg].push_back(at::tensor(face.embeddings[0]).to(matcher.host->device()));
  }
  if (rows[0].empty() || rows[1].empty()) return;
  FaceMatches& matches = *check.matches;
  const at::Tensor train = at::stack(rows[0]);  // [N, D]
  const bool similarity = matches.kind == ScoreKind::kSimilarity;
  for (std::size_t r = 0; r < rows[1].size(); ++r) {
    const at::Tensor scores =
        matcher.call("compare", [&](FaceMatcher& f) { return f.compare(train, rows[1][r].expand_as(train)); })
            .to(at::kCPU, at::kDouble);  // [N]
    const std::int64_t best = (similarity ? scores.argmax() : scores.argmin()).item<std::int64_t>();
    const double score = scores[best].item<double>();
    if (similarity ? score < matches.threshold : score > matches.threshold) continue;
    matches.same.push_back({images[1][r], images[0][best], score});
    check.notes[images[1][r]].push_back("looks like " + name_of(check, *images[0][best]));
  }
}

// ---- what is printed ----

std::string face_text(const Check& check, const SurveyedImage& image) {
  const auto found = check.faces.find(&image);
  if (found == check.faces.end()) return "-";
  return found->second == 0 ? "no" : found->second == 1 ? "yes" : "several";
}

std::string notes_text(const Check& check, const SurveyedImage& image) {
  std::string text = image.problem.empty() ? "" : "REFUSED: " + image.problem;
  const auto notes = check.notes.find(&image);
  if (notes != check.notes.end())
    for (const std::string& note : notes->second) text += (text.empty() ? "" : "; ") + note;
  return text;
}

void print_table(const Check& check) {
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

std::string set_summary(const Check& check, const std::vector<SurveyedImage>& set) {
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
std::map<std::string, std::int64_t> label_counts(const Check& check) {
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

std::string duplicate_text(const Check& check, const DuplicateGroup& group) {
  constexpr std::size_t kShown = 6;
  std::string text = group.identical ? "the same file: " : "nearly the same picture: ";
  for (std::size_t i = 0; i < group.images.size() && i < kShown; ++i)
    text += (i == 0 ? "" : ", ") + name_of(check, *group.images[i]);
  if (group.images.size() > kShown) text += ", and " + std::to_string(group.images.size() - kShown) + " more";
  return text + (group.spans_sets() ? " (in both sets)" : "");
}

void print_shared(const Check& check) {
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
    return name_of(check, *same.reg) + " like " + name_of(check, *same.train) + ": " + score.str();
  });
}

void print_summary(const Check& check) {
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
  print_summary_line("trained at", counts_text(sizes));
  print_summary_line("duplicates",
                     std::to_string(check.duplicates.size()) + (check.duplicates.size() == 1 ? " group" : " groups"));
  print_list("", check.duplicates, [&](const DuplicateGroup& group) { return duplicate_text(check, group); });
  if (!survey.reg.empty()) print_shared(check);
  std::vector<const SurveyedImage*> refused;
  for (const SurveyedImage* image : check.images)
    if (!image->problem.empty()) refused.push_back(image);
  print_list("refused", refused,
             [&](const SurveyedImage* image) { return name_of(check, *image) + ": " + image->problem; });
}

Json json_of(const Check& check, const SurveyedImage& image) {
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

Json json_of(const Check& check) {
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
  json["warnings"] = check.survey.warnings;
  return json;
}

// ---- options ----

void describe(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("data_root", text("DIR"), "photos of the subject");
  add("reg_data_root", text("DIR"), "the regularisation set: photos of other people");
  add("base", text("CONFIG"), "the config of the run (default: every setting's default)");
  add("token", text("WORD"), "the subject's rare word, {token} of captions (default: sks)");
  add("class_word", text("WORD"), "{class} of captions (default: person)");
  add("detector", text("NAME"), "face detector plugin (default: mtcnn), or none");
  add("matcher,m", po::value<std::vector<std::string>>()->value_name("NAME"),
      "also compare the faces of the two sets with this matcher: is the subject among the others?");
  add("threshold,t", po::value<double>()->value_name("X"), "its score for one person (default: its usual one)");
  add("device", text("D"), "cpu, cuda or auto (default)");
  add("no-cache", "find faces anew, and keep nothing in ~/.cache/miafr");
  add("json", "as JSON");
  options.keep_rest();
}

// An option that is none would be taken for a change of the config, whose error does not know the options.
void refuse_unknown(const Options& options) {
  static const std::vector<std::string> kNames = {"data_root",  "reg_data_root", "base",    "token",
                                                  "class_word", "detector",      "matcher", "threshold",
                                                  "device",     "no-cache",      "json"};
  for (const std::string& word : options.rest()) {
    if (word.rfind("--", 0) != 0) continue;
    const std::string name = word.substr(2, word.find_first_of(".=[") - std::min<std::size_t>(2, word.size()));
    const auto& sections = section_infos();
    const auto is_section = [&](const SectionInfo& section) { return section.name == name; };
    if (std::any_of(sections.begin(), sections.end(), is_section) || word.find('.') != std::string::npos) continue;
    throw UsageError("unknown option '" + shown(word) + "'" + suggestion(name, kNames, "known") +
                     "; see: miafr data check --help");
  }
}

DataConfig read_config(const Options& options) {
  const std::vector<Override> overrides = parse_overrides(options.rest());
  const LoadedConfig loaded = options.has("base") ? load_config(options.get<std::string>("base"), overrides)
                                                  : load_config_text("{}", "defaults", overrides);
  for (const std::string& notice : loaded.notices) log_info(notice);
  return loaded.config.data;
}

fs::path folder_of(const Options& options, const std::string& name) {
  const std::string text = value_or<std::string>(options, name, "");
  if (options.has(name) && text.empty()) throw UsageError("--" + name + " '': name a folder");
  const fs::path folder = text;
  return folder.has_filename() ? folder : folder.parent_path();
}

}  // namespace

int run_data_check(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("data check --data_root DIR [--reg_data_root DIR] [--KEY VALUE…]",
                  "Lists every photo that a training run would be given, with its caption and what is wrong with it. "
                  "The exit code\nis 0 where training would take them all. --data.caption \"…\" and the like change "
                  "the config, as in config check.");
  describe(options);
  if (!options.parse(arguments)) return 0;
  refuse_unknown(options);
  if (!options.has("data_root")) throw UsageError("missing --data_root DIR; see: miafr data check --help");
  const bool detects = value_or<std::string>(options, "detector", "mtcnn") != "none";
  if (options.has("matcher") && !detects) throw UsageError("--matcher needs a --detector");
  if (options.has("threshold") && !options.has("matcher")) throw UsageError("--threshold needs a --matcher");
  if (options.list("matcher").size() > 1) throw UsageError("--matcher: give one");

  Check check;
  check.folders = {folder_of(options, "data_root"), folder_of(options, "reg_data_root"),
                   value_or<std::string>(options, "token", "sks"),
                   value_or<std::string>(options, "class_word", "person")};
  check.survey = survey(check.folders, read_config(options), /*with_hashes=*/true, face_progress("read"));
  for (const std::string& warning : check.survey.warnings) log_warning(warning);
  for (const auto* set : {&check.survey.train, &check.survey.reg})
    for (const SurveyedImage& image : *set) check.images.push_back(&image);
  note_captions(check);
  note_sizes(check);
  note_duplicates(check);
  check.names = shared_names(check.survey, check.folders);
  if (detects) {
    const FaceRun run = read_face_run(options, globals, {});
    if (options.has("matcher")) check.matches = matches_with(options, run.networks.matchers[0]);
    const std::vector<AnalysedFace> faces = find_faces(check, run);
    if (check.matches) match_faces(check, faces, run.networks.matchers[0]);
  }

  if (options.has("json")) {
    std::cout << json_of(check).dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  } else {
    print_table(check);
    print_summary(check);
  }
  if (const std::string problems = problem_summary(check.survey); !problems.empty()) throw Error(problems);
  return 0;
}

}  // namespace miafr
