// miafr data check as a user runs it, on the public-domain portrait and on drawn pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

ProcessResult check(std::vector<std::string> arguments) {
  static const std::string cache = temporary_folder().string();
  arguments.insert(arguments.begin(), {"data", "check"});
  return miafr(std::move(arguments), {{"XDG_CACHE_HOME", cache}});
}

std::string portrait() { return data_file("models/astronaut.png").string(); }

void write_image(const fs::path& file, const cv::Mat& image) {
  fs::create_directories(file.parent_path());
  ASSERT_TRUE(cv::imwrite(file.string(), image));
}

void write_text(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

cv::Mat noise(int seed, int height = 90, int width = 120) {
  cv::Mat small(9, 12, CV_8UC3), image;
  cv::RNG random(seed);
  random.fill(small, cv::RNG::UNIFORM, 0, 256);
  cv::resize(small, image, {width, height}, 0, 0, cv::INTER_CUBIC);
  return image;
}

// me: the portrait and a landscape; others: two labels, and the portrait again, smaller.
fs::path both_sets() {
  const fs::path folder = temporary_folder();
  fs::create_directories(folder / "me");
  fs::copy_file(portrait(), folder / "me/anna_1.png");
  write_image(folder / "me/anna_2.png", noise(1));
  write_image(folder / "others/child_1.png", noise(2));
  write_image(folder / "others/child_2.png", noise(3));
  cv::Mat smaller;
  cv::resize(cv::imread(portrait()), smaller, {400, 400}, 0, 0, cv::INTER_AREA);
  write_image(folder / "others/old_anna_3.png", smaller);
  return folder;
}

std::vector<std::string> folders(const fs::path& folder) {
  return {"--data_root", (folder / "me").string(), "--reg_data_root", (folder / "others").string()};
}

TEST(DataCheck, TellsOfEveryImage) {
  const fs::path folder = both_sets();
  std::vector<std::string> arguments = folders(folder);
  for (const char* more : {"--json", "--matcher", "dlib_resnet", "--token", "zwx", "--class_word", "woman"})
    arguments.push_back(more);
  const ProcessResult result = check(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json all = json::parse(result.out);
  EXPECT_TRUE(all["trainable"].get<bool>());
  const json& images = all["images"];
  ASSERT_EQ(images.size(), 5u);
  EXPECT_EQ(images[0]["set"], "train");
  EXPECT_EQ(images[0]["file"], "anna_1.png");
  EXPECT_EQ(images[0]["caption"], "photo of a zwx woman");
  EXPECT_EQ(images[0]["caption_rule"], "template");
  EXPECT_EQ(images[0]["faces"], 1);
  EXPECT_EQ(images[0]["width"], 512);
  EXPECT_EQ(images[0]["bucket"], (json{512, 512}));
  EXPECT_EQ(images[1]["faces"], 0);
  EXPECT_EQ(images[2]["caption"], "A photo of a child");
  EXPECT_EQ(images[2]["label"], "child");
  EXPECT_EQ(images[2]["caption_rule"], "name");
  EXPECT_EQ(all["labels"], (json{{"child", 2}, {"old", 1}}));
  ASSERT_EQ(all["duplicates"].size(), 1u);
  EXPECT_FALSE(all["duplicates"][0]["identical"].get<bool>());
  EXPECT_TRUE(all["duplicates"][0]["in_both_sets"].get<bool>());
  EXPECT_EQ(all["shared_names"], (json::array({{{"name", "anna"}, {"train", 2}, {"reg", 1}}})));
  const json& faces = all["shared_faces"];
  EXPECT_EQ(faces["matcher"], "dlib_resnet");
  EXPECT_EQ(faces["threshold"], 0.6);
  ASSERT_EQ(faces["matches"].size(), 1u);
  EXPECT_EQ(faces["matches"][0]["reg"]["file"], "old_anna_3.png");
}

TEST(DataCheck, PrintsATableAndASummary) {
  const fs::path folder = both_sets();
  fs::copy_file(folder / "me/anna_2.png", folder / "me/copy.png");
  std::string words;
  for (int i = 0; i < 90; ++i) words += "word ";
  write_text(folder / "others/child_2.txt", words);
  std::vector<std::string> arguments = folders(folder);
  arguments.push_back("data.buckets=true");
  const ProcessResult result = check(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("train  512x512    512x512    yes      anna_1.png"), HasSubstr("120x90     576x448    no"),
            HasSubstr("same file as train/copy.png]") /* enlarged comes first */, HasSubstr("A photo of a old")));
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("3 images; one face 1, several 0, none found 2"), HasSubstr("captions by"),
                    HasSubstr("template 3"), HasSubstr("sidecar 1"), HasSubstr("1 longer than 77 tokens"),
                    HasSubstr("caption of 92 tokens, cut at 77"), HasSubstr("the same file: train/anna_2.png"),
                    HasSubstr("nearly the same picture: train/anna_1.png, reg/old_anna_3.png (in both sets)"),
                    HasSubstr("perhaps one person: 'anna'")));
}

