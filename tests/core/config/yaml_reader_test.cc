// YAML that is broken or meant to break the reader.
#include "core/config/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/core/config/config_test_support.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using miafr_tests::error_of;
using miafr_tests::seconds;

// The sentence, reached in time.
std::string error(const std::string& text, double time_allowed = 1.0) {
  std::string message;
  const double time = seconds([&] { message = error_of([&] { read_yaml_text(text, "run.yaml"); }); });
  EXPECT_LT(time, time_allowed) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  return message;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(ReadYaml, KeepsOrderTextAndLines) {
  const Node root = read_yaml_text("b: 1.0e-06\na:\n  - x: 'yes'\n  - ~\n", "run.yaml");
  ASSERT_EQ(root.children.size(), 2u);
  EXPECT_EQ(root.children[0].key, "b");
  EXPECT_EQ(root.children[0].text, "1.0e-06");
  EXPECT_EQ(root.children[0].origin, "run.yaml:1");
  const Node& list = root.children[1];
  EXPECT_EQ(list.origin, "run.yaml:2") << "a map's entry begins with its key";
  EXPECT_EQ(list.children[0].find("x")->text, "yes");
  EXPECT_EQ(list.children[0].find("x")->origin, "run.yaml:3");
  EXPECT_TRUE(list.children[1].is_null());
  EXPECT_EQ(to_text(root), "{b: 1.0e-06, a: [{x: yes}, null]}");
}

TEST(ReadYaml, QuotedNullIsText) {
  const Node root = read_yaml_text("a: '~'\nb: ~\nc: \"\"\nd:\n", "run.yaml");
  EXPECT_EQ(root.find("a")->text, "~");
  EXPECT_TRUE(root.find("b")->is_null());
  EXPECT_EQ(root.find("c")->kind, Node::Kind::kScalar);
  EXPECT_TRUE(root.find("d")->is_null());
}

TEST(ReadYaml, ByteOrderMarkAndWindowsLineEndsAreFine) {
  const Node root = read_yaml_text(
      "\xef\xbb\xbf"
      "a: 1\r\nb:\r\n  c: 2\r\n",
      "run.yaml");
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("b")->find("c")->text, "2");
}

TEST(ReadYaml, TabsBetweenWordsAndInEmptyLinesAreFine) {
  const Node root = read_yaml_text("a:\t1\t# one\n\t\n\t# two\nb: 2\n", "run.yaml");
  EXPECT_EQ(root.find("a")->text, "1");
  EXPECT_EQ(root.find("b")->text, "2");
}

TEST(ReadYaml, AliasesAreCopies) {
  const Node root = read_yaml_text("a: &a {size: 512}\nb: *a\n", "run.yaml");
  EXPECT_EQ(root.find("b")->find("size")->text, "512");
  EXPECT_EQ(root.find("b")->origin, "run.yaml:2");
}

TEST(ReadYaml, RefusesWhatIsNoMap) {
  EXPECT_EQ(error(""), "run.yaml: is empty");
  EXPECT_EQ(error("# nothing but this\n\n"), "run.yaml: is empty");
  EXPECT_EQ(error("---\n"), "run.yaml: is empty");
  EXPECT_EQ(error("~\n"), "run.yaml: is empty");
  EXPECT_EQ(error("- a\n- b\n"), "run.yaml: is not a map of sections (key: value)");
  EXPECT_EQ(error("just text\n"), "run.yaml: is not a map of sections (key: value)");
}

TEST(ReadYaml, RefusesKeysGivenTwice) {
  EXPECT_EQ(error("train:\n  steps: 1\n  seed: 2\n  steps: 3\n"),
            "run.yaml:4: key 'steps' is given twice, first in line 2");
  EXPECT_EQ(error("a: 1\nb: 2\na: 3\n"), "run.yaml:3: key 'a' is given twice, first in line 1");
  EXPECT_EQ(error("a: {x: 1, x: 2}\n"), "run.yaml:1: key 'x' is given twice, first in line 1");
  EXPECT_EQ(error("a: 1\n'a': 2\n"), "run.yaml:2: key 'a' is given twice, first in line 1");
}

TEST(ReadYaml, RefusesKeysThatAreNoWords) {
  EXPECT_EQ(error("a: 1\n? [x, y]\n: 2\n"), "run.yaml:2: a key must be a single word");
  EXPECT_EQ(error("{a: 1}: 2\n"), "run.yaml:1: a key must be a single word");
  EXPECT_EQ(error("a: 1\n~: 2\n"), "run.yaml:2: a key must be a single word");
  EXPECT_EQ(error("a: &x b\n*x : 2\n"), "run.yaml:2: a key must be a single word");
  EXPECT_EQ(error("? " + std::string(300, 'k') + "\n: 1\n"), "run.yaml:1: a key of more than 256 bytes");
}

