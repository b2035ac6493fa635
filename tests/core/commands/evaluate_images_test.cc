// evaluate, detect, compare and embed as a user runs them, on the public-domain portrait and on drawn faces.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
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

// A cache of its own: results must not come from another run.
std::map<std::string, std::string> environment() {
  static const std::string cache = temporary_folder().string();
  return {{"XDG_CACHE_HOME", cache}};
}

ProcessResult run(std::vector<std::string> arguments) { return miafr(std::move(arguments), environment()); }

std::string portrait() { return data_file("models/astronaut.png").string(); }

void write_image(const fs::path& file, const cv::Mat& image) {
  fs::create_directories(file.parent_path());
  ASSERT_TRUE(cv::imwrite(file.string(), image));
}

TEST(Detect, FindsTheFaceOfThePortrait) {
  const ProcessResult found = run({"detect", "--json", "--age", "dlib_age", "--quality", "face_measures", portrait()});
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const json faces = json::parse(found.out)[0]["faces"];
  ASSERT_EQ(faces.size(), 1u);
  EXPECT_GT(faces[0]["confidence"].get<double>(), 0.99);
  EXPECT_NEAR(faces[0]["apparent_age"].get<double>(), 40, 25);
  EXPECT_GT(faces[0]["quality"]["face_measures"]["inter_eye_distance"]["native"].get<double>(), 20);
}

TEST(Detect, TheLightDetectorSeesTheSameFace) {
  const auto box = [](const ProcessResult& found) { return json::parse(found.out)[0]["faces"][0]; };
  const json mtcnn = box(run({"detect", "--json", portrait()}));
  const json haar = box(run({"detect", "--json", "--detector", "haar", portrait()}));
  const double width = mtcnn["box"][2].get<double>() - mtcnn["box"][0].get<double>();
  for (int i = 0; i < 5; ++i)
    for (int axis = 0; axis < 2; ++axis)
      EXPECT_NEAR(haar["points"][i][axis].get<double>(), mtcnn["points"][i][axis].get<double>(), 0.12 * width);
}

TEST(Detect, EveryFileIsAccountedFor) {
  const fs::path folder = temporary_folder();
  write_image(folder / "empty.png", cv::Mat(100, 100, CV_8UC3, cv::Scalar(90, 90, 90)));
  std::ofstream(folder / "not.jpg") << "<html>";
  fs::copy_file(portrait(), folder / "face.png");
  const ProcessResult found = run({"detect", folder.string()});
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_THAT(found.out, AllOf(HasSubstr("empty.png: no face (no face was found)"), HasSubstr("face.png: 1 face\n"),
                               HasSubstr("not.jpg: unreadable (")));
  const ProcessResult nothing = run({"detect", (folder / "not.jpg").string()});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err,
              HasSubstr("none of the images can be read; the first, " + (folder / "not.jpg").string() + ": "));
}

TEST(Detect, DrawsIntoAnEmptyFolderOnly) {
  const fs::path out = temporary_folder() / "drawn";
  ASSERT_EQ(run({"detect", portrait(), "--draw", out.string()}).exit_code, 0);
  const cv::Mat drawn = cv::imread((out / "00000-astronaut.png").string()), before = cv::imread(portrait());
  ASSERT_EQ(drawn.size(), before.size());
  EXPECT_GT(cv::norm(drawn, before), 0);
  EXPECT_THAT(run({"detect", portrait(), "--draw", out.string()}).err, HasSubstr("it holds files already"));
}

TEST(Compare, TheSameFaceIsTheSamePerson) {
  const fs::path folder = temporary_folder();
  cv::Mat image = cv::imread(portrait()), smaller, turned;
  cv::resize(image, smaller, {}, 0.75, 0.75, cv::INTER_AREA);
  write_image(folder / "smaller.jpg", smaller);
  cv::warpAffine(image, turned, cv::getRotationMatrix2D({220, 140}, 12, 1), image.size());
  write_image(folder / "turned.jpg", turned);
  for (const char* name : {"smaller.jpg", "turned.jpg"}) {
    const ProcessResult same = run({"compare", portrait(), (folder / name).string()});
    EXPECT_EQ(same.exit_code, 0) << same.err;
    EXPECT_THAT(same.out,
                AllOf(HasSubstr("dlib_resnet: distance 0."),
                      HasSubstr("same person at threshold 0.6000 (the usual one, from dlib's documentation)")));
  }
  const ProcessResult strict = run({"compare", portrait(), (folder / "turned.jpg").string(), "--threshold", "0.0001"});
  EXPECT_EQ(strict.exit_code, 0);
  EXPECT_THAT(strict.out, HasSubstr("different persons at threshold 0.0001 (--threshold)"));
}