// As other trainers and Windows call them.
TEST(DataCheck, NamesTextsThatNoPhotoTakesItsCaptionFrom) {
  const fs::path folder = temporary_folder();
  for (int i = 0; i < 3; ++i) write_image(folder / "set" / (std::string(1, "abc"[i]) + ".jpg"), noise(i));
  write_text(folder / "set/a.TXT", "a photo of Windows\r\n");
  for (const char* name : {"b.caption", "c.jpg.txt", "orphan.txt"}) write_text(folder / "set" / name, "x");
  const std::vector<std::string> arguments = {"--data_root", (folder / "set").string(), "--detector", "none"};
  const ProcessResult result = check(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("a photo of Windows  ["), HasSubstr("sidecar 1, template 2"),
                                HasSubstr("b.caption: no photo takes its caption from it; is b.txt meant?"),
                                HasSubstr("c.jpg.txt: no photo takes its caption from it; is c.txt meant?"),
                                HasSubstr("orphan.txt: no photo takes its caption from it\n")));
  EXPECT_THAT(result.err, HasSubstr("3 text files are no photo's caption: b.caption (is b.txt meant?)"));
  auto as_json = arguments;
  as_json.push_back("--json");
  EXPECT_EQ(json::parse(check(as_json).out)["unused_texts"].size(), 3u);
}

TEST(DataCheck, TellsOfAPhotoAloneInItsBucket) {
  const fs::path folder = temporary_folder();
  for (int i = 0; i < 2; ++i) write_image(folder / "set" / (std::to_string(i) + ".png"), noise(i));
  write_image(folder / "set/square.png", noise(3, 90, 90));
  const ProcessResult result =
      check({"--data_root", (folder / "set").string(), "--detector", "none", "data.buckets=true", "data.batch_size=3"});
  EXPECT_THAT(result.out, HasSubstr("alone at 512x512: trained as often as any other, in batches of its own that hold "
                                    "it 3 times"));
}

TEST(DataCheck, RefusesWhatTrainingRefuses) {
  const fs::path folder = both_sets();
  const std::string bytes = read_text(folder / "others/child_1.png");
  write_text(folder / "others/child_9.png", bytes.substr(0, bytes.size() / 2));
  write_image(folder / "others/0001.png", noise(5));
  std::vector<std::string> arguments = folders(folder);
  for (const char* more : {"--detector", "none"}) arguments.push_back(more);
  const ProcessResult result = check(arguments);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, AllOf(HasSubstr("5 images, 2 of them refused"), HasSubstr("REFUSED: a truncated PNG"),
                                HasSubstr("reg/0001.png: its name has no letters"),
                                HasSubstr("train  512x512    512x512    -        anna_1.png")));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("2 of 7 images cannot be trained with: "), HasSubstr("child_9.png: a truncated")));
  arguments.push_back("--json");
  const ProcessResult as_json = check(arguments);
  EXPECT_EQ(as_json.exit_code, 1);
  EXPECT_FALSE(json::parse(as_json.out)["trainable"].get<bool>());
}

TEST(DataCheck, HostileNamesReachNoTerminal) {
  const fs::path folder = temporary_folder();
  write_image(folder / "a.png", noise(1));
  fs::rename(folder / "a.png", folder / "\x1b]0;x\x07\xff\n=1+1.png");
  const ProcessResult table = check({"--data_root", folder.string(), "--detector", "none"});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  EXPECT_THAT(table.out, AllOf(HasSubstr("\\x1b]0;x\\x07"), Not(HasSubstr("\x1b")), Not(HasSubstr("\x07"))));
  const ProcessResult as_json = check({"--data_root", folder.string(), "--detector", "none", "--json"});
  EXPECT_TRUE(json::parse(as_json.out)["trainable"].get<bool>());
}

TEST(DataCheck, WrongUseIsOneLine) {
  const fs::path folder = temporary_folder();
  const auto expect = [](const ProcessResult& result, int code, const std::string& text) {
    EXPECT_EQ(result.exit_code, code);
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "");
  };
  expect(check({}), 2, "missing --data_root DIR");
  expect(check({"--data_rot", "x"}), 2, "unknown option '--data_rot', did you mean 'data_root'?");
  expect(check({"--data_root", folder.string()}), 1, "there are no images in it");
  expect(check({"--data_root", (folder / "none").string()}), 1, "none: it is no folder");
  expect(check({"--data_root", folder.string(), "data.size=3"}), 1, "data.size");
  expect(check({"--data_root", folder.string(), "--data.sise", "8"}), 1, "unknown key 'sise', did you mean 'size'?");
  expect(check({"--data_root", folder.string(), "--base", "no.yaml"}), 1, "no.yaml");
  expect(check({"--data_root", folder.string(), "--matcher", "dlib_resnet", "--detector", "none"}), 2, "--detector");
  expect(check({"--data_root", folder.string(), "--threshold", "1"}), 2, "--threshold needs a --matcher");
  write_image(folder / "a.png", noise(1));
  expect(check({"--data_root", folder.string(), "data.caption=a {tokn}"}), 1,
         "unknown place {tokn}, did you mean 'token'?");
  expect(check({"--data_root", folder.string(), "--reg_data_root", folder.string()}), 1, "must not lie in each other");
}

TEST(DataCheck, TakesThePublishedConfig) {
  const fs::path folder = both_sets();
  std::vector<std::string> arguments = folders(folder);
  for (const char* more :
       {"--detector", "none", "--json", "--base", "tests/core/config/published/v1-finetune_contrastiveloss.yaml",
        "data.params.train.params.size=256"})
    arguments.push_back(more);
  const ProcessResult result = check(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(json::parse(result.out)["images"][0]["bucket"], (json{256, 256}));
}

}  // namespace
}  // namespace miafr_tests
