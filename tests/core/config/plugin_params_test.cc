#include "core/config/plugin_params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using miafr_tests::error_of;

constexpr ParamSpec kSpecs[] = {
    flag_param("normalize", true, "unit length"),
    integer_param("queue", 8, "earlier pairs", 0, 65536),
    integer_param("offset", 0, "any integer"),
    real_param("temperature", 0.5, "softmax temperature", 1e-3, 10),
    real_param("margin", 0.2, "of the triplet", 0),
    real_param("ceiling", -1, "upper end only", -kNoLimit, 0),
    text_param("file", "weights.safetensors", "weights"),
    choice_param("distance", "cosine", "how embeddings are compared", "cosine|l1|triplet"),
    plugin_param("matcher", "dlib_resnet", "compares faces", "face_matcher"),
};
constexpr ParamTable kTable(kSpecs);

Params resolve(const RawParams& raw) { return resolve_params(kTable, raw, "losses[0].params"); }

// Of run.yaml's line 7.
std::string error(const std::string& key, const std::string& text) {
  return error_of([&] { resolve({{key, text, "run.yaml:7"}}); });
}

TEST(ResolveParams, GivesDefaultsOfEverythingDeclared) {
  const Params params = resolve({});
  EXPECT_EQ(params.values().size(), kTable.size);
  EXPECT_TRUE(params.flag("normalize"));
  EXPECT_EQ(params.integer("queue"), 8);
  EXPECT_EQ(params.real("temperature"), 0.5);
  EXPECT_EQ(params.text("file"), "weights.safetensors");
  EXPECT_EQ(params.text("distance"), "cosine");
}

TEST(ResolveParams, TakesEveryType) {
  const Params params = resolve({{"normalize", "No", ""},
                                 {"queue", "16", ""},
                                 {"temperature", "1e-3", ""},
                                 {"file", "5", ""},
                                 {"distance", "l1", ""},
                                 {"matcher", "adaface", ""}});
  EXPECT_EQ(params.text("matcher"), "adaface");
  EXPECT_FALSE(params.flag("normalize"));
  EXPECT_EQ(params.integer("queue"), 16);
  EXPECT_EQ(params.real("temperature"), 0.001);
  EXPECT_EQ(params.text("file"), "5");
  EXPECT_EQ(params.text("distance"), "l1");
}

TEST(ResolveParams, LaterOfEqualKeysCounts) {
  EXPECT_EQ(resolve({{"queue", "1", ""}, {"queue", "2", ""}}).integer("queue"), 2);
}

TEST(ResolveParams, SaysWhatIsAllowed) {
  EXPECT_EQ(error("temperature", "20"), "run.yaml:7: losses[0].params.temperature = 20, allowed 0.001..10");
  EXPECT_EQ(error("temperature", "0.0009"), "run.yaml:7: losses[0].params.temperature = 0.0009, allowed 0.001..10");
  EXPECT_EQ(error("queue", "-1"), "run.yaml:7: losses[0].params.queue = -1, allowed 0..65536");
  EXPECT_EQ(error("margin", "-0.5"), "run.yaml:7: losses[0].params.margin = -0.5, allowed 0 or more");
  EXPECT_EQ(error("ceiling", "1"), "run.yaml:7: losses[0].params.ceiling = 1, allowed 0 or less");
}

TEST(ResolveParams, EndsOfARangeAreAllowed) {
  EXPECT_EQ(resolve({{"temperature", "10", ""}}).real("temperature"), 10);
  EXPECT_EQ(resolve({{"temperature", "0.001", ""}}).real("temperature"), 0.001);
  EXPECT_EQ(resolve({{"queue", "0", ""}}).integer("queue"), 0);
}

