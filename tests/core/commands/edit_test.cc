// miafr edit from the command line: what it writes, what it goes on with, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "core/evaluation/samples.h"
#include "core/image/png.h"
#include "tests/core/commands/tiny_generate.h"
#include "tests/support/editors.h"

namespace miafr_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> edit_command(const std::string& editor, const fs::path& input, const fs::path& out,
                                      const std::vector<std::string>& more) {
  std::vector<std::string> all = {"edit", "--editor", editor, "--input", input.string(), "--outdir", out.string()};
  all.insert(all.end(), more.begin(), more.end());
  return with_editors(all);
}

ProcessResult edit(const std::string& editor, const fs::path& input, const fs::path& out,
                   const std::vector<std::string>& more) {
  return miafr(edit_command(editor, input, out, more));
}

// Columns of a manifest by name.
std::map<std::string, std::vector<std::string>> manifest(const fs::path& out) {
  std::istringstream in(read_text(out / "manifest.csv"));
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::string>> columns;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields;
    std::istringstream row(line);
    for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
    if (names.empty()) {
      names = fields;
      continue;
    }
    fields.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) columns[names[i]].push_back(fields[i]);
  }
  return columns;
}

std::int64_t pictures_in(const fs::path& out) {
  std::int64_t count = 0;
  for (const auto& entry : fs::directory_iterator(out / "samples")) count += entry.path().extension() == ".png";
  return count;
}

nlohmann::json settings_of(const fs::path& picture) {
  return nlohmann::json::parse(miafr::read_png_texts(picture).at("miafr"));
}

// Two people, three and two photos.
fs::path people() {
  const fs::path folder = temporary_folder() / "people";
  for (int i = 0; i < 3; ++i) write_colour(folder / "anna" / (std::to_string(i) + ".png"), 10 * i, 100, 200);
  for (int i = 0; i < 2; ++i) write_colour(folder / "ben" / (std::to_string(i) + ".png"), 50, 60 * i, 70);
  return folder;
}

class Inversion : public testing::Test {
 protected:
  Inversion() {
    cv::Mat noise(60, 90, CV_8UC3), smooth;
    cv::RNG(3).fill(noise, cv::RNG::UNIFORM, 0, 256);
    cv::GaussianBlur(noise, smooth, {9, 9}, 3);
    cv::imwrite(photo_.string(), smooth);
  }
  std::string editor(const std::string& more) const {
    return "inversion:checkpoint=" + checkpoint().string() +
           ",config=" + data_file("tests/goldens/tiny-sd.yaml").string() + ",steps=3,height=64,width=64" + more;
  }
  const fs::path photo_ = temporary_folder() / "photo.png";
  const fs::path generated_ = temporary_folder(), edited_ = temporary_folder();
};

TEST_F(Inversion, MakesThePicturesOfGenerate) {
  const std::vector<std::string> words = {"--prompt", "a dog, {age}", "--age", "child,elderly", "--seed", "7"};
  auto wanted = small(words);
  wanted.insert(wanted.end(), {"--init-img", photo_.string(), "--invert", "--source_prompt", "a dog"});
  ASSERT_EQ(generate(wanted, generated_).exit_code, 0);
  const auto result = edit(editor(",source_prompt=a dog"), photo_, edited_, words);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  ASSERT_EQ(pictures_in(edited_), 2);
  for (const char* name : {"samples/00000.png", "samples/00001.png"})
    EXPECT_EQ(largest_difference(read_picture(edited_ / name), read_picture(generated_ / name)), 0);
  EXPECT_GT(
      largest_difference(read_picture(edited_ / "samples/00000.png"), read_picture(edited_ / "samples/00001.png")), 0);
  EXPECT_THAT(manifest(edited_).at("label"), ElementsAre("child", "elderly"));
  EXPECT_EQ(settings_of(edited_ / "samples/00001.png")["notes"]["prompt"], "a dog, elderly");
  EXPECT_EQ(settings_of(edited_ / "samples/00001.png")["weights"][0], checkpoint().filename().string());
}