TEST(Compare, AnFmrIsOfAnEvaluation) {
  const ProcessResult refused = run({"compare", portrait(), portrait(), "--fmr", "0.01"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("--fmr is of an evaluation whose threshold is taken"));
}

TEST(Compare, WithoutAFaceThereIsNoVerdict) {
  const fs::path folder = temporary_folder();
  write_image(folder / "grey.png", cv::Mat(100, 100, CV_8UC3, cv::Scalar(90, 90, 90)));
  const ProcessResult none = run({"compare", portrait(), (folder / "grey.png").string()});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("grey.png: no face was found"));
}

TEST(Embed, WritesWhatNumPyReads) {
  const fs::path folder = temporary_folder();
  write_image(folder / "in" / "grey.png", cv::Mat(100, 100, CV_8UC3, cv::Scalar(90, 90, 90)));
  fs::copy_file(portrait(), folder / "in" / "face.png");
  const fs::path out = folder / "e.npy";
  const ProcessResult made = run({"embed", (folder / "in").string(), "--out", out.string()});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("1 rows are NaN; 1 of 2 images have no usable face: no face 1"));
  const std::string bytes = read_text(out);
  ASSERT_EQ(bytes.size(), 128u + 2 * 128 * 4);
  EXPECT_THAT(bytes.substr(0, 128), HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 128), }"));
  std::vector<float> values(256);
  std::memcpy(values.data(), bytes.data() + 128, 1024);
  EXPECT_TRUE(std::isfinite(values[0]));  // face.png
  EXPECT_TRUE(std::isnan(values[128]));   // grey.png
  EXPECT_THAT(read_text(folder / "e.npy.csv"), HasSubstr("failed: no face"));
  EXPECT_THAT(run({"embed", portrait(), "--out", out.string()}).err, HasSubstr("is there already"));
  EXPECT_EQ(run({"embed", portrait(), "--out", (folder / "e.txt").string()}).exit_code, 2);
  EXPECT_THAT(run({"embed", (folder / "in/grey.png").string(), "--out", (folder / "none.npy").string()}).err,
              HasSubstr("no face 1; the first, " + (folder / "in/grey.png").string() + ": no face was found"));
}

// Drawn faces, aligned already: each person a pattern of blobs, which move a little from photo to photo, and noise.
void draw_person(const fs::path& file, int person, int photo, double noise) {
  cv::RNG shape(100 + person), grain(1000 * person + photo + 1);
  cv::Mat image(150, 150, CV_8UC3, cv::Scalar(shape.uniform(60, 200), shape.uniform(60, 200), shape.uniform(60, 200)));
  for (int i = 0; i < 14; ++i) {
    const cv::Point place(shape.uniform(10, 140) + grain.uniform(-14, 14),
                          shape.uniform(10, 140) + grain.uniform(-14, 14));
    const cv::Size size(shape.uniform(5, 40), shape.uniform(5, 40));
    const int angle = shape.uniform(0, 180);
    const cv::Scalar colour(shape.uniform(0, 255), shape.uniform(0, 255), shape.uniform(0, 255));
    cv::ellipse(image, place, size, angle, 0, 360, colour, cv::FILLED);
  }
  cv::Mat grains(image.size(), CV_16SC3);
  grain.fill(grains, cv::RNG::NORMAL, 0, noise);
  cv::add(image, grains, image, cv::noArray(), CV_8UC3);
  write_image(file, image);
}