TEST(ReadYaml, RefusesTabsAsIndentation) {
  EXPECT_EQ(error("train:\n\tsteps: 5\n"), "run.yaml:2: a tab in the indentation, use spaces");
  EXPECT_EQ(error("train:\n  seed: 1\n \t steps: 5\n"), "run.yaml:3: a tab in the indentation, use spaces");
}

TEST(ReadYaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(error("a: 1\nb: \xff\xfe\n"), "run.yaml:2: not UTF-8 text");
  EXPECT_EQ(error(std::string("\xff\xfe"
                              "a\0:\0 \0b\0",
                              10)),
            "run.yaml:1: not UTF-8 text");
  EXPECT_EQ(error(std::string("a: 1\nb: x\0y\n", 12)), "run.yaml:2: a control character, byte 0");
  EXPECT_EQ(error("a: \x1b[31m\n"), "run.yaml:1: a control character, byte 27");
}

TEST(ReadYaml, TextsOfWindowsAreReadOrNamed) {
  EXPECT_EQ(error("\xef\xbb\xbf"
                  "a: 1\r\nb: 2\r\n"),
            "");
  const std::string file = (miafr_tests::temporary_folder() / "utf16.yaml").string();
  std::ofstream(file, std::ios::binary) << std::string("\xff\xfe\x61\0:\0 \0\x31\0", 10);
  try {
    read_yaml_file(file);
    ADD_FAILURE();
  } catch (const ConfigError& e) {
    EXPECT_EQ(e.what(), file + ": is UTF-16; save it as UTF-8");
  }
}

TEST(ReadYaml, RefusesSeveralDocumentsAndTags) {
  EXPECT_EQ(error("a: 1\n---\nb: 2\n"), "run.yaml: holds more than one YAML document");
  EXPECT_EQ(error("a: 1\n...\n...\n"), "");
  EXPECT_EQ(error("a: 1\n---\n- [\n"), "run.yaml:3: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(error("a: !!python/object:os.system x\n"),
            "run.yaml:1: tags such as tag:yaml.org,2002:python/object:os.system are not supported");
  EXPECT_EQ(error("a: !!float 1\n"), "run.yaml:1: tags such as tag:yaml.org,2002:float are not supported");
  EXPECT_EQ(error("a:\n  b: !own {x: 1}\n"), "run.yaml:2: tags such as !own are not supported");
}

TEST(ReadYaml, GivesTheLineOfBrokenYaml) {
  EXPECT_EQ(error("a: 1\nb: [1, 2\n"), "run.yaml:2: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(error("a: 1\n  b: 2\n"), "run.yaml:2: not valid YAML: illegal map value");
  EXPECT_EQ(error("a: *nobody\n"), "run.yaml:1: not valid YAML: the referenced anchor is not defined");
  EXPECT_EQ(error("a: \"\\q\"\n"), "run.yaml:1: not valid YAML: unknown escape character: q");
}

TEST(ReadYaml, EscapesAreRightOrRefused) {
  EXPECT_EQ(read_yaml_text("a: \"\\xe9\\u20ac\\U0001F600\\t\"\n", "run.yaml").find("a")->text,
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\t");
  EXPECT_EQ(error("a: \"\\N\"\n"), "run.yaml:1: an escape that yaml-cpp misreads; write \\u and four digits");
  EXPECT_EQ(error("a: \"\\_\"\n"), "run.yaml:1: an escape that yaml-cpp misreads; write \\u and four digits");
}

TEST(ReadYaml, NoticesAQuoteThatIsNotClosed) {
  for (const char* end : {"", "\n", "  \n\n", "\nb: 2\n"}) {
    EXPECT_THAT(error(std::string("a: 'open") + end), testing::EndsWith("not valid YAML: a quote is not closed"))
        << end;
    EXPECT_THAT(error(std::string("a: \"open") + end), testing::EndsWith("not valid YAML: a quote is not closed"))
        << end;
  }
  EXPECT_EQ(error("a: 'it''s closed'\nb: |\n  free text '\n"), "");
}

TEST(ReadYaml, RefusesBombs) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + repeated(", " + before, 8) + "]\n";
  }
  EXPECT_EQ(error(laughs), "run.yaml:5: more than 10000 values");
  EXPECT_EQ(error("a: &a [*a]\n"), "run.yaml:1: an alias inside of what it stands for");
  EXPECT_EQ(error("a: &a {b: *a}\n"), "run.yaml:1: an alias inside of what it stands for");
  EXPECT_EQ(error("a: [" + repeated("1,", 20000) + "1]\n"), "run.yaml:1: more than 10000 values");
}

