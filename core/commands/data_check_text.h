// What `miafr data check` found, and how it is told.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/data/duplicates.h"
#include "core/data/survey.h"
#include "core/plugin/score_kind.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

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
struct DataCheck {
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

// "train/a.png", for lists: the set, and the path below its folder.
std::string name_in_set(const DataCheck& check, const SurveyedImage& image);

// A line for each image, then what both sets hold together.
void print_data_check(const DataCheck& check);

nlohmann::ordered_json json_of(const DataCheck& check);

}  // namespace miafr