class Evaluate : public testing::Test {
 protected:
  Evaluate() : folder_(temporary_folder()) {
    for (int person = 0; person < 6; ++person) {
      const std::string name = "person" + std::to_string(person);
      for (int photo = 0; photo < 3; ++photo)
        draw_person(folder_ / "references" / name / (std::to_string(photo) + ".png"), person, photo, 8);
      for (const char* label : {"old", "young"})
        draw_person(folder_ / "probes" / name / label / "0.png", person, 10, label[0] == 'o' ? 60 : 12);
    }
  }
  ProcessResult evaluate(std::vector<std::string> more, const std::string& out = "out") {
    std::vector<std::string> arguments = {"evaluate", "--out", (folder_ / out).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  std::vector<std::string> images() const {
    return {"--references", (folder_ / "references").string(),
            "--probes",     (folder_ / "probes").string(),
            "--aligned",    "--fmr",
            "0.1,0.01"};
  }
  json results(const std::string& out = "out") const { return json::parse(read_text(folder_ / out / "results.json")); }
  const fs::path folder_;
};

// The figures of one method and group.
json cell(const json& results, const std::string& method, const std::string& group, const json& seen = json()) {
  for (const json& one : results["matchers"][0]["methods"])
    if (one["method"] == method)
      for (const json& cell : one["groups"])
        if (cell["group"] == group && cell["reference_seen"] == seen) return cell;
  ADD_FAILURE() << method << " " << group;
  return {};
}

TEST_F(Evaluate, FoldersBecomeFigures) {
  const ProcessResult done = evaluate(images());
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json all = results();
  EXPECT_EQ(all["matchers"][0]["matcher"], "dlib_resnet");
  EXPECT_EQ(all["matchers"][0]["weights_sha256"].get<std::string>().size(), 64u);
  const json original = cell(all, "original", "all");
  EXPECT_EQ(original["genuine"], 6 * 3);              // 3 pairs of each person's 3 photos
  EXPECT_EQ(original["impostor"], 18 * 17 / 2 - 18);  // the other pairs, once
  for (const char* label : {"old", "young"}) {
    const json edited = cell(all, "edited", label);
    EXPECT_EQ(edited["genuine"], 6 * 3);
    EXPECT_EQ(edited["impostor"], 6 * 15);
    EXPECT_EQ(edited["operating_points"]["0.1"]["threshold"], original["operating_points"]["0.1"]["threshold"]);
  }
  EXPECT_FALSE(original["operating_points"].contains("0.001"));
  for (const char* name : {"scores.csv", "summary.csv", "operating_points.csv", "det.csv", "failures.csv", "table.tex",
                           "report.html", "embeddings.csv", "embeddings/dlib_resnet.npy", "embeddings/images.csv"})
    EXPECT_GT(fs::file_size(folder_ / "out" / name), 0u) << name;
  for (const char* name : {"results.json", "report.html", "scores.csv", "failures.csv"})
    EXPECT_THAT(read_text(folder_ / "out" / name), testing::Not(HasSubstr(folder_.string()))) << name;
  EXPECT_THAT(read_text(folder_ / "out" / "report.html"),
              AllOf(HasSubstr("Worst genuine pairs"), HasSubstr("data:image/jpeg;base64,")));
}

TEST_F(Evaluate, EveryPictureHasItsRow) {
  std::ofstream(folder_ / "probes" / "person0" / "old" / "broken.png") << "\x89PNG";
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const std::string table = read_text(folder_ / "out" / "images.csv");
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 18 + 12 + 1);
  EXPECT_THAT(table, testing::StartsWith("file,role,subject,method,label,status,reason,detail,face_score,apparent_age,"
                                         "face_measures.inter_eye_distance,face_measures.inter_eye_distance.native,"));
  EXPECT_THAT(table, HasSubstr("\nreferences/person0/0.png,reference,person0,,,ok,,,1,"));
  EXPECT_THAT(table, HasSubstr("\nprobes/person0/old/broken.png,probe,person0,edited,old,failed,unreadable,"));
}

TEST_F(Evaluate, PicturesWithoutATemplateAreCounted) {
  std::ofstream(folder_ / "probes" / "person0" / "old" / "broken.png") << "\x89PNG";
  for (int photo = 0; photo < 3; ++photo)
    std::ofstream(folder_ / "references" / "person1" / (std::to_string(photo) + ".png")) << "\x89PNG";
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const json original = cell(results(), "original", "all")["acquisition"];
  EXPECT_EQ(original["fta_errors"], 3);
  EXPECT_EQ(original["fta_trials"], 18);
  EXPECT_EQ(original["fte_errors"], 1);  // person1 cannot be enrolled
  EXPECT_EQ(original["fte_trials"], 6);
  const json old = cell(results(), "edited", "old")["acquisition"],
             young = cell(results(), "edited", "young")["acquisition"];
  EXPECT_EQ(old["fta_errors"], 1);
  EXPECT_EQ(old["fta_trials"], 7);
  EXPECT_EQ(old["probe_failures"]["unreadable"], 1);
  EXPECT_EQ(old["reference_failures"]["unreadable"], 3);
  EXPECT_EQ(young["fta_errors"], 0);
  EXPECT_EQ(young["fta_trials"], 6);
  EXPECT_THAT(read_text(folder_ / "out" / "report.html"), HasSubstr("Pictures without a template"));
}

TEST_F(Evaluate, ProbesAreSearchedAmongThePersons) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const json edited = cell(results(), "edited", "old")["identification"];
  EXPECT_EQ(edited["gallery_subjects"], 6);
  EXPECT_EQ(edited["probes"], 6);
  EXPECT_EQ(edited["cmc"].size(), 6u);
  EXPECT_EQ(edited["cmc"][5], 1.0);
  EXPECT_EQ(edited["rank1_trials"], 6);
  EXPECT_EQ(edited["rank1_found"].get<double>() / 6, edited["cmc"][0]);
  EXPECT_FALSE(edited.contains("rank1_errors"));
  EXPECT_EQ(cell(results(), "original", "all")["identification"]["probes"], 18);
  EXPECT_TRUE(fs::exists(folder_ / "out" / "plots" / "cmc-dlib_resnet.svg"));
}

