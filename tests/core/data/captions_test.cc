#include "core/data/captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;
using testing::AllOf;
using testing::HasSubstr;

void write(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

const CaptionSettings kSubject{"data.", "photo of a {token} {class}", "", "", false};
const CaptionSettings kReg{"data.reg_", "A photo of a {label}", "", "", true};

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

Caption caption(const CaptionSettings& settings, const fs::path& file, const fs::path& folder = "photos") {
  return CaptionRules(folder, settings, "sks", "person").of(file);
}

std::string text(const CaptionSettings& settings, const fs::path& file) { return caption(settings, file).text; }

std::string settings_error(const CaptionSettings& settings) {
  return error_of([&] { CaptionRules("photos", settings, "sks", "person"); });
}

TEST(Captions, OfTheSubjectFollowTheTemplate) {
  EXPECT_EQ(text(kSubject, "photos/1.png"), "photo of a sks person");
  CaptionSettings settings = kSubject;
  settings.text = "{token} {token}, a {class} {in} {braces{class}} {}";
  EXPECT_THAT(settings_error(settings),
              AllOf(HasSubstr("data.caption: unknown place {in}"), HasSubstr("(known: token")));
  settings.text = "{token}{token} {class}} {}{ {Class}";
  EXPECT_EQ(text(settings, "photos/1.png"), "skssks person} {}{ {Class}");
}

TEST(Captions, PlacesAreFilledOnce) {  // what is filled in is no template
  const CaptionRules rules("photos", kSubject, "{class}", "{token}");
  EXPECT_EQ(rules.of("photos/1.png").text, "photo of a {class} {token}");
}

TEST(Captions, OfTheRegularisationSetComeFromTheName) {
  EXPECT_EQ(text(kReg, "photos/youngadults_0012.png"), "A photo of a youngadults");
  EXPECT_EQ(text(kReg, "photos/elderly.jpg"), "A photo of a elderly");
  EXPECT_EQ(text(kReg, "photos/child12.png"), "A photo of a child");
  EXPECT_EQ(text(kReg, "photos/old - 3.png"), "A photo of a old");
  EXPECT_EQ(text(kReg, "photos/a_b/middleaged_x_y.png"), "A photo of a middleaged");
  EXPECT_EQ(text(kReg, "photos/young adults_1.png"), "A photo of a young adults");
  EXPECT_EQ(text(kReg, "photos/\xc3\xa4ltere_1.png"), "A photo of a \xc3\xa4ltere");
  EXPECT_EQ(caption(kReg, "photos/child_1.png").label, "child");
}

TEST(Captions, ANameWithoutLettersIsAnError) {
  for (const char* name : {"00012.png", "_child_1.png", "-- 1.png", "!!.png", "1child.png"})
    EXPECT_THAT(error_of([&] { caption(kReg, fs::path("photos") / name); }), HasSubstr("its name has no letters"))
        << name;
  EXPECT_THAT(error_of([&] { caption(kReg, "photos/ch\xff_1.png"); }), HasSubstr("not UTF-8"));
  CaptionSettings same_for_all = kReg;
  same_for_all.text = "a photo of a {class}";  // then no name is asked for
  EXPECT_EQ(text(same_for_all, "photos/00012.png"), "a photo of a person");
}

TEST(Captions, AnExpressionFindsTheLabelInThePath) {
  CaptionSettings settings = kReg;
  settings.regex = "^([a-z]+)/";
  EXPECT_EQ(text(settings, "photos/child/img_1.png"), "A photo of a child");
  EXPECT_EQ(caption(settings, "photos/child/img_1.png").rule, CaptionRule::kRegex);
  const Caption other = caption(settings, "photos/img_1.png");  // the next rule applies, and says so
  EXPECT_EQ(other.rule, CaptionRule::kName);
  EXPECT_EQ(other.text, "A photo of a img");
  EXPECT_EQ(other.note, "data.reg_caption_regex does not match");
  settings.regex = "(?<=age-)\\p{L}+";  // no group: all of it
  EXPECT_EQ(text(settings, "photos/1_age-old_2.png"), "A photo of a old");
  CaptionSettings subject = kSubject;
  subject.text = "photo of a {token} {class} as {label}";
  EXPECT_THAT(error_of([&] { caption(subject, "photos/1.png"); }), HasSubstr("give data.caption_regex"));
  subject.regex = "_(young|old)";
  EXPECT_EQ(text(subject, "photos/1_old.png"), "photo of a sks person as old");
  EXPECT_THAT(error_of([&] { caption(subject, "photos/1_odd.png"); }), HasSubstr("data.caption_regex does not match"));
}

TEST(Captions, WrongExpressionsAreRefused) {
  CaptionSettings settings = kReg;
  settings.regex = "([a-z+";
  EXPECT_THAT(settings_error(settings), HasSubstr("data.reg_caption_regex: '([a-z+' is no regular expression"));
  settings.regex = "\xff";
  EXPECT_THAT(settings_error(settings), HasSubstr("is no regular expression"));
  CaptionSettings subject = kSubject;
  subject.regex = "(.)";
  EXPECT_THAT(settings_error(subject), HasSubstr("its label has no place {label} in data.caption"));
}

TEST(Captions, AnExpressionThatTakesForEverIsStopped) {
  CaptionSettings settings = kReg;
  for (const char* regex : {"^(a+)+$", "^(a|aa)+$", "((a*)*)*b"}) {
    settings.regex = regex;
    const std::string error = error_of([&] { caption(settings, "photos/" + std::string(60, 'a') + "!.png"); });
    EXPECT_THAT(error, AllOf(HasSubstr("data.reg_caption_regex: it takes too long on 'aaaa"))) << regex;
  }
  settings.regex = "^(.|\\n)*?(x)$";  // std::regex overflows the stack on this
  EXPECT_EQ(caption(settings, "photos/" + std::string(3000, 'a') + ".png").rule, CaptionRule::kName);
}

TEST(Captions, ASidecarGoesFirst) {
  const fs::path folder = temporary_folder();
  write(folder / "captions.csv", "file,caption\nchild_1.png,from the csv\n");
  CaptionSettings settings = kReg;
  settings.csv = (folder / "captions.csv").string();
  settings.regex = "(child)";
  const auto rule = [&](const char* file) { return name_of(caption(settings, folder / file, folder).rule); };
  EXPECT_STREQ(rule("child_1.png"), "csv");
  EXPECT_STREQ(rule("child_2.png"), "regex");
  EXPECT_STREQ(rule("old_2.png"), "name");
  write(folder / "child_1.txt", "from the sidecar");
  write(folder / "old_2.txt", "of a sidecar");
  EXPECT_STREQ(rule("child_1.png"), "sidecar");
  EXPECT_STREQ(rule("old_2.png"), "sidecar");
  EXPECT_EQ(caption(settings, folder / "child_1.png", folder).text, "from the sidecar");
}

std::string sidecar(const std::string& text) {
  const fs::path folder = temporary_folder();
  write(folder / "1.txt", text);
  return caption(kSubject, folder / "1.png", folder).text;
}

TEST(Captions, OfASidecarAreItsFirstLine) {
  EXPECT_EQ(sidecar("a photo"), "a photo");
  EXPECT_EQ(sidecar("a photo \t \r\n"), "a photo");
  EXPECT_EQ(sidecar("\xef\xbb\xbf"
                    "a photo, (sharp:1.2)\nmore"),
            "a photo, (sharp:1.2)");
  EXPECT_EQ(sidecar("a \xe5\x86\x99\xe7\x9c\x9f \xf0\x9f\x91\xb4"), "a \xe5\x86\x99\xe7\x9c\x9f \xf0\x9f\x91\xb4");
  const fs::path folder = temporary_folder();
  write(folder / "1.txt", "one\n\n two");
  EXPECT_THAT(caption(kSubject, folder / "1.png", folder).note, HasSubstr("only the first line"));
  write(folder / "1.txt", "one\n \r\n");
  EXPECT_EQ(caption(kSubject, folder / "1.png", folder).note, "");
}

TEST(Captions, OfBadSidecarsAreRefused) {
  const auto error = [](const std::string& text) { return error_of([&] { sidecar(text); }); };
  EXPECT_EQ(error(""), "its caption 1.txt is empty");
  EXPECT_EQ(error(" \t\nsecond line"), "its caption 1.txt is empty");
  EXPECT_EQ(error("caf\xe9"), "its caption 1.txt is not UTF-8; save it as UTF-8");
  for (const std::string& utf16 : {std::string("\xff\xfe\x61\0b\0", 6), std::string("\xfe\xff\0\x61\0b", 6),
                                   std::string("a\0b\0", 4), std::string("\0a\0b", 4)})
    EXPECT_EQ(error(utf16), "its caption 1.txt is UTF-16; save it as UTF-8");
  EXPECT_THAT(error(std::string("a\0b", 3)), HasSubstr("control character"));
  EXPECT_THAT(error("a\x1b[31mb"), HasSubstr("control character '\\x1b'"));
  EXPECT_EQ(error(std::string(64 << 10, 'a')), "no error");
  EXPECT_EQ(error(std::string((64 << 10) + 1, 'a')), "its caption 1.txt is larger than 64 KiB");
  const fs::path folder = temporary_folder();
  fs::create_directory(folder / "1.txt");
  EXPECT_EQ(error_of([&] { caption(kSubject, folder / "1.png", folder); }), "its caption 1.txt is no file");
  fs::create_symlink("nowhere", folder / "2.txt");
  EXPECT_EQ(error_of([&] { caption(kSubject, folder / "2.png", folder); }), "its caption 2.txt is no file");
}

TEST(Captions, OfASidecarInAnyCase) {
  const fs::path folder = temporary_folder();
  write(folder / "a.TXT", "of Windows");
  write(folder / "b.Txt", "not this one");
  write(folder / "b.txt", "this one");
  const CaptionRules rules(folder, kSubject, "sks", "person");
  EXPECT_EQ(rules.of(folder / "a.jpg").text, "of Windows");
  EXPECT_EQ(rules.of(folder / "b.jpg").text, "this one");
  EXPECT_EQ(rules.of(folder / "c.jpg").text, "photo of a sks person");
}

TEST(Captions, APlaceInACaptionThatIsWrittenOutIsNoted) {
  const fs::path folder = temporary_folder();
  write(folder / "a.txt", "photo of {token}, (smiling)");
  write(folder / "captions.csv", "file,caption\nb.jpg,a {class}\na.jpg,other\n");
  CaptionSettings settings = kSubject;
  settings.csv = (folder / "captions.csv").string();
  const Caption sidecar = caption(settings, folder / "a.jpg", folder);
  EXPECT_EQ(sidecar.text, "photo of {token}, (smiling)");
  EXPECT_EQ(sidecar.note,
            "{token} stays as it stands: places are filled in in data.caption and data.reg_caption only; its .txt goes "
            "before its row of data.captions");
  EXPECT_THAT(caption(settings, folder / "b.jpg", folder).note, HasSubstr("{class} stays as it stands"));
}

std::vector<std::string> unused(const fs::path& folder, const std::set<fs::path>& used) {
  std::vector<std::string> names;
  for (const UnusedText& text : find_unused_texts(folder, {folder / "a.jpg", folder / "d/c.jpg"}, used))
    names.push_back(text.file.lexically_relative(folder).string() + ">" + text.meant.filename().string());
  return names;
}

TEST(Captions, TextsThatNoPhotoTakesItsCaptionFromAreFound) {
  const fs::path folder = temporary_folder();
  for (const char* name : {"a.txt", "a.caption", "orphan.TXT", "d/c.jpg.txt", "d/c.json", "d/other.json", ".hidden.txt",
                           ".git/x.txt", "metadata.jsonl", "manifest.csv", "a.png.part"})
    write(folder / name, "x");
  EXPECT_THAT(
      unused(folder, {folder / "a.txt"}),
      testing::ElementsAre("a.caption>a.txt", "d/c.jpg.txt>c.txt", "d/c.json>c.txt", "metadata.jsonl>", "orphan.TXT>"));
}

struct Csv {
  explicit Csv(const std::string& text) {
    write(folder / "captions.csv", text);
    settings.csv = (folder / "captions.csv").string();
  }
  std::string error() const {
    return error_of([&] { CaptionRules(folder, settings, "sks", "person"); });
  }
  std::string text(const char* file) const { return caption(settings, folder / file, folder).text; }

  const fs::path folder = temporary_folder();
  CaptionSettings settings = kSubject;
};

TEST(Captions, OfACsvGoByThePathBelowTheFolder) {
  const Csv csv(
      "\xef\xbb\xbf"
      "id,caption,file\r\n1,\"a \"\"photo\"\", sharp\",1.png\r\n2,two,a/./2.png\r\n3,'=x,3.png\r\n");
  EXPECT_EQ(csv.text("1.png"), "a \"photo\", sharp");
  EXPECT_EQ(csv.text("a/2.png"), "two");
  EXPECT_EQ(csv.text("3.png"), "=x");
  EXPECT_EQ(csv.text("2.png"), "photo of a sks person");
  const CaptionRules rules(csv.folder, csv.settings, "sks", "person");
  EXPECT_THAT(rules.rows_without_file({csv.folder / "1.png", csv.folder / "a/2.png"}),
              testing::ElementsAre(HasSubstr("captions.csv:4: there is no image '3.png'; is '1.png' meant?")));
  const Csv windows("file,caption\na\\2.png,two\n");
  EXPECT_THAT(
      CaptionRules(windows.folder, windows.settings, "sks", "person").rows_without_file({windows.folder / "a/2.png"}),
      testing::ElementsAre(HasSubstr("captions.csv:2: there is no image 'a\\2.png'; is 'a/2.png' meant?")));
}

TEST(Captions, OfABadCsvAreRefusedWithTheLine) {
  EXPECT_THAT(Csv("").error(), HasSubstr("captions.csv:1: it is empty"));
  EXPECT_THAT(Csv("file;caption\n").error(), HasSubstr("captions.csv:1: there is no column 'file'"));
  EXPECT_THAT(Csv("file,text\n").error(), HasSubstr("captions.csv:1: there is no column 'caption'"));
  EXPECT_THAT(Csv("file,caption\n1.png\n").error(),
              HasSubstr("captions.csv:2: the row ends before its column 'caption'"));
  EXPECT_THAT(Csv("file,caption\n1.png, \n").error(), HasSubstr("captions.csv:2: the caption is empty"));
  EXPECT_THAT(Csv("file,caption\n1.png,\xff\n").error(), HasSubstr("captions.csv:2: the caption is not UTF-8"));
  EXPECT_THAT(Csv("file,caption\n1.png,\"a\nb\"\n").error(), HasSubstr("control character"));
  EXPECT_THAT(Csv("file,caption\n1.png,a\n./1.png,b\n").error(),
              HasSubstr("captions.csv:3: another caption for '1.png' than on line 2"));
  EXPECT_EQ(Csv("file,caption\n1.png,a\n1.png,a\n").error(), "no error");
  CaptionSettings missing = kSubject;
  missing.csv = "no/such.csv";
  EXPECT_THAT(settings_error(missing), HasSubstr("no/such.csv"));
}

TEST(Captions, NeedAToken) {
  EXPECT_THAT(error_of([] { CaptionRules("photos", kSubject, " ", "person"); }), HasSubstr("the token is empty"));
  EXPECT_THAT(error_of([] { CaptionRules("photos", kSubject, "sks", ""); }), HasSubstr("the class word is empty"));
  EXPECT_THAT(error_of([] { CaptionRules("photos", kSubject, "\xff", "person"); }),
              HasSubstr("the token is not UTF-8"));
  EXPECT_EQ(error_of([] { CaptionRules("photos", kReg, "", ""); }), "no error");  // has no place for either
  CaptionSettings empty = kSubject;
  empty.text = " ";
  EXPECT_THAT(settings_error(empty), HasSubstr("data.caption is empty"));
}

}  // namespace
}  // namespace miafr