TEST_F(Inversion, WithDrawnNoiseAndAPromptOfItsOwn) {
  const std::string prompt = "photo of a person without black hair";
  ASSERT_EQ(
      generate(small({"--prompt", prompt, "--init-img", photo_.string(), "--strength", "0.5"}), generated_).exit_code,
      0);
  const auto result = edit(editor(",invert=false,strength=0.5"), photo_, edited_, {"--attribute", "no_black_hair"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(
      largest_difference(read_picture(edited_ / "samples/00000.png"), read_picture(generated_ / "samples/00000.png")),
      0);
  EXPECT_EQ(settings_of(edited_ / "samples/00000.png")["notes"]["prompt"], prompt);
  EXPECT_THAT(manifest(edited_).at("target"), ElementsAre("attribute no_black_hair"));
}

TEST_F(Inversion, SaysWhereItsWeightsArePublished) {
  const auto result = edit("inversion", photo_, edited_, {"--age", "old"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("v1-5-pruned.safetensors is not in "));
  EXPECT_THAT(result.err, HasSubstr("CreativeML Open RAIL-M"));
}

TEST(Edit, WritesAFolderOfEachPersonThatEvaluateTakes) {
  const fs::path out = temporary_folder() / "out";
  const auto result = edit("colour_shift", people(), out, {"--age", "young,70", "--limit", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("8 pictures saved"));
  EXPECT_EQ(result.out, (out / "anna/grid-0000.png").string() + "\n" + (out / "ben/grid-0000.png").string() + "\n");
  const auto rows = manifest(out / "anna");
  EXPECT_THAT(rows.at("file"),
              ElementsAre("samples/00000.png", "samples/00001.png", "samples/00002.png", "samples/00003.png"));
  EXPECT_THAT(rows.at("label"), ElementsAre("young", "70", "young", "70"));
  EXPECT_THAT(rows.at("source"), ElementsAre("anna/0.png", "anna/0.png", "anna/1.png", "anna/1.png"));
  EXPECT_THAT(rows.at("target"), ElementsAre("age young", "age 70", "age young", "age 70"));
  const auto samples = miafr::collect_samples(out, "out", {}, "colour_shift").images;
  ASSERT_EQ(samples.size(), 8u);
  EXPECT_EQ(samples[1].subject, "anna");
  EXPECT_EQ(samples[1].label, "70");
  EXPECT_EQ(samples[7].subject, "ben");
  // Nothing was added, so the photo is there again.
  EXPECT_EQ(read_picture(out / "anna/samples/00002.png")[0][0][0].item<int>(), 10);
  const auto settings = settings_of(out / "ben/samples/00000.png");
  EXPECT_EQ(settings["editor"], "colour_shift");
  EXPECT_EQ(settings["source"]["file"], "ben/0.png");
  EXPECT_EQ(settings["pasted_back"], false);
  EXPECT_EQ(settings["synthetic"], true);
}

TEST(Edit, GoesOnWithAFolderAndDoesNothingTwice) {
  const fs::path photos = people(), out = temporary_folder() / "out";
  ASSERT_EQ(edit("colour_shift", photos / "anna", out, {"--age", "young", "--limit", "1"}).exit_code, 0);
  const auto more = edit("colour_shift", photos / "anna", out, {"--age", "young,old"});
  EXPECT_EQ(more.exit_code, 0) << more.err;
  EXPECT_THAT(more.err, HasSubstr("5 pictures saved, 1 were there"));
  EXPECT_EQ(pictures_in(out), 6);
  EXPECT_THAT(edit("colour_shift", photos / "anna", out, {"--age", "young,old"}).err,
              HasSubstr("0 pictures saved, 6 were there"));
  // Another seed is another picture.
  EXPECT_EQ(edit("colour_shift", photos / "anna", out, {"--age", "young", "--seed", "1"}).exit_code, 0);
  EXPECT_EQ(pictures_in(out), 9);
}

TEST(Edit, PicturesOfOtherSettingsAreNotMixed) {
  const fs::path photos = people() / "anna", out = temporary_folder() / "out";
  ASSERT_EQ(edit("colour_shift", photos, out, {"--age", "young,old"}).exit_code, 0);
  std::ofstream(out / "mine.txt") << "of the user's";
  const auto refused = edit("colour_shift:learning_rate=0.1", photos, out, {"--age", "young"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("has pictures by colour_shift with other parameters, weights or faces"));
  EXPECT_EQ(pictures_in(out), 6);
  const auto replaced = edit("colour_shift:learning_rate=0.1", photos, out, {"--age", "young", "--overwrite"});
  EXPECT_EQ(replaced.exit_code, 0) << replaced.err;
  EXPECT_EQ(pictures_in(out), 3);
  EXPECT_TRUE(fs::exists(out / "mine.txt"));
  // The photo has changed under its name.
  write_colour(photos / "1.png", 255, 255, 255);
  const auto changed = edit("colour_shift:learning_rate=0.1", photos, out, {"--age", "young"});
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_THAT(changed.err, HasSubstr("another photo that was called 1.png"));
}

TEST(Edit, APhotoThatCannotBeReadIsCountedAndNamed) {
  const fs::path photos = people() / "anna", out = temporary_folder() / "out";
  std::ofstream(photos / "1.png") << "no picture";
  const auto result = edit("colour_shift", photos, out, {"--age", "young"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("1.png: not edited: "));
  EXPECT_THAT(result.err, HasSubstr("2 pictures saved; 1 of 3 photos were not edited, see not_edited.csv"));
  EXPECT_THAT(read_text(out / "not_edited.csv"), HasSubstr("file,reason,detail\n1.png,unreadable,"));
  write_colour(photos / "1.png", 1, 2, 3);
  EXPECT_EQ(edit("colour_shift", photos, out, {"--age", "young"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(out / "not_edited.csv"));
}

// A photo with a face and one without, and all that nose_crop asks for.
class NoseCrop : public testing::Test {
 protected:
  NoseCrop() {
    fs::create_directories(photos_);
    fs::copy_file(data_file("models/astronaut.png"), photos_ / "face.png");
    write_colour(photos_ / "wall.png", 90, 90, 90, 128, 128);
    fs::copy_file(photos_ / "face.png", references_ / "same.png");
    const cv::Mat face = cv::imread((photos_ / "face.png").string());
    cv::Mat mirrored;
    cv::flip(face, mirrored, 1);
    cv::imwrite((references_ / "mirrored.png").string(), mirrored);
    cv::imwrite((masks_ / "face.png").string(), cv::Mat(face.rows, face.cols, CV_8UC1, cv::Scalar(255)));
    cv::imwrite((masks_ / "wall.png").string(), cv::Mat(128, 128, CV_8UC1, cv::Scalar(0)));
    std::ofstream(attributes_) << "File,Negative,no_beard,who\nface.png,-1,1,a\nwall.png,1,0,b\n";
  }
  std::vector<std::string> sources(std::vector<std::string> more) const {
    more.insert(more.end(), {"--attributes", attributes_.string(), "--mask", masks_.string(), "--references",
                             references_.string(), "--no-cache"});
    return more;
  }
  const fs::path photos_ = temporary_folder() / "photos", references_ = temporary_folder(), masks_ = temporary_folder();
  const fs::path attributes_ = temporary_folder() / "known.csv", out_ = temporary_folder() / "out";
};

TEST_F(NoseCrop, GetsAllThatItAsksFor) {
  const auto result = edit("nose_crop", photos_, out_, sources({"--attribute", "no_negative,negative:2"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("wall.png: not edited: no face was found"));
  EXPECT_EQ(read_text(out_ / "not_edited.csv"), "file,reason,detail\nwall.png,no face,no face was found\n");
  const auto settings = settings_of(out_ / "samples/00000.png");
  EXPECT_EQ(settings["notes"]["was_negative"], "0.000000");
  EXPECT_EQ(settings["notes"]["references"], "1");  // the photo itself is none
  EXPECT_EQ(settings["notes"]["mask"], "1.000000");
  EXPECT_EQ(settings["alignment"], "32x32 around the nose");
  EXPECT_EQ(settings["matrix"].size(), 6u);
  EXPECT_EQ(read_picture(out_ / "samples/00000.png").size(0), 32);
  // The astronaut's nose, seen by eye at about (222, 124), is what the crop is around.
  EXPECT_NEAR(-settings["matrix"][2].get<double>() + 16, 222, 6);
  EXPECT_NEAR(-settings["matrix"][5].get<double>() + 16, 124, 6);
}

TEST_F(NoseCrop, PastesBackIntoThePhoto) {
  const auto result =
      edit("nose_crop", photos_ / "face.png", out_, sources({"--attribute", "negative", "--paste-back"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const at::Tensor pasted = read_picture(out_ / "samples/00000.png"), photo = read_picture(photos_ / "face.png");
  ASSERT_EQ(pasted.sizes(), photo.sizes());
  const auto settings = settings_of(out_ / "samples/00000.png");
  EXPECT_EQ(settings["pasted_back"], true);
  const auto left = static_cast<std::int64_t>(-settings["matrix"][2].get<double>()),
             top = static_cast<std::int64_t>(-settings["matrix"][5].get<double>());
  const auto inner = [&](const at::Tensor& t) { return t.slice(0, top + 8, top + 24).slice(1, left + 8, left + 24); };
  EXPECT_LE(largest_difference(inner(pasted), 255 - inner(photo)), 1);
  at::Tensor outside = pasted.clone();
  outside.slice(0, top, top + 32)
      .slice(1, left, left + 32)
      .copy_(photo.slice(0, top, top + 32).slice(1, left, left + 32));
  EXPECT_EQ(largest_difference(outside, photo), 0);
}

TEST_F(NoseCrop, MissingInputsAreNamedBeforeAnyPicture) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& text) {
    const auto result = edit("nose_crop", photos_, out_, more);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_FALSE(fs::exists(out_));
  };
  const std::string known = attributes_.string(), masks = masks_.string();
  refused({"--attribute", "negative"}, "give them with --attributes CSV");
  refused({"--attribute", "negative", "--attributes", known}, "the editor asks for a mask; give it with --mask");
  refused({"--attribute", "negative", "--attributes", known, "--mask", masks}, "give them with --references DIR");
  fs::remove(masks_ / "wall.png");
  refused(sources({"--attribute", "negative"}), "there is no mask for wall.png");
  std::ofstream(attributes_) << "file,negative,no_beard\nface.png,perhaps,1\nwall.png,1,0\n";
  refused(sources({"--attribute", "negative"}), "known.csv:2: negative = 'perhaps': allowed are");
  std::ofstream(attributes_) << "file,negative\nface.png,1\nwall.png,1\n";
  refused(sources({"--attribute", "negative"}), "face.png has no value for the attribute no_beard");
}

TEST(Edit, RefusesBeforeAnyPicture) {
  const fs::path photos = people(), out = temporary_folder() / "out";
  const auto refused = [&](const std::string& editor, const fs::path& input, const std::vector<std::string>& more,
                           int code, const std::string& text) {
    const auto result = edit(editor, input, out, more);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_FALSE(fs::exists(out));
  };
  refused("colour_shift", photos, {"--age", "child"}, 2,
          "editor colour_shift cannot do --age child; it can do: ages young, old");
  refused("colour_shift", photos, {"--attribute", "hat"}, 2, "cannot do --attribute hat");
  refused("colour_shift", photos, {"--prompt", "a cat"}, 2, "cannot do --prompt");
  refused("colour_shift", photos, {}, 2, "give --age, --attribute or --prompt");
  refused("colour_shift", photos, {"--age", "old", "--limit", "0"}, 2, "--limit 0: must be 1 or more");
  refused("colour_shift", photos / "nobody", {"--age", "old"}, 1, "there is no such file or folder");
  refused("colour_shfit", photos, {"--age", "old"}, 1, "did you mean 'colour_shift'?");
  refused("cosine", photos, {"--age", "old"}, 1, "no editor named 'cosine'");
  write_colour(photos / "carl.png", 0, 0, 0);
  refused("colour_shift", photos, {"--age", "old"}, 1, "carl.png lies in no folder of a person, anna/0.png does");
}

TEST(Edit, CtrlCKeepsWhatIsDone) {
  const fs::path photos = people() / "anna", out = temporary_folder() / "out";
  auto command = edit_command("colour_shift:pause=400", photos, out, {"--age", "young,old"});
  command.insert(command.begin(), (prefix() / "bin" / "miafr").string());
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  for (int i = 0; i < 1200 && !fs::exists(out / "manifest.csv"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const std::int64_t done = pictures_in(out);
  EXPECT_GE(done, 1);
  EXPECT_LT(done, 6);
  EXPECT_EQ(static_cast<std::int64_t>(manifest(out).at("file").size()), done);
  EXPECT_TRUE(fs::exists(out / "grid-0000.png"));
  const auto rest = edit("colour_shift:pause=400", photos, out, {"--age", "young,old"});
  EXPECT_THAT(rest.err, HasSubstr(std::to_string(6 - done) + " picture"));
  EXPECT_EQ(pictures_in(out), 6);
}

}  // namespace
}  // namespace miafr_tests