TEST_F(Evaluate, EmbeddingsAreMappedTwice) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const std::string table = read_text(folder_ / "out" / "embeddings.csv");
  for (const char* technique : {"dlib_resnet,PCA,", "dlib_resnet,t-SNE,"}) {
    std::size_t rows = 0;
    for (std::size_t at = 0; (at = table.find(technique, at)) != std::string::npos; ++at) ++rows;
    EXPECT_EQ(rows, 30u) << technique;
  }
}

TEST_F(Evaluate, GroupsOfPersonsShareTheThreshold) {
  std::ofstream(folder_ / "groups.csv") << "subject,group\nperson0,a\nperson1,a\nperson2,a\nperson3,b\nperson4,b\n";
  auto with_groups = images();
  with_groups.insert(with_groups.end(), {"--groups", (folder_ / "groups.csv").string()});
  const ProcessResult done = evaluate(with_groups);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err,
              HasSubstr("1 person of those that are compared is not among the persons of the demographic groups: "
                        "'person5'. They have no group and are no part of those tables."));
  const json all = results();
  const json original = all["matchers"][0]["methods"][0];
  ASSERT_EQ(original["demographics"]["groups"].size(), 2u);
  const json a = original["demographics"]["groups"][0];
  EXPECT_EQ(a["group"], "a");
  EXPECT_EQ(a["genuine"], 3 * 3);
  EXPECT_EQ(a["impostor"], 3 * 9);  // of the same group: three pairs of persons, three photos each
  EXPECT_EQ(a["operating_points"]["0.1"]["threshold"],
            cell(all, "original", "all")["operating_points"]["0.1"]["threshold"]);
  EXPECT_THAT(read_text(folder_ / "out" / "report.html"), HasSubstr("Demographic groups"));
  EXPECT_GT(fs::file_size(folder_ / "out" / "demographics.csv"), 200u);
}

