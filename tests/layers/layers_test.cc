// Which folder stands on which: by the #include lines of the sources that the program is built from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace miafr_tests {
namespace {

using testing::HasSubstr;

// For each folder, the folders that it includes something of, and one line that does so.
using Includes = std::map<std::string, std::map<std::string, std::string>>;

bool is_source(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".h" || extension == ".cc" || extension == ".cu";
}

// `root` has the folders of the source tree; only what lies under `top` is read.
Includes includes_under(const fs::path& root, const std::string& top) {
  static const std::regex kInclude(R"re(\s*#\s*include\s*"([^"]+)/[^"/]+".*)re");
  Includes includes;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
    if (!is_source(entry.path())) continue;
    const std::string file = entry.path().lexically_relative(root).string();
    const std::string folder = fs::path(file).parent_path().string();
    includes[folder];
    std::ifstream lines(entry.path());
    std::smatch match;
    for (std::string line; std::getline(lines, line);)
      if (std::regex_match(line, match, kInclude) && match[1] != folder)
        includes[folder][match[1]] = file + ": " + line;
  }
  return includes;
}

// Follows the includes from `folder`; `path` is the way to it. The lines of the first circle that is met.
std::optional<std::string> circle_from(const std::string& folder, const Includes& includes,
                                       std::vector<std::string>& path, std::map<std::string, bool>& finished) {
  const auto on_path = std::find(path.begin(), path.end(), folder);
  if (on_path != path.end()) {
    std::string lines = "these folders stand on each other:\n";
    for (auto at = on_path; at != path.end(); ++at)
      lines += "  " + includes.at(*at).at(at + 1 == path.end() ? folder : *(at + 1)) + "\n";
    return lines;
  }
  if (finished[folder] || includes.count(folder) == 0) return std::nullopt;
  path.push_back(folder);
  for (const auto& [below, line] : includes.at(folder))
    if (const auto circle = circle_from(below, includes, path, finished)) return circle;
  path.pop_back();
  finished[folder] = true;
  return std::nullopt;
}

std::optional<std::string> circle_in(const Includes& includes) {
  std::map<std::string, bool> finished;
  for (const auto& [folder, below] : includes) {
    std::vector<std::string> path;
    if (const auto circle = circle_from(folder, includes, path, finished)) return circle;
  }
  return std::nullopt;
}

bool begins_with_any(const std::string& text, const std::vector<std::string>& starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](const std::string& start) { return (text + "/").rfind(start + "/", 0) == 0; });
}

// Lines of `top` that include something of folders which stand on it.
std::vector<std::string> lines_upwards(const Includes& includes, const std::vector<std::string>& upper) {
  std::vector<std::string> lines;
  for (const auto& [folder, below] : includes)
    for (const auto& [other, line] : below)
      if (begins_with_any(other, upper)) lines.push_back(line);
  return lines;
}

TEST(Layers, FoldersOfCoreFormNoCircle) {
  const Includes includes = includes_under(fs::current_path(), "core");
  for (const char* folder : {"core/base", "core/commands", "core/cuda", "core/nn"})
    EXPECT_EQ(includes.count(folder), 1U) << "the sources of " << folder << " are not here";
  EXPECT_EQ(circle_in(includes).value_or(""), "");
}

TEST(Layers, CoreStandsOnNothingThatStandsOnIt) {
  EXPECT_THAT(lines_upwards(includes_under(fs::current_path(), "core"), {"demo", "plugins", "tests", "bench"}),
              testing::IsEmpty());
}

class SmallTree : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& include) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << "#pragma once\n#include <string>\n#include \"" << include << "\"\n";
  }

  const fs::path root_ = temporary_folder();
};

TEST_F(SmallTree, ACircleOfThreeFoldersIsNamedByItsLines) {
  write("core/a/one.h", "core/b/two.h");
  write("core/b/two.h", "core/b/three.h");  // within a folder, anything goes
  write("core/b/three.h", "core/c/four.h");
  EXPECT_EQ(circle_in(includes_under(root_, "core")), std::nullopt);
  write("core/c/five.h", "core/a/six.h");  // no two headers form a circle, the folders do
  const std::string circle = circle_in(includes_under(root_, "core")).value_or("");
  for (const char* line : {"core/a/one.h: #include \"core/b/two.h\"", "core/b/three.h: #include \"core/c/four.h\"",
                           "core/c/five.h: #include \"core/a/six.h\""})
    EXPECT_THAT(circle, HasSubstr(line));
}

TEST_F(SmallTree, AnIncludeUpwardsIsNamed) {
  write("core/a/one.h", "demo/command/page.h");
  write("core/a/two.h", "demographics/page.h");
  EXPECT_THAT(lines_upwards(includes_under(root_, "core"), {"demo"}),
              testing::ElementsAre("core/a/one.h: #include \"demo/command/page.h\""));
}

}  // namespace
}  // namespace miafr_tests