TEST(ReadYaml, RefusesDeepNesting) {
  EXPECT_EQ(error("a: " + repeated("[", 63) + repeated("]", 63) + "\n"), "") << "64 levels are allowed";
  EXPECT_EQ(error("a: " + repeated("[", 64) + repeated("]", 64) + "\n"), "run.yaml:1: more than 64 levels");
  EXPECT_EQ(error("a: " + repeated("[", 10000)), "run.yaml:1: more than 64 levels");
  EXPECT_EQ(error("a: " + repeated("{a: ", 10000)), "run.yaml:1: more than 64 levels");
  EXPECT_EQ(error("a: " + repeated("[\n", 10001)), "run.yaml:10001: more than 10000 brackets");
  EXPECT_EQ(error("a: " + repeated("[", 1000000)), "run.yaml:1: more than 10000 brackets");
  EXPECT_EQ(error("a: " + repeated("{a: ", 200000)), "run.yaml:1: more than 10000 brackets");
  const std::string half = repeated("[", 40) + repeated("]", 40);
  EXPECT_EQ(error("a: &a " + half + "\nb: " + repeated("[", 30) + "*a" + repeated("]", 30) + "\n"),
            "run.yaml:2: more than 64 levels")
      << "through an alias";
}

TEST(ReadYaml, IsQuickWhateverTheFile) {
  constexpr int kBytes = 1000000;
  constexpr double kSlowMachine = 3;  // about 0.2 s at most on a fast one; anything quadratic takes minutes
  for (const std::string piece : {"{", "- ", "? ", "&a ",   "!", "'", "\"", "|\n", "a: ",   "a:\n ", "*a ",  "\\",
                                  "%", ",",  "]",  "- a\n", "a", " ", "\n", "#",   "---\n", "? a\n", "[a, ", "&a\n"}) {
    error(repeated(piece, kBytes / static_cast<int>(piece.size())), kSlowMachine);
    error("a: " + repeated(piece, kBytes / static_cast<int>(piece.size())), kSlowMachine);
  }
  std::string keys;
  for (int i = 0; i < 20000; ++i) keys += "k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(error(keys), "run.yaml:10000: more than 10000 values");
  EXPECT_EQ(error(keys + "\n"), "run.yaml:20001: more than 20000 lines");
  EXPECT_EQ(error("a: 1\n" + repeated("#\n", 19999)), "");
}

TEST(ReadYamlFile, SaysWhatIsWrongWithTheFile) {
  const auto folder = miafr_tests::temporary_folder();
  const std::string missing = (folder / "missing.yaml").string(), large = (folder / "large.yaml").string(),
                    good = (folder / "good.yaml").string();
  std::ofstream(large) << "a: 1\n" << std::string(1 << 20, '#');
  std::ofstream(good) << "a: 1\n";
  EXPECT_EQ(error_of([&] { read_yaml_file(missing); }), missing + ": no such file");
  EXPECT_EQ(error_of([&] { read_yaml_file(folder.string()); }),
            folder.string() + ": is a folder, a YAML file is needed");
  EXPECT_EQ(error_of([&] { read_yaml_file(large); }), large + ": larger than 1 MiB, too much for a config");
  EXPECT_EQ(read_yaml_file(good).find("a")->origin, good + ":1");
  EXPECT_EQ(error_of([&] { read_yaml_file(""); }), "no file is named");
}

TEST(ReadYamlValue, IsYamlOnlyWhereItLooksLikeIt) {
  EXPECT_EQ(to_text(read_yaml_value("[1, {a: b}]", "here")), "[1, {a: b}]");
  EXPECT_EQ(read_yaml_value("[1, 2]", "here").children[1].origin, "here");
  for (const char* text :
       {"a: b", "*", "&x", "# no comment", "- a", "x # y", "@", "%", "!!float 1", "1e-6", "photo of a person"})
    EXPECT_EQ(read_yaml_value(text, "here").text, text);
  EXPECT_EQ(read_yaml_value("'~'", "here").text, "~");
  EXPECT_EQ(read_yaml_value("''", "here").kind, Node::Kind::kScalar);
  EXPECT_TRUE(read_yaml_value("null", "here").is_null());
  EXPECT_EQ(error_of([] { read_yaml_value("[1, 2", "here"); }), "here: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(error_of([] { read_yaml_value("{a: 1, a: 2}", "here"); }), "here: key 'a' is given twice");
}

}  // namespace
}  // namespace miafr
