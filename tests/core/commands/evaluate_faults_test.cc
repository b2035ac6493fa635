// Faults from outside: file names that no format likes, and Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>

#include "core/io/csv.h"
#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kNames = {"line\nbreak.png",
                                         "quotes\"'`.png",
                                         "=HYPERLINK(\"a\").png",
                                         "-dash.png",
                                         "comma, semicolon;.png",
                                         "tab\tand\x01.png",
                                         "latin\xe9\xff.png",
                                         "<img src=x onerror=alert(1)>&amp;.png",
                                         "\\x{}$_%#~^&.png",
                                         "\xe2\x80\xaeright to left.png",
                                         std::string(251, 'n') + ".png"};
const std::vector<std::string> kPersons = {"=1+1", "two\nlines <b>", "latin\xe9"};

void write_noise(const fs::path& file, int seed) {  // as bytes: OpenCV tells formats by the file's name
  fs::create_directories(file.parent_path());
  cv::Mat image(112, 112, CV_8UC3);
  cv::RNG(seed).fill(image, cv::RNG::UNIFORM, 0, 255);
  std::vector<unsigned char> bytes;
  ASSERT_TRUE(cv::imencode(".png", image, bytes));
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// Each of `names` for each person, below `folder`.
void write_all(const fs::path& folder, int seed) {
  for (const std::string& person : kPersons)
    for (const std::string& name : kNames) write_noise(folder / person / name, ++seed);
}

bool is_utf8(const std::string& text) {
  try {
    json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

ProcessResult run(std::vector<std::string> arguments) {
  static const std::string cache = temporary_folder().string();
  return miafr(std::move(arguments), {{"XDG_CACHE_HOME", cache}});
}

bool is_number(const std::string& text) {
  return !text.empty() && (std::isdigit(static_cast<unsigned char>(text.back())) || text == "-inf");
}

// All rows are as long as the first, and a spreadsheet runs no field.
void expect_harmless(const fs::path& csv) {
  std::size_t columns = 0;
  miafr::read_csv(csv, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    if (columns == 0) columns = fields.size();
    EXPECT_EQ(fields.size(), columns) << csv << ":" << line;
    for (const std::string_view field : fields) {
      const bool formula = !field.empty() && std::strchr("=+-@\t\r", field[0]) != nullptr;
      EXPECT_TRUE(!formula || is_number(std::string(field))) << csv << ":" << line << ": " << field;
    }
  });
}

TEST(FileNames, AnyNameGoesThroughEvaluate) {
  const fs::path folder = temporary_folder(), out = folder / "out";
  write_all(folder / "real", 0);
  write_all(folder / "edited", 1000);
  const ProcessResult done =
      run({"evaluate", "--references", (folder / "real").string(), "--probes", (folder / "edited").string(),
           "--aligned", "--out", out.string(), "--bootstrap", "50", "--title", "<script>alert(1)</script>"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_TRUE(is_utf8(done.err) && is_utf8(done.out));
  EXPECT_THAT(done.err, Not(HasSubstr("\x01")));
  const json results = json::parse(read_text(out / "results.json"));
  EXPECT_EQ(results["matchers"][0]["methods"][0]["groups"][0]["genuine"], 3 * 11 * 10 / 2);
  const std::string html = read_text(out / "report.html");
  EXPECT_TRUE(is_utf8(html));
  for (const char* raw : {"<img src=x", "<script", "<b>", "\x01"}) EXPECT_THAT(html, Not(HasSubstr(raw)));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
  for (const char* name : {"scores.csv", "images.csv", "failures.csv", "embeddings.csv", "cmc.csv", "summary.csv",
                           "embeddings/images.csv"})
    expect_harmless(out / name);
  for (const auto& plot : fs::directory_iterator(out / "plots"))
    if (plot.path().extension() == ".svg") {
      EXPECT_TRUE(is_utf8(read_text(plot.path()))) << plot.path();
    }
  // What was written is read back as it was.
  const ProcessResult again = run({"evaluate", "--from-scores", (out / "scores.csv").string(), "--score-kind",
                                   "distance", "--out", (folder / "again").string(), "--bootstrap", "50"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(read_text(folder / "again" / "scores.csv"), read_text(out / "scores.csv"));
}

TEST(FileNames, AnyNameGoesThroughDetectAndEmbed) {
  const fs::path folder = temporary_folder();
  write_all(folder / "in", 0);
  std::ofstream(folder / "in" / "not an\nimage\xe9.png") << "<html>";
  const std::size_t files = kNames.size() * kPersons.size() + 1;
  const ProcessResult found = run({"detect", (folder / "in").string()});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  EXPECT_EQ(static_cast<std::size_t>(std::count(found.out.begin(), found.out.end(), '\n')), files);
  EXPECT_TRUE(is_utf8(found.out));
  const ProcessResult machine = run({"detect", "--json", (folder / "in").string()});
  ASSERT_EQ(machine.exit_code, 0) << machine.err;
  EXPECT_EQ(json::parse(machine.out).size(), files);
  const ProcessResult embedded =
      run({"embed", "--aligned", (folder / "in").string(), "--out", (folder / "e.npy").string()});
  ASSERT_EQ(embedded.exit_code, 0) << embedded.err;
  expect_harmless(folder / "e.npy.csv");
}

// Ends in a row that is refused: an end with 130 came before it.
TEST(Interrupt, ReadingScoresStopsAtOnce) {
  const fs::path folder = temporary_folder(), scores = folder / "scores.csv", out = folder / "out";
  {
    std::string rows;
    for (int i = 0; i < 100'000; ++i) rows += i % 2 ? "genuine,0.71828\n" : "impostor,0.31415\n";
    std::ofstream file(scores);
    file << "label,score\n";
    for (int i = 0; i < 100; ++i) file << rows;
    file << "friend,0.5\n";
  }
  const std::string program = (prefix() / "bin" / "miafr").string();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), "miafr", "evaluate", "--from-scores", scores.c_str(), "--score-kind", "similarity",
            "--out", out.c_str(), nullptr);
    ::_exit(127);
  }
  const std::string links = "/proc/" + std::to_string(child) + "/fd";
  const auto is_reading = [&] {
    std::error_code gone;
    for (fs::directory_iterator link(links, gone), end; !gone && link != end; link.increment(gone))
      if (fs::read_symlink(link->path(), gone) == scores) return true;
    return false;
  };
  for (int i = 0; i < 6000 && !is_reading(); ++i) ::usleep(10'000);
  ASSERT_TRUE(is_reading());
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace miafr_tests
