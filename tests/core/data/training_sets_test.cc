#include "core/data/training_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <fstream>

#include "core/data/survey.h"
#include "core/image/image_error.h"
#include "core/image/png.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::data_file;
using miafr_tests::temporary_folder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

void write_photo(const fs::path& file, std::int64_t height, std::int64_t width) {
  fs::create_directories(file.parent_path());
  const at::Tensor ramp = at::arange(height * width * 3).view({height, width, 3}).remainder(251).to(at::kByte);
  write_png(file, ramp);
}

void write_text(const fs::path& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const Error& e) {
    EXPECT_EQ(std::string(e.what()).find('\n'), std::string::npos);
    return e.what();
  }
  return "no error";
}

std::string read_error(const fs::path& train, const fs::path& reg = {}, const DataConfig& config = {}) {
  return error_of([&] { read_training_sets({train, reg}, config); });
}

// The published loader: PIL's resize, then (uint8 / 127.5 - 1.0).astype(float32).
TEST(LoadTrainingImage, EqualsThePublishedLoader) {
  const auto golden = miafr_tests::read_golden("bicubic.safetensors");
  const fs::path file = temporary_folder() / "source.png";
  write_png(file, golden.at("source"));
  int checked = 0;
  for (const auto& [name, expected] : golden) {
    if (name == "source") continue;
    const at::Tensor got = load_training_image({file, "", expected.size(1), expected.size(0)}, {}, false);
    ASSERT_EQ(got.scalar_type(), at::kFloat);
    const at::Tensor values = (expected.to(at::kDouble) / 127.5 - 1.0).to(at::kFloat).permute({2, 0, 1});
    EXPECT_TRUE(got.equal(values)) << name;
    EXPECT_TRUE(load_training_image({file, "", expected.size(1), expected.size(0)}, {}, true).equal(values.flip({2})));
    ++checked;
  }
  EXPECT_GE(checked, 3);
}

at::Tensor as_values(const at::Tensor& pixels) {
  return (pixels.to(at::kDouble) / 127.5 - 1).to(at::kFloat).permute({2, 0, 1});
}

// img[(h - crop) // 2:(h + crop) // 2, (w - crop) // 2:(w + crop) // 2]
TEST(LoadTrainingImage, CutsTheMiddleOutAsNumpyDoes) {
  DataConfig config;
  config.center_crop = true;
  for (const auto& [height, width] : std::vector<std::pair<int64_t, int64_t>>{{40, 57}, {57, 40}, {33, 32}, {32, 32}}) {
    const at::Tensor photo = at::randint(0, 256, {height, width, 3}, at::TensorOptions(at::kByte));
    const fs::path file = temporary_folder() / "photo.png";
    write_png(file, photo);
    const int64_t crop = std::min(height, width);
    const at::Tensor middle =
        photo.slice(0, (height - crop) / 2, (height + crop) / 2).slice(1, (width - crop) / 2, (width + crop) / 2);
    EXPECT_TRUE(load_training_image({file, "", crop, crop}, config, false).equal(as_values(middle)));
  }
}

TEST(LoadTrainingImage, CutsTheProportionsOfABucket) {
  DataConfig config;
  config.center_crop = true;
  const at::Tensor photo = at::randint(0, 256, {100, 400, 3}, at::TensorOptions(at::kByte));
  const fs::path file = temporary_folder() / "photo.png";
  write_png(file, photo);
  EXPECT_TRUE(load_training_image({file, "", 200, 100}, config, false).equal(as_values(photo.slice(1, 100, 300))));
  EXPECT_TRUE(load_training_image({file, "", 400, 80}, config, false).equal(as_values(photo.slice(0, 10, 90))));
  EXPECT_EQ(load_training_image({file, "", 64, 1024}, config, false).sizes(), (std::vector<int64_t>{3, 1024, 64}));
}

// Orientation, grey, alpha, 16 bits: as read_image has them, which is tested against Pillow.
TEST(LoadTrainingImage, TakesEveryKindOfPicture) {
  const fs::path images = data_file("tests/goldens/images/rgb.png").parent_path();
  const auto expected = miafr_tests::read_safetensors(data_file("tests/goldens/images/expected.safetensors"));
  int checked = 0;
  for (const auto& [name, pixels] : expected) {
    const at::Tensor got = load_training_image({images / name, "", pixels.size(1), pixels.size(0)}, {}, false);
    EXPECT_LE((got - as_values(pixels)).abs().max().item<float>(), 2.01 / 127.5) << name;
    ++checked;
  }
  EXPECT_GT(checked, 10);
}

