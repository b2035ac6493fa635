// The images of an evaluation: whose face each shows, and what was done to it.
#pragma once

#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace miafr {

struct Sample {
  std::filesystem::path file;
  std::string name;                     // in tables and reports: the given folder's name and the path below it
  std::string subject;                  // the person
  std::string label;                    // age or attribute; "" where there is none
  std::string method;                   // by which the image was edited; "" where it has no name
  std::filesystem::path original = {};  // the reference that a round trip was made of; else empty
};

// How subject and label follow from a path below the folder, such as "anna/old/00001.png". Each expression (ECMAScript)
// must match somewhere; its first group, or all of it without one, is the name.
struct SampleRules {
  std::optional<std::regex> subject, label;
  std::string one_subject;  // where all images show one person
};

struct Samples {
  std::vector<Sample> images;
  std::vector<std::string> refused;  // "PATH: reason": links that lead outside and the like
};

// The images below a folder, sorted by path.
//   subject: by one_subject, else by the expression, else the first folder.
//   label: by the expression; else by the manifest.csv of a folder that `miafr generate` wrote, where only the pictures
//     that the manifest lists are images of the evaluation; else the second folder.
// Throws Error for an image whose subject or label cannot be told, and for a folder without images.
Samples collect_samples(const std::filesystem::path& folder, const SampleRules& rules, const std::string& method);

struct SamplePair {
  std::filesystem::path a, b;
  bool genuine = false;
  std::string group;
};

// A CSV with the columns image_a, image_b, label (genuine or impostor) and perhaps group. Relative paths are meant from
// the CSV's folder. Throws Error "FILE:LINE: …".
std::vector<SamplePair> read_pairs(const std::filesystem::path& csv);

// An expression of the command line. Throws UsageError that names the option.
std::regex parse_expression(const std::string& option, const std::string& text);

}  // namespace miafr