TEST_F(Evaluate, ScoresAloneGiveTheSameFigures) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const ProcessResult again = evaluate(
      {"--from-scores", (folder_ / "out" / "scores.csv").string(), "--score-kind", "distance", "--fmr", "0.1,0.01"},
      "again");
  ASSERT_EQ(again.exit_code, 0) << again.err;
  json from_images = results()["matchers"][0]["methods"], from_scores = results("again")["matchers"][0]["methods"];
  for (json& method : from_images)
    for (json& group : method["groups"]) group["acquisition"] = nullptr;  // counts pictures; scores are of pairs
  EXPECT_EQ(from_images, from_scores);
  EXPECT_EQ(results()["matchers"][0]["changes"], results("again")["matchers"][0]["changes"]);
  EXPECT_EQ(read_text(folder_ / "out" / "scores.csv"), read_text(folder_ / "again" / "scores.csv"));
}

TEST_F(Evaluate, ASecondRunIsTheSame) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  ASSERT_EQ(evaluate(images(), "again").exit_code, 0);  // from the cache
  for (const char* name : {"scores.csv", "results.json", "report.html"})
    EXPECT_EQ(read_text(folder_ / "out" / name), read_text(folder_ / "again" / name)) << name;
}

TEST_F(Evaluate, FailuresAreCountedNotDropped) {
  std::ofstream(folder_ / "probes" / "person0" / "old" / "broken.png") << "\x89PNG";
  const ProcessResult done = evaluate(images());
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json old = cell(results(), "edited", "old");
  EXPECT_EQ(old["failed_comparisons"]["by_reason"]["unreadable"]["genuine"], 3);
  EXPECT_EQ(old["failed_comparisons"]["by_reason"]["unreadable"]["impostor"], 15);
  EXPECT_EQ(old["operating_points"]["0.1"]["gfrr_trials"], 6 * 3 + 3);
  EXPECT_EQ(old["operating_points"]["0.1"]["fnmr_trials"], 6 * 3);
  EXPECT_THAT(read_text(folder_ / "out" / "failures.csv"),
              HasSubstr("image,,edited,old,probes/person0/old/broken.png,,person0,,,read,unreadable\n"));
  EXPECT_THAT(done.err, HasSubstr("1 of 31 images have no usable face: unreadable 1"));
}

TEST_F(Evaluate, CopiesAreNotComparedWithThemselves) {
  fs::copy_file(folder_ / "references" / "person0" / "0.png", folder_ / "probes" / "person0" / "old" / "copy.png");
  const ProcessResult done = evaluate(images());
  EXPECT_THAT(done.err, HasSubstr("1 comparisons of two copies of one file are left out"));
  EXPECT_EQ(cell(results(), "edited", "old")["genuine"], 6 * 3 + 2);
}

TEST_F(Evaluate, ReferencesSeenInTrainingAreToldApart) {
  auto with_training = images();
  with_training.insert(with_training.end(), {"--training", (folder_ / "references" / "person1").string()});
  ASSERT_EQ(evaluate(with_training).exit_code, 0);
  EXPECT_EQ(cell(results(), "edited", "all", true)["genuine"], 2 * 3);
  EXPECT_EQ(cell(results(), "edited", "all", false)["genuine"], 2 * 5 * 3);
}

