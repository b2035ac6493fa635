// The images of an evaluation: whose face each shows, and what was done to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace miafr {

struct Sample {
  std::filesystem::path file;
  std::string name;                     // in tables and reports, where no other image has it
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
  std::vector<std::string> refused;  // "PATH: reason": links that lead outside, pictures of a manifest that are gone
};

// The images below a folder, sorted by path. name: what their names begin with; see distinct_names.
//   subject: by one_subject, else by the expression, else the first folder.
//   label: by the expression; else by the manifest.csv of a folder that `miafr generate` wrote, where only the pictures
//     that the manifest lists are images of the evaluation; else the second folder.
// Throws Error for an image whose subject or label cannot be told, and for a folder without images.
Samples collect_samples(const std::filesystem::path& folder, const std::string& name, const SampleRules& rules,
                        const std::string& method);

// Images of several folders in one evaluation.
struct SampleFolder {
  std::string role;  // "references", "probes" or the method
  std::filesystem::path folder;
};

// What the images' names begin with in place of each folder's name: that name, with the role before it where another
// folder has the same, so that no two images of an evaluation have one name. reserved: what no name may begin with.
std::vector<std::string> distinct_names(const std::vector<SampleFolder>& folders,
                                        const std::vector<std::string>& reserved);

struct SamplePair {
  std::string name_a, name_b;  // as the list has them; of whole paths what lies below the folder that all share
  std::filesystem::path a, b;
  bool genuine = false;
  std::string group;
  std::int64_t line = 0;  // of the list
};

// A CSV with the columns image_a, image_b, label (genuine or impostor) and perhaps group. Relative paths are meant from
// the CSV's folder. Throws Error "FILE:LINE: …".
std::vector<SamplePair> read_pairs(const std::filesystem::path& csv);

// Throws Error "FILE:LINE: …" for the first image of the list that is not there, with the one that is likely meant.
void check_pairs(const std::filesystem::path& csv, const std::vector<SamplePair>& pairs);

// An expression of the command line. Throws UsageError that names the option.
std::regex parse_expression(const std::string& option, const std::string& text);

}  // namespace miafr
