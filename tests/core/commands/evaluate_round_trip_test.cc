// evaluate --ckpt: the references through the autoencoder of a tiny Stable Diffusion, as a method of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/process.h"
#include "tests/support/tiny_sd.h"

namespace miafr_tests {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class RoundTrip : public testing::Test {
 protected:
  RoundTrip() : folder_(temporary_folder()) {
    const cv::Mat portrait = cv::imread(data_file("models/astronaut.png").string());
    for (int photo = 0; photo < 3; ++photo) {  // two persons, the other one a mirror's; faces as if aligned
      const cv::Mat face = portrait(cv::Rect(165 + 9 * photo, 60 + 6 * photo, 112, 112));
      cv::Mat mirrored;
      cv::flip(face, mirrored, 1);
      write(folder_ / "real" / "anna" / (std::to_string(photo) + ".png"), face);
      write(folder_ / "real" / "otto" / (std::to_string(photo) + ".png"), mirrored);
    }
  }
  static void write(const fs::path& file, const cv::Mat& image) {
    fs::create_directories(file.parent_path());
    ASSERT_TRUE(cv::imwrite(file.string(), image));
  }
  ProcessResult evaluate(std::vector<std::string> more, const std::string& out = "out") {
    static const fs::path& checkpoint = *new fs::path(temporary_folder() / "tiny.safetensors");
    if (!fs::exists(checkpoint)) write_half_safetensors(checkpoint, tiny_sd_tensors());
    return evaluate_with(checkpoint, std::move(more), out);
  }
  ProcessResult evaluate_with(const fs::path& checkpoint, std::vector<std::string> more,
                              const std::string& out = "out") {
    std::vector<std::string> arguments = {"evaluate",
                                          "--out",
                                          (folder_ / out).string(),
                                          "--ckpt",
                                          checkpoint.string(),
                                          "--config",
                                          data_file("tests/goldens/tiny-sd.yaml").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return miafr(arguments, {{"XDG_CACHE_HOME", (folder_ / "cache").string()}});
  }
  std::string references() const { return (folder_ / "real").string(); }

  // The figures of the round trip, by group.
  std::map<std::string, json> groups(const std::string& out = "out") const {
    const json results = json::parse(read_text(folder_ / out / "results.json"));
    std::map<std::string, json> cells;
    for (const json& method : results["matchers"][0]["methods"])
      if (method["method"] == "vae_round_trip")
        for (const json& cell : method["groups"]) cells[cell["group"]] = cell;
    return cells;
  }
  const fs::path folder_;
};

TEST_F(RoundTrip, IsAMethodWithItsCounts) {
  const ProcessResult done = evaluate({"--references", references(), "--aligned", "--fmr", "0.5"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  std::map<std::string, json> cells = groups();
  EXPECT_EQ(cells.at("all")["genuine"], 2 * 3 * 3);
  EXPECT_EQ(cells.at("all")["impostor"], 2 * 3 * 3);
  EXPECT_EQ(cells.at("own photo")["genuine"], 2 * 3);
  EXPECT_EQ(cells.at("own photo")["impostor"], 0);
  EXPECT_EQ(cells.at("other photos")["genuine"], 2 * 3 * 2);
  EXPECT_EQ(cells.at("all")["genuine_failed"], 0);
  EXPECT_THAT(read_text(folder_ / "out" / "report.html"), HasSubstr("ceiling: references through the autoencoder"));
  EXPECT_THAT(read_text(folder_ / "out" / "scores.csv"), HasSubstr("vae_round_trip/real/anna/0.png,real/anna/1.png"));
  const json inputs = json::parse(read_text(folder_ / "out" / "results.json"))["inputs"];
  EXPECT_EQ(inputs.back()["file"], "tiny.safetensors");
  EXPECT_EQ(inputs.back()["sha256"].get<std::string>().size(), 64u);
}

TEST_F(RoundTrip, ALostFaceIsAFailure) {
  auto weights = tiny_sd_tensors();  // whose decoder paints grey
  for (const char* name : {"weight", "bias"})
    weights.at(std::string("first_stage_model.decoder.conv_out.") + name).zero_();
  const fs::path grey = folder_ / "grey.safetensors";
  write_half_safetensors(grey, weights);
  fs::create_directories(folder_ / "one" / "anna");
  fs::copy_file(data_file("models/astronaut.png"), folder_ / "one" / "anna" / "0.png");
  cv::Mat smaller;
  cv::resize(cv::imread(data_file("models/astronaut.png").string()), smaller, {}, 0.7, 0.7, cv::INTER_AREA);
  cv::flip(smaller, smaller, 1);
  write(folder_ / "one" / "anna" / "1.png", smaller);
  const ProcessResult done =
      evaluate_with(grey, {"--references", (folder_ / "one").string(), "--fmr", "0.5", "--no-cache"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json all = groups().at("all");
  EXPECT_EQ(all["genuine"], 0);
  EXPECT_EQ(all["genuine_failed"], 2 * 2);
  EXPECT_EQ(all["failed_comparisons"]["by_reason"]["no face"]["genuine"], 2 * 2);
  EXPECT_FALSE(fs::exists(folder_ / "cache" / "miafr" / "vae_round_trip"));
}

TEST_F(RoundTrip, TheSecondTimeItIsThere) {
  ASSERT_EQ(evaluate({"--references", references(), "--aligned"}).exit_code, 0);
  const fs::path cache = folder_ / "cache" / "miafr" / "faces" / "vae_round_trip";
  std::size_t made = 0;
  for (const auto& entry : fs::recursive_directory_iterator(cache)) made += entry.path().extension() == ".png";
  EXPECT_EQ(made, 6u);
  ASSERT_EQ(evaluate({"--references", references(), "--aligned"}, "again").exit_code, 0);
  EXPECT_EQ(read_text(folder_ / "out" / "scores.csv"), read_text(folder_ / "again" / "scores.csv"));
}

TEST_F(RoundTrip, WrongUsesAreNamed) {
  EXPECT_THAT(evaluate({"--pairs", "none.csv"}).err, HasSubstr("none.csv"));
  std::ofstream(folder_ / "pairs.csv") << "image_a,image_b,label\nreal/anna/0.png,real/anna/1.png,genuine\n";
  const ProcessResult pairs = evaluate({"--pairs", (folder_ / "pairs.csv").string()});
  EXPECT_EQ(pairs.exit_code, 2);
  EXPECT_THAT(pairs.err, HasSubstr("--ckpt needs --references to send through its autoencoder"));
  const ProcessResult named = evaluate({"--references", references(), "--methods", "vae_round_trip=" + references()});
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_THAT(named.err, HasSubstr("that name means what --ckpt makes"));
}

TEST_F(RoundTrip, APictureThatComesBackNotFiniteIsNamed) {
  auto tensors = tiny_sd_tensors();
  const std::string key = "first_stage_model.decoder.conv_out.weight";
  tensors[key] = tensors.at(key).to(at::kFloat).fill_(3e38);  // finite, and its sums are not
  const fs::path file = folder_ / "overflows.safetensors";
  write_test_safetensors(file, tensors);
  const ProcessResult refused = evaluate_with(file, {"--references", references(), "--aligned", "--fmr", "0.5"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("/anna/0.png: comes out of the autoencoder of " + file.string() + " not finite"));
}

}  // namespace
}  // namespace miafr_tests