TEST_F(Evaluate, MethodsAreCompared) {
  const ProcessResult done =
      evaluate({"--references", (folder_ / "references").string(), "--methods", "ours=" + (folder_ / "probes").string(),
                "--methods", "theirs=" + (folder_ / "probes").string(), "--aligned", "--baseline", "theirs"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const json matcher = results()["matchers"][0];
  EXPECT_EQ(matcher["baseline"], "theirs");
  ASSERT_FALSE(matcher["changes"].empty());
  bool any = false;
  for (const json& change : matcher["changes"])
    if (change["method"] == "ours") {
      any = true;
      EXPECT_EQ(change["gfrr"]["difference"], 0.0);  // the same images
    }
  EXPECT_TRUE(any);
}

TEST_F(Evaluate, AListOfPairsIsEnough) {
  std::ofstream(folder_ / "pairs.csv") << "image_a,image_b,label\n"
                                          "references/person0/0.png,references/person0/1.png,genuine\n"
                                          "references/person0/0.png,references/person1/1.png,impostor\n"
                                          "references/person2/0.png,references/person1/1.png,impostor\n";
  const ProcessResult done = evaluate({"--pairs", (folder_ / "pairs.csv").string(), "--aligned", "--fmr", "0.5"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(cell(results(), "original", "all")["genuine"], 1);
  EXPECT_EQ(cell(results(), "original", "all")["impostor"], 2);
}

TEST_F(Evaluate, APairWhoseFileIsNotThereIsNamedWithItsLine) {
  const auto refusal = [&](const std::string& rows) {
    std::ofstream(folder_ / "pairs.csv") << "image_a,image_b,label\n" << rows;
    const ProcessResult done = evaluate({"--pairs", (folder_ / "pairs.csv").string(), "--aligned"});
    EXPECT_EQ(done.exit_code, 1);
    EXPECT_FALSE(fs::exists(folder_ / "out"));
    return done.err;
  };
  EXPECT_THAT(
      refusal("references/person0/0.png,references/person0/1.png,genuine\n"
              "references\\person0\\0.png,references\\person0\\1.png,genuine\n"),
      HasSubstr("pairs.csv:3: references\\person0\\0.png: no such file; is references/person0/0.png meant? (and 1 "
                "more of the list)"));
  EXPECT_THAT(refusal("references/person0/0.PNG,references/person0/1.png,genuine\n"),
              HasSubstr("pairs.csv:2: references/person0/0.PNG: no such file; is references/person0/0.png meant?\n"));
  EXPECT_THAT(refusal("nobody/0.png,references/person0/1.png,genuine\n"),
              HasSubstr("pairs.csv:2: nobody/0.png: no such file\n"));
}

TEST_F(Evaluate, WhereAllFailTheFirstIsNamedWithItsReason) {
  for (const char* name : {"a.png", "b.png"}) std::ofstream(folder_ / name) << "<html>";
  std::ofstream(folder_ / "pairs.csv") << "image_a,image_b,label\na.png,b.png,genuine\n";
  const ProcessResult done = evaluate({"--pairs", (folder_ / "pairs.csv").string()});
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.err, HasSubstr("none of the 1 comparisons has a score, all failed: unreadable 2 (a.png: "));
}

TEST_F(Evaluate, APersonOfCopiesIsNamed) {
  for (const char* name : {"1.png", "2.png"})
    fs::copy_file(folder_ / "references/person0/0.png", folder_ / "references/person0" / name,
                  fs::copy_options::overwrite_existing);
  const ProcessResult some = evaluate(images());
  ASSERT_EQ(some.exit_code, 0) << some.err;
  EXPECT_THAT(some.err,
              HasSubstr("'person0' has no genuine comparison: all 3 are of copies of one picture and left out, "
                        "such as references/person0/0.png and references/person0/1.png."));
  fs::create_directories(folder_ / "one");
  fs::copy(folder_ / "references/person0", folder_ / "one/person0", fs::copy_options::recursive);
  const ProcessResult all = evaluate({"--references", (folder_ / "one").string(), "--aligned"}, "all");
  EXPECT_EQ(all.exit_code, 1);
  EXPECT_THAT(all.err,
              HasSubstr("there is no comparison: 3 comparisons of two copies of one file are left out. 'person0' "
                        "has no genuine comparison"));
}

TEST_F(Evaluate, AProbeOfAPersonWithoutReferenceIsNamedBeforeAndAfter) {
  fs::rename(folder_ / "probes/person3", folder_ / "probes/Person3");
  fs::create_directories(folder_ / "training");
  fs::copy_file(folder_ / "references/person0/0.png", folder_ / "training/0.png");
  auto words = images();
  words.insert(words.end(), {"--training", (folder_ / "training").string()});
  const ProcessResult done = evaluate(words);
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string warning =
      "1 person of the probes of edited is not among the references: 'Person3' (2 pictures; is "
      "'person3' meant?).";
  const std::size_t first = done.err.find(warning);
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(done.err.find(warning, first + 1), std::string::npos) << "twice";
  EXPECT_THAT(done.err, HasSubstr("references among the 1 training pictures: 1"));
  EXPECT_THAT(read_text(folder_ / "out/report.html"),
              HasSubstr("&#39;Person3&#39; (2 pictures; is &#39;person3&#39; meant?)"));
  const json all = results();
  EXPECT_EQ(all["unmatched_names"][0]["names"][0], (json{{"name", "Person3"}, {"meant", "person3"}, {"pictures", 2}}));
  EXPECT_EQ(all["training"]["references_among_them"], 1);
  // As the names say: of nobody's.
  EXPECT_EQ(cell(all, "edited", "all")["genuine"], 5 * 2 * 3);
  EXPECT_EQ(cell(all, "edited", "all")["impostor"], 6 * 2 * 18 - 5 * 2 * 3);
}

// Each picture is the one of its own folder, though the paths end alike.
TEST_F(Evaluate, FoldersOfOneNameAreToldApart) {
  fs::create_directories(folder_ / "theirs/probes");
  for (int person = 0; person < 6; ++person)  // another person under each name
    fs::copy(folder_ / "probes" / ("person" + std::to_string(5 - person)),
             folder_ / "theirs/probes" / ("person" + std::to_string(person)), fs::copy_options::recursive);
  const ProcessResult done =
      evaluate({"--references", (folder_ / "references").string(), "--methods", "ours=" + (folder_ / "probes").string(),
                "--methods", "theirs=" + (folder_ / "theirs/probes").string(), "--aligned"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, testing::Not(HasSubstr("repeat a pair")));
  const std::string table = read_text(folder_ / "out" / "images.csv");
  EXPECT_THAT(table, HasSubstr("\nours/probes/person0/old/0.png,probe,person0,ours,old,"));
  EXPECT_THAT(table, HasSubstr("\ntheirs/probes/person0/old/0.png,probe,person0,theirs,old,"));
  EXPECT_THAT(table, HasSubstr("\nreferences/person0/0.png,"));
}

TEST_F(Evaluate, PicturesOfOneNameInAListOfPairsAreToldApart) {
  std::ofstream(folder_ / "pairs.csv") << "image_a,image_b,label\n"
                                          "references/person0/0.png,references/person1/0.png,impostor\n"
                                          "references/person0/0.png,references/person0/1.png,genuine\n"
                                          "references/person1/0.png,references/person1/1.png,genuine\n";
  const ProcessResult done = evaluate({"--pairs", (folder_ / "pairs.csv").string(), "--aligned", "--fmr", "0.5"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.err, testing::Not(HasSubstr("with itself")));
  EXPECT_THAT(done.err, testing::Not(HasSubstr("repeat a pair")));
  EXPECT_THAT(read_text(folder_ / "out" / "scores.csv"), HasSubstr("references/person1/1.png"));
}

TEST_F(Evaluate, WhatIsNotThereIsRefusedBeforeAPictureIsRead) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"--baseline", "edted"}, "--baseline 'edted': no method has that name, did you mean 'edited'?"},
      {{"--baseline", "edited", "--bootstrap", "0"}, "--baseline and --bootstrap 0: "},
      {{"--trained-against", "dlib"}, "--trained-against: no matcher is named 'dlib'"},
      {{"--min-quality", "face_measures.sharpnes=10"}, "--min-quality: there is no measure 'face_measures.sharpnes'"},
      {{"--faces", "all"}, "--faces all: evaluate takes one face of each image"}};
  for (const auto& [options, reason] : mistakes) {
    std::vector<std::string> words = images();
    words.insert(words.end(), options.begin(), options.end());
    const fs::path cache = temporary_folder();
    words.insert(words.begin(), {"evaluate", "--out", (folder_ / "out").string()});
    const ProcessResult refused = miafr(words, {{"XDG_CACHE_HOME", cache.string()}});
    EXPECT_EQ(refused.exit_code, 2) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr(reason));
    EXPECT_FALSE(fs::exists(cache / "miafr" / "faces")) << reason;  // where results of pictures would be
  }
}