TEST(ResolveParams, SaysWhatTypeIsNeeded) {
  EXPECT_EQ(error("temperature", "fast"), "run.yaml:7: losses[0].params.temperature = fast, a number is needed");
  EXPECT_EQ(error("temperature", ".nan"), "run.yaml:7: losses[0].params.temperature = .nan, a finite number is needed");
  EXPECT_EQ(error("margin", "inf"), "run.yaml:7: losses[0].params.margin = inf, a finite number is needed");
  EXPECT_EQ(error("margin", "1e999"), "run.yaml:7: losses[0].params.margin = 1e999, a finite number is needed");
  EXPECT_EQ(error("queue", "2.5"), "run.yaml:7: losses[0].params.queue = 2.5, an integer is needed");
  EXPECT_EQ(
      error("offset", "9223372036854775808"),
      "run.yaml:7: losses[0].params.offset = 9223372036854775808, an integer of at most 9223372036854775807 is needed");
  EXPECT_EQ(error("normalize", "maybe"), "run.yaml:7: losses[0].params.normalize = maybe, true or false is needed");
  EXPECT_EQ(error("normalize", "1"), "run.yaml:7: losses[0].params.normalize = 1, true or false is needed");
}

TEST(ResolveParams, ListsChoices) {
  EXPECT_EQ(error("distance", "cosin"),
            "run.yaml:7: losses[0].params.distance = cosin, did you mean 'cosine'? (allowed: cosine, l1, triplet)");
  EXPECT_EQ(error("distance", "euclidean"),
            "run.yaml:7: losses[0].params.distance = euclidean (allowed: cosine, l1, triplet)");
}

TEST(ResolveParams, NamesTheNearestKey) {
  EXPECT_EQ(error("temprature", "1"),
            "run.yaml:7: losses[0].params: unknown key 'temprature', did you mean 'temperature'? (known: normalize, "
            "queue, offset, temperature, margin, ceiling, file, distance, matcher)");
  const RawParams raw = {{"zzz", "1", "run.yaml:7"}};
  EXPECT_EQ(error_of([&] { resolve_params(kNoParams, raw, "loss cosine"); }),
            "run.yaml:7: loss cosine: unknown key 'zzz' (known: none)");
}

TEST(ResolveParams, UsesTheGivenPathAndLeavesOutAnEmptyOrigin) {
  EXPECT_EQ(error_of([] {
              resolve({{"queue", "x", "", "model.params.queue"}});
            }),
            "model.params.queue = x, an integer is needed");
  EXPECT_THAT(error_of([] {
                resolve({{"q", "x", "", "model.params.q"}});
              }),
              testing::StartsWith("model.params: unknown key 'q'"));
}

TEST(ResolveParams, ChecksDefaultsToo) {
  constexpr ParamSpec kBad[] = {real_param("scale", 20, "its default lies outside", 0, 10)};
  EXPECT_EQ(error_of([&] { resolve_params(kBad, {}, "loss bad"); }),
            "loss bad: default of scale = 20.0, allowed 0..10");
}

TEST(ResolveParams, MessagesStayOneLineWithoutControlCharacters) {
  EXPECT_EQ(error("queue", "1\n2\x1b[31m\xc2\x9b"),
            "run.yaml:7: losses[0].params.queue = 1\\x0a2\\x1b[31m\\x9b, an integer is needed");
  const std::string message = error("queue", std::string(100000, 'x'));
  EXPECT_EQ(message, "run.yaml:7: losses[0].params.queue = " + std::string(80, 'x') + "..., an integer is needed");
}

TEST(ResolveParams, MessagesCutNoCharacterInTwo) {
  const std::string e = "\xc3\xa9";
  std::string text(79, 'x');
  EXPECT_EQ(error("queue", text + e + e + "y"),
            "run.yaml:7: losses[0].params.queue = " + text + e + "..., an integer is needed");
}

TEST(AllowedValues, DescribesEveryType) {
  std::vector<std::string> allowed;
  for (const ParamSpec& spec : kTable) allowed.push_back(allowed_values(spec));
  EXPECT_THAT(allowed, testing::ElementsAre("true, false", "0..65536", "", "0.001..10", "0 or more", "0 or less", "",
                                            "cosine, l1, triplet", "a face_matcher"));
}

}  // namespace
}  // namespace miafr
