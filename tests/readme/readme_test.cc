// Every command that the README and the pages in docs show is run as it stands there, in a folder that has what it
// names: on small networks, fewer steps and pictures, but else unchanged.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "demo/render/folder.h"
#include "demo/render/people.h"
#include "tests/support/process.h"
#include "tests/support/tiny_sd.h"

namespace miafr_tests {
namespace {

// Indented by four spaces, as Markdown shows code: each without its indent, "" between them.
std::vector<std::string> code_lines(const std::string& page) {
  std::vector<std::string> lines;
  std::istringstream text(page);
  for (std::string line; std::getline(text, line);) lines.push_back(line.rfind("    ", 0) == 0 ? line.substr(4) : "");
  return lines;
}

// What is to be typed, in one line each.
std::vector<std::string> commands_of(const std::string& page) {
  std::vector<std::string> commands;
  std::string command;
  for (const std::string& line : code_lines(page)) {
    const bool goes_on = !command.empty();
    if (!goes_on && line.rfind("./miafr ", 0) != 0 && line.rfind("g++ ", 0) != 0) continue;
    command += line;
    if (command.back() == '\\') {
      command.pop_back();
      continue;
    }
    commands.push_back(std::regex_replace(command, std::regex("  +# .*| +$"), ""));
    command.clear();
  }
  return commands;
}

// What stands between ```cpp and ```.
std::string fenced_code_of(const std::string& page) {
  const std::string begin = "```cpp\n";
  const std::size_t from = page.find(begin), to = page.find("```", from + begin.size());
  return from == std::string::npos ? "" : page.substr(from + begin.size(), to - from - begin.size());
}

// The block of code that begins with these words.
std::string block_of(const std::string& page, const std::string& start) {
  std::string block;
  for (const std::string& line : code_lines(page)) {
    if (block.empty() && line.rfind(start, 0) != 0) continue;
    if (line.empty()) break;
    block += line + "\n";
  }
  return block;
}

bool begins(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

// The launcher's own, and what has a test of its own (tests/demo/command, tests/out_of_tree).
bool is_run_elsewhere(const std::string& command) {
  for (const char* start : {"./miafr demo", "./miafr test", "./miafr setup", "./miafr build", "./miafr install",
                            "g++ my_loss.cc $(pkg-config"})
    if (begins(command, start)) return true;
  return false;
}

// With less to compute.
std::string shortened(std::string command) {
  if (begins(command, "./miafr generate")) {
    command = std::regex_replace(command, std::regex(" --(n_samples|ddim_steps) \\d+"), "");
    command += " --n_samples 1 --ddim_steps 2 --H 64 --W 64";
  }
  if (begins(command, "./miafr edit --editor inversion:"))
    command = std::regex_replace(command, std::regex("(inversion:[^ ]*)"), "$1,steps=2,height=64,width=64");
  if (begins(command, "./miafr train --base")) command += " train.steps=2 data.size=64 train.preview_every=0";
  if (begins(command, "./miafr train -r")) command += " train.steps=3";
  if (begins(command, "./miafr experiment"))
    command +=
        " train.steps=1 data.size=64 seeds=[1] sampler.steps=2 generate.images=1 generate.width=64 "
        "generate.height=64 evaluate.bootstrap=20";
  return command;
}

// Photos as a user has them: of a real face one person's, and drawn people for the rest.
class Workshop {
 public:
  Workshop() : folder_(temporary_folder()) {
    write("miafr", "#!/bin/sh\nexec " + (prefix() / "bin" / "miafr").string() + " \"$@\"\n");
    fs::permissions(folder_ / "miafr", fs::perms::owner_exec, fs::perm_options::add);
    for (const auto& entry : fs::directory_iterator("configs"))
      if (entry.path().extension() == ".yaml")
        copy_writable(fs::canonical(entry.path()), folder_ / "configs" / entry.path().filename());
    take_portraits();
    draw_others();
    for (const char* photo : {"a.jpg", "b.jpg", "edited/ben/old/0.png"}) {
      fs::create_directories((folder_ / photo).parent_path());
      cv::imwrite((folder_ / photo).string(), cv::imread((folder_ / "real/ben/0.png").string()));
    }
    const auto published = data_file("tests/core/config/published/v1-finetune_contrastiveloss.yaml");
    copy_writable(published, folder_ / published.filename());
    write_half_safetensors(folder_ / "small.safetensors", plain_sd_tensors());
    run("./miafr convert small.safetensors v1-5-pruned.ckpt");
  }

  ProcessResult run(const std::string& command) {
    return run_process({"/bin/bash", "-c", command}, {{"XDG_CACHE_HOME", (folder_ / "cache").string()}}, folder_);
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  bool has(const std::string& name) const { return fs::exists(folder_ / name); }

  // The page names a run folder; the latest run gets that name.
  void name_the_run(const std::string& command) {
    std::smatch name;
    if (!std::regex_search(command, name, std::regex("logs/[^/ ]*_anna")) || has(name.str())) return;
    for (const auto& run : fs::directory_iterator(folder_ / "logs")) fs::rename(run.path(), folder_ / name.str());
  }

 private:
  // Crops of the one portrait that may be given on: a little off each time, and mirrored for somebody else.
  void take_portraits() {
    const cv::Mat portrait = cv::imread(data_file("models/astronaut.png").string());
    for (int i = 0; i < 3; ++i) {
      const cv::Rect crop(100 + 4 * i, 3 * i, 250, 250);
      for (const char* person : {"photos/anna", "real/anna", "real/ben"}) {
        fs::create_directories(folder_ / person);
        cv::Mat photo;
        cv::resize(portrait(crop), photo, {}, 1 - 0.1 * i, 1 - 0.1 * i);
        if (std::string(person) == "real/anna") photo *= 0.8;
        if (std::string(person) == "real/ben") cv::flip(photo, photo, 1);
        cv::imwrite((folder_ / person / (std::to_string(i) + ".png")).string(), photo);
      }
    }
  }

  void draw_others() {
    std::vector<miafr::demo::Photo> photos;
    std::uint64_t person = miafr::demo::kTestPeople;
    for (const auto age : miafr::demo::kAgeLabels) {
      const std::string name = std::string(miafr::demo::age_name(age));
      photos.push_back(photo_of(person++, age, 0, 0, fs::path("others") / (name + "_0001.png")));
      photos.push_back(photo_of(person++, age, 0, 0, fs::path("lfw") / name / "0001.png"));
    }
    write_photos(folder_, photos, 64);
  }

  const fs::path folder_;
};

// The editor that the page shows can be built, passes its checks and learns.
void check_editor(Workshop& workshop, const std::string& page) {
  workshop.write("my_editor.cc", fenced_code_of(page));
  workshop.write("labels.csv", "file,age\nchild_0001.png,young\nold_0001.png,old\n");
  const ProcessResult fitted = workshop.run(
      "rm libmy_editor.so && g++ $(./miafr plugins flags) my_editor.cc -o libmy_editor.so && "
      "./miafr --plugin-dir . plugins check my_editor && "
      "./miafr --plugin-dir . fit --editor my_editor --data others --labels labels.csv -n job steps=20 && "
      "./miafr --plugin-dir . edit --editor my_editor:weights=$(ls logs/*_job/checkpoints/last.safetensors) "
      "--input photos/anna --age old --outdir tinted");
  EXPECT_EQ(fitted.exit_code, 0) << fitted.out << fitted.err;
  EXPECT_TRUE(workshop.has("tinted/samples/00002.png"));
}

TEST(Readme, EveryCommandDoesWhatItIsShownFor) {
  std::vector<fs::path> pages = {data_file("README.md")};
  for (const auto& page : fs::directory_iterator("docs"))
    if (page.path().extension() == ".md" && page.path().filename() != "development.md") pages.push_back(page.path());
  std::sort(pages.begin() + 1, pages.end());
  std::set<std::string> done;  // what several pages show is run once
  for (const fs::path& page : pages) {
    const std::string text = read_text(page);
    Workshop workshop;
    workshop.write("study.yaml", block_of(text, "checkpoint:"));
    for (const std::string& command : commands_of(text)) {
      if (is_run_elsewhere(command) || !done.insert(command).second) continue;
      workshop.name_the_run(command);
      const ProcessResult result = workshop.run(shortened(command));
      EXPECT_EQ(result.exit_code, 0) << page.filename() << ": " << command << "\n" << result.err;
    }
    if (page.filename() == "editing.md") check_editor(workshop, text);
    if (page != pages.front()) continue;
    for (const char* made : {"out/grid-0000.png", "edited/anna/manifest.csv", "evaluation/report.html",
                             "experiments/ageing/report.html", "libmy_loss.so"})
      EXPECT_TRUE(workshop.has(made)) << made;
    workshop.write("my_loss.cc", fenced_code_of(text));
    const ProcessResult built = workshop.run(
        "rm libmy_loss.so && g++ $(./miafr plugins flags) my_loss.cc -o libmy_loss.so && "
        "./miafr --plugin-dir . plugins check my_loss");
    EXPECT_EQ(built.exit_code, 0) << built.out << built.err;
  }
  EXPECT_GT(done.size(), 15u);
}

}  // namespace
}  // namespace miafr_tests
