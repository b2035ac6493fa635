// miafr data check: what a training run would be given, and what is wrong with it.
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/commands/data_check_text.h"
#include "core/commands/face_options.h"
#include "core/commands/option_values.h"
#include "core/config/load_config.h"
#include "core/config/nearest.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

void note_captions(DataCheck& check) {
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

void note_sizes(DataCheck& check) {
  constexpr double kMuch = 1.5;
  for (const SurveyedImage* image : check.images) {
    if (image->width == 0) continue;
    const double x = double(image->bucket.width) / image->width, y = double(image->bucket.height) / image->height;
    std::ostringstream note;
    note << std::fixed << std::setprecision(1) << "enlarged " << std::max(x, y) << " times";
    if (std::max(x, y) > kMuch) check.notes[image].push_back(note.str());
  }
}

void note_alone(DataCheck& check, std::int64_t batch_size) {
  for (const auto* set : {&check.survey.train, &check.survey.reg})
    for (const SurveyedImage* image : alone_in_bucket(*set))
      check.notes[image].push_back(alone_text(*image, batch_size));
}

void note_duplicates(DataCheck& check) {
  check.duplicates = duplicate_groups(check.survey);
  for (const DuplicateGroup& group : check.duplicates)
    for (const SurveyedImage* image : group.images) {
      const SurveyedImage* other = group.images[image == group.images[0] ? 1 : 0];
      check.notes[image].push_back((group.identical ? "same file as " : "nearly ") + name_in_set(check, *other));
    }
}

std::vector<AnalysedFace> find_faces(DataCheck& check, const FaceRun& run) {
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

void match_faces(DataCheck& check, const std::vector<AnalysedFace>& faces, const ChosenPlugin<FaceMatcher>& matcher) {
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
    check.notes[images[1][r]].push_back("looks like " + name_in_set(check, *images[0][best]));
  }
}

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
    const std::string name = word.substr(2, word.find_first_of(".=[") - 2);
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

  DataCheck check;
  check.folders = {folder_of(options, "data_root"), folder_of(options, "reg_data_root"),
                   value_or<std::string>(options, "token", "sks"),
                   value_or<std::string>(options, "class_word", "person")};
  const DataConfig config = read_config(options);
  check.survey = survey(check.folders, config, /*with_hashes=*/true, face_progress("read"));
  for (const std::string& warning : check.survey.warnings) log_warning(warning);
  for (const auto* set : {&check.survey.train, &check.survey.reg})
    for (const SurveyedImage& image : *set) check.images.push_back(&image);
  note_captions(check);
  note_sizes(check);
  note_alone(check, config.batch_size);
  note_duplicates(check);
  check.names = shared_names(check.survey, check.folders);
  if (detects) {
    EvaluateConfig config = faces_alone();
    config.matchers.clear();
    const FaceRun run = read_face_run(options, globals, config);
    if (options.has("matcher")) check.matches = matches_with(options, run.networks.matchers[0]);
    const std::vector<AnalysedFace> faces = find_faces(check, run);
    if (check.matches) match_faces(check, faces, run.networks.matchers[0]);
  }

  if (options.has("json")) {
    std::cout << json_of(check).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << "\n";
  } else {
    print_data_check(check);
  }
  if (const std::string problems = problem_summary(check.survey); !problems.empty()) throw Error(problems);
  return 0;
}

}  // namespace miafr