TEST_F(Evaluate, GroupsOfNobodyAreRefusedBeforeAPictureIsRead) {
  std::ofstream(folder_ / "groups.csv") << "subject,group\nnobody,a\n";
  auto words = images();
  words.insert(words.begin(), {"evaluate", "--out", (folder_ / "out").string()});
  words.insert(words.end(), {"--groups", (folder_ / "groups.csv").string()});
  const fs::path cache = temporary_folder();
  const ProcessResult refused = miafr(words, {{"XDG_CACHE_HOME", cache.string()}});
  EXPECT_EQ(refused.exit_code, 1) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("The first is 'person0', and the first of the groups 'nobody'"));
  EXPECT_FALSE(fs::exists(cache / "miafr" / "faces"));
}

TEST_F(Evaluate, ATrainedMatcherMayNotBeTheOnlyJudge) {
  auto trained = images();
  trained.insert(trained.end(), {"--trained-against", "dlib_resnet"});
  const ProcessResult refused = evaluate(trained);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("a loss was trained against every matcher here, so none can judge it"));
  trained.push_back("--allow-trained-judge");
  EXPECT_EQ(evaluate(trained, "allowed").exit_code, 0);
  EXPECT_TRUE(results("allowed")["matchers"][0]["trained_against"]);
}

TEST_F(Evaluate, ThresholdsServeCompare) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const std::string file = (folder_ / "references" / "person0" / "0.png").string();
  const ProcessResult same = run(
      {"compare", file, file, "--aligned", "--results", (folder_ / "out" / "results.json").string(), "--fmr", "0.1"});
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("same person at threshold"));
  EXPECT_THAT(same.out, HasSubstr("(FMR 0.1 in "));
}