TEST(ReadTrainingSets, ListsBothSets) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "me/b.png", 30, 40);
  write_photo(folder / "me/more/a.PNG", 40, 30);
  write_photo(folder / "others/child_1.png", 32, 32);
  write_text(folder / "me/notes.md", "no image");
  DataConfig config;
  config.size = 64;
  const TrainingSets sets = read_training_sets({folder / "me/", folder / "others", "zwx", "man"}, config);
  ASSERT_EQ(sets.train.size(), 2u);
  EXPECT_EQ(sets.train[0].file.filename(), "b.png");
  EXPECT_EQ(sets.train[1].file.filename(), "a.PNG");
  EXPECT_EQ(sets.train[0].caption, "photo of a zwx man");
  EXPECT_EQ(sets.train[0].width, 64);
  EXPECT_EQ(sets.train[0].height, 64);
  ASSERT_EQ(sets.reg.size(), 1u);
  EXPECT_EQ(sets.reg[0].caption, "A photo of a child");
  EXPECT_TRUE(read_training_sets({folder / "me", {}}, config).reg.empty());
}

TEST(ReadTrainingSets, BucketsGoByTheUprightPhoto) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "wide.png", 90, 160);
  write_photo(folder / "square.png", 50, 50);
  fs::copy_file(data_file("tests/goldens/images/exif6.jpg"),
                folder / "turned.jpg");  // upright it is 16 wide and 24 high
  DataConfig config;
  config.size = 256;
  config.buckets = true;
  const TrainingSets sets = read_training_sets({folder, {}}, config);
  const auto is = [&](std::size_t i, std::int64_t width, std::int64_t height) {
    return sets.train[i].width == width && sets.train[i].height == height;
  };
  EXPECT_TRUE(is(0, 256, 256));
  EXPECT_TRUE(is(1, 192, 320)) << sets.train[1].width << "x" << sets.train[1].height;
  EXPECT_TRUE(is(2, 320, 192)) << sets.train[2].width << "x" << sets.train[2].height;
  config.num_workers = 0;  // loads in the calling thread's turn, but loads
  EXPECT_EQ(read_training_sets({folder, {}}, config).train.size(), 3u);
}

TEST(ReadTrainingSets, NamesWhatIsBroken) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "me/whole.png", 30, 40);
  EXPECT_EQ(read_error(folder / "me"), "no error");
  const std::string bytes = miafr_tests::read_text(folder / "me/whole.png");
  write_text(folder / "me/half.png", bytes.substr(0, bytes.size() / 2));
  write_text(folder / "me/page.jpg", "<html>");
  write_text(folder / "me/empty.png", "");
  fs::create_symlink("/etc/passwd", folder / "me/link.png");
  write_text(folder / "me/whole.txt", "\xff");
  EXPECT_THAT(read_error(folder / "me"),
              AllOf(HasSubstr("5 of 5 images cannot be trained with: "), HasSubstr("me/half.png: "),
                    HasSubstr("me/page.jpg: "), HasSubstr("me/empty.png: "), HasSubstr("link that leads outside"),
                    HasSubstr("me/whole.png: its caption whole.txt is not UTF-8")));
  for (int i = 0; i < 10; ++i) write_text(folder / ("me/x" + std::to_string(i) + ".png"), "no");
  EXPECT_THAT(read_error(folder / "me"),
              AllOf(HasSubstr("15 of 15 images"), HasSubstr("; and 10 more (miafr data check")));
}

TEST(ReadTrainingSets, NamesOfTheRegularisationSetNeedLetters) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "me/1.png", 8, 8);
  write_photo(folder / "reg/00001.png", 8, 8);
  EXPECT_THAT(read_error(folder / "me", folder / "reg"),
              AllOf(HasSubstr("1 of 2 images"), HasSubstr("reg/00001.png: its name has no letters")));
}

TEST(ReadTrainingSets, RefusesFolders) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "me/1.png", 8, 8);
  write_photo(folder / "me/reg/child_1.png", 8, 8);
  fs::create_directories(folder / "empty");
  fs::create_symlink(folder / "me", folder / "alias");
  EXPECT_THAT(read_error(folder / "none"), HasSubstr("none: it is no folder"));
  EXPECT_THAT(read_error(folder / "me/1.png"), HasSubstr("1.png: it is no folder"));
  EXPECT_THAT(read_error(folder / "empty"), HasSubstr("empty: there are no images in it"));
  EXPECT_THAT(read_error(folder / "me/reg", folder / "empty"), HasSubstr("empty: there are no images in it"));
  EXPECT_THAT(read_error(folder / "me", folder / "me/reg"), HasSubstr("must not lie in each other"));
  EXPECT_THAT(read_error(folder / "me/reg", folder / "me"), HasSubstr("must not lie in each other"));
  EXPECT_THAT(read_error(folder / "me", folder / "alias"), HasSubstr("must not lie in each other"));
}

TEST(ReadTrainingSets, RefusesSizes) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "1.png", 8, 8);
  DataConfig config;
  config.size = 100;
  EXPECT_EQ(read_error(folder, {}, config), "data.size = 100: it must be a multiple of 8");
  config.buckets = true;
  EXPECT_EQ(read_error(folder, {}, config), "no error");
  config.size = 56;
  EXPECT_EQ(read_error(folder, {}, config), "data.size = 56: with data.buckets it must be at least 64");
}