TEST_F(Evaluate, AnswersAboutAttributesAreCounted) {
  std::ofstream(folder_ / "answers.csv") << "attribute,answer\nold,Yes\nold,no\nold,1\n";
  auto with_answers = images();
  with_answers.insert(with_answers.end(), {"--answers", (folder_ / "answers.csv").string()});
  ASSERT_EQ(evaluate(with_answers).exit_code, 0);
  EXPECT_EQ(results()["attributes"][0]["correct"], 2);
  EXPECT_EQ(results()["attributes"][0]["asked"], 3);
  std::ofstream(folder_ / "answers.csv", std::ios::app) << "old,perhaps\n";
  EXPECT_THAT(evaluate(with_answers, "other").err, HasSubstr("answers.csv:5: answer 'perhaps': allowed are yes, no"));
}

TEST_F(Evaluate, NothingIsOverwrittenUnasked) {
  ASSERT_EQ(evaluate(images()).exit_code, 0);
  const ProcessResult refused = evaluate(images());
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--overwrite"));
  auto overwrite = images();
  overwrite.push_back("--overwrite");
  EXPECT_EQ(evaluate(overwrite).exit_code, 0);
}

TEST_F(Evaluate, LowQualityIsAFailureOfItsOwn) {
  auto limited = images();
  limited.insert(limited.end(), {"--min-quality", "face_measures.dynamic_range=101"});
  const ProcessResult none = evaluate(limited);
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("comparisons has a score, all failed"));
  limited.back() = "face_measures.beauty=1";
  EXPECT_THAT(evaluate(limited, "other").err, HasSubstr("there is no measure 'face_measures.beauty'; there are: "));
}

TEST_F(Evaluate, WrongUseSaysWhatIsRight) {
  EXPECT_THAT(evaluate({}).err, HasSubstr("what is to be evaluated? Give --references with --probes"));
  EXPECT_THAT(evaluate({"--references", "x", "--pairs", "y"}).err, HasSubstr("give one of them"));
  EXPECT_THAT(evaluate({"--from-scores", "x.csv"}).err, HasSubstr("missing --score-kind"));
  EXPECT_THAT(evaluate({"--references", "x", "--fmr", "2"}).err, HasSubstr("is not a rate"));
  EXPECT_THAT(evaluate({"--references", "/nowhere"}).err, HasSubstr("/nowhere: it is no folder"));
  fs::create_directories(folder_ / "none");
  EXPECT_THAT(evaluate({"--references", (folder_ / "none").string()}).err, HasSubstr("there are no images in it"));
  write_image(folder_ / "flat" / "a.png", cv::Mat(10, 10, CV_8UC3));
  EXPECT_THAT(evaluate({"--references", (folder_ / "flat").string()}).err, HasSubstr("whose face is it?"));
  EXPECT_THAT(evaluate({"--references", "x", "--subject-pattern", "("}).err, HasSubstr("it is no regular expression"));
}

}  // namespace
}  // namespace miafr_tests