TEST(ReadTrainingSets, HostileNamesAreShownSafely) {
  const fs::path folder = temporary_folder();
  write_text(folder / "a\x1b[2Jb\n.png", "no image");
  const std::string error = read_error(folder);
  EXPECT_THAT(error, AllOf(HasSubstr("a\\x1b[2Jb\\x0a.png: "), Not(HasSubstr("\x1b"))));
  write_photo(folder / "re\xff.png", 8, 8);
  fs::remove(folder / "a\x1b[2Jb\n.png");
  EXPECT_EQ(read_error(folder), "no error");  // the subject's template needs no name
}

TEST(Survey, HashesAreOfTheFile) {
  const fs::path folder = temporary_folder();
  write_photo(folder / "1.png", 20, 30);
  write_text(folder / "2.png", "abc");
  const Survey found = survey({folder, {}}, {}, /*with_hashes=*/true, [](std::int64_t, std::int64_t) {});
  EXPECT_EQ(found.train[0].sha256.size(), 64u);
  EXPECT_NE(found.train[0].difference_hash, 0u);
  EXPECT_EQ(found.train[0].width, 30);
  EXPECT_EQ(found.train[1].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(found.train[1].problem, "");
}

Survey survey_of(const fs::path& train, const fs::path& reg, const DataConfig& config) {
  return survey({train, reg}, config, /*with_hashes=*/false, [](std::int64_t, std::int64_t) {});
}

TEST(Survey, TextsThatAreNoCaptionAreWarnedOfAndTheFirstAreNamed) {
  const fs::path folder = temporary_folder();
  for (const char* name : {"a.jpg", "b.png", "c.png"}) write_photo(folder / "me" / name, 8, 8);
  write_text(folder / "me/a.TXT", "one");
  write_text(folder / "me/b.caption", "two");
  write_text(folder / "me/c.png.txt", "three");
  write_text(folder / "me/captions.csv", "file,caption\nc.png,of the list\n");
  DataConfig config;
  config.captions = (folder / "me/captions.csv").string();
  Survey found = survey_of(folder / "me", {}, config);
  EXPECT_EQ(found.train[0].caption.text, "one");
  EXPECT_THAT(found.warnings,
              testing::ElementsAre(HasSubstr("me: 2 text files are no photo's caption: b.caption (is b.txt meant?), "
                                             "c.png.txt (is c.txt meant?); a caption stands in a .txt file")));
  for (int i = 0; i < 9; ++i) write_text(folder / "me" / ("x" + std::to_string(i) + ".txt"), "nobody's");
  found = survey_of(folder / "me", {}, config);
  EXPECT_EQ(found.unused_texts.size(), 11u);
  EXPECT_THAT(found.warnings[0], HasSubstr("x2.txt and 6 more (miafr data check lists them)"));
}

TEST(Survey, NotesOfCaptionsAreToldTogether) {
  const fs::path folder = temporary_folder();
  for (const char* name : {"a", "b", "c"}) write_photo(folder / "me" / (std::string(name) + ".png"), 8, 8);
  write_text(folder / "me/b.txt", "a {token}");
  write_text(folder / "me/c.txt", "another {token}");
  EXPECT_THAT(note_warnings(survey_of(folder / "me", {}, {})),
              testing::ElementsAre(HasSubstr("me/b.png and 1 more: {token} stays as it stands")));
}

TEST(Survey, APhotoAloneInItsBucketIsTold) {
  const fs::path folder = temporary_folder();
  for (const char* name : {"a.png", "b.png"}) write_photo(folder / "me" / name, 64, 64);
  write_photo(folder / "me/wide.png", 90, 160);
  DataConfig config;
  config.size = 256;
  EXPECT_TRUE(alone_in_bucket(survey_of(folder / "me", {}, config).train).empty());
  config.buckets = true;
  const Survey found = survey_of(folder / "me", {}, config);
  const auto alone = alone_in_bucket(found.train);
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0]->file.filename(), "wide.png");
  EXPECT_EQ(alone_text(*alone[0], 1), "alone at 320x192: trained as often as any other, in batches of its own");
  EXPECT_EQ(alone_text(*alone[0], 2),
            "alone at 320x192: trained as often as any other, in batches of its own that hold it 2 times");
}

TEST(Survey, EndsWhenItIsCancelled) {
  const fs::path folder = temporary_folder();
  for (int i = 0; i < 50; ++i) write_photo(folder / (std::to_string(i) + ".png"), 64, 64);
  const auto cancel = [](std::int64_t, std::int64_t) { throw std::runtime_error("cancelled"); };
  EXPECT_THROW(survey({folder, {}}, {}, false, cancel), std::runtime_error);
}

}  // namespace
}  // namespace miafr
