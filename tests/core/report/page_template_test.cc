// Templates over JSON: what is shown of numbers and of texts from outside, and that nothing is left out silently.
#include "core/report/page_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/report/results_json.h"
#include "core/report/text.h"
#include "tests/core/report/sample_evaluation.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string rendered(const std::string& text, const Json& object) {
  return render_page("page", object, {{"page", text}, {"part", "<{{name}}>"}});
}

TEST(PageTemplate, TextsAreEscapedAndNumbersAreExact) {
  const Json object = {
      {"name", "<b> & \"'\n"}, {"small", 0.0001}, {"third", 1.0 / 3}, {"count", 12345}, {"none", nullptr}};
  EXPECT_EQ(rendered("{{name}}", object), "&lt;b&gt; &amp; &quot;&#39;\\x0a");
  EXPECT_EQ(rendered("{{small}} {{count}} [{{none}}]", object), "0.0001 12345 []");
  EXPECT_EQ(std::stod(rendered("{{third}}", object)), 1.0 / 3);
  EXPECT_EQ(rendered("{{>part}}", object), "<&lt;b&gt; &amp; &quot;&#39;\\x0a>");
}

TEST(PageTemplate, NullAndEmptyTextsAreFalseAndZeroIsNot) {
  const Json object = {{"none", nullptr}, {"empty", ""}, {"zero", 0}, {"list", {1, 2}}, {"no_list", Json::array()}};
  EXPECT_EQ(rendered("{{#none}}a{{/none}}{{#empty}}b{{/empty}}{{#zero}}c{{/zero}}{{#no_list}}d{{/no_list}}", object),
            "c");
  EXPECT_EQ(rendered("{{#list}}{{.}}, {{/list}}", object), "1, 2, ");
  EXPECT_EQ(rendered("{{#list | any}}once{{/list | any}}{{^no_list | any}}, none{{/no_list | any}}", object),
            "once, none");
}

TEST(PageTemplate, NumbersHaveFormats) {
  const Json object = {
      {"share", 0.0468},          {"target", 0.001},           {"change", -0.44},       {"score", 0.6508681},
      {"none", nullptr},          {"infinite", "inf"},         {"persons", 1},          {"pictures", 12345},
      {"range", {0.024, 0.0902}}, {"changes", {-0.05, "inf"}}, {"targets", {0.1, 0.01}}};
  const auto shown = [&](const std::string& tag) { return rendered("{{" + tag + "}}", object); };
  EXPECT_EQ(shown("share | percent"), "4.68");
  EXPECT_EQ(shown("target | target"), "0.1");
  EXPECT_EQ(shown("change | signed"), "\u221244");
  EXPECT_EQ(shown("score | significant 4"), "0.6509");
  EXPECT_EQ(shown("infinite | significant 4"), "inf");
  EXPECT_EQ(shown("persons | plural person"), "1 person");
  EXPECT_EQ(shown("pictures | plural picture"), "12,345 pictures");
  EXPECT_EQ(shown("pictures|commas"), "12,345");
  EXPECT_EQ(shown("range | percent_range"), "2.40\u20139.02");
  EXPECT_EQ(shown("changes | signed_range"), "\u22125.0 to +inf");
  EXPECT_EQ(shown("targets | joined"), "0.1, 0.01");
  for (const char* format : {"percent", "signed", "significant 3", "commas", "percent_range", "signed_range"})
    EXPECT_EQ(shown(std::string("none | ") + format), "n/a") << format;
}

TEST(PageTemplate, RatesCarryTheirCountsAndIntervals) {
  const Json few = {{"fnmr", 8.0 / 171}, {"fnmr_errors", 8}, {"fnmr_trials", 171}, {"fnmr_bootstrap95", nullptr}};
  EXPECT_EQ(rendered("{{fnmr | error_rate}} {{fnmr | errors}} [{{fnmr | interval}}]", few),
            "4.68\u2020 8/171 [2.39\u20138.96]");  // statsmodels: proportion_confint(8, 171, method="wilson")
  const Json many = {{"fnmr", 0.25}, {"fnmr_errors", 500}, {"fnmr_trials", 2000}, {"fnmr_bootstrap95", {0.2, 0.3}}};
  EXPECT_EQ(rendered("{{fnmr | error_rate}} {{fnmr | errors}} [{{fnmr | interval}}]", many),
            "25.0 500/2,000 [20.0\u201330.0]");
  const Json none = {{"fnmr", nullptr}, {"fnmr_errors", 0}, {"fnmr_trials", 0}, {"fnmr_bootstrap95", nullptr}};
  EXPECT_EQ(rendered("{{fnmr | error_rate}}", none), "n/a");
  const Json found = {{"rank1", 0.9}, {"rank1_found", 9}, {"rank1_trials", 10}};
  EXPECT_EQ(rendered("{{rank1 | found}} [{{rank1 | found_interval}}]", found), "9/10 [59.6\u201398.2]");
}

TEST(PageTemplate, WhatIsMissingIsNamed) {
  const Json object = {{"name", 1}};
  EXPECT_THAT([&] { rendered("{{nmae}}", object); }, ThrowsMessage<Error>(HasSubstr("'nmae'")));
  EXPECT_THAT([&] { rendered("{{#nmae}}{{/nmae}}", object); }, ThrowsMessage<Error>(HasSubstr("'nmae'")));
  EXPECT_THAT([&] { rendered("{{name | upside_down}}", object); }, ThrowsMessage<Error>(HasSubstr("no such format")));
  EXPECT_THAT([&] { rendered("{{>prat}}", object); }, ThrowsMessage<Error>(HasSubstr("'prat'")));
  EXPECT_THAT([&] { rendered("{{#name}}", object); }, ThrowsMessage<Error>(HasSubstr("Unclosed section")));
}

// A section on figures that results.json has is a text and nothing else.
TEST(PageTemplate, ASectionIsATextOverResultsJson) {
  miafr_tests::SampleSize size{4, 3, 2};
  const Evaluation evaluation = miafr_tests::sample_evaluation(size);
  std::string expected;
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells)
        expected += matcher_text(matcher.facts) + " " + with_commas(cell.genuine) + " " +
                    (cell.eer ? percent(cell.eer->value) : "n/a") + "\n";
  EXPECT_EQ(rendered("{{#matchers}}\n{{#methods}}\n{{#groups}}\n{{matcher}} {{genuine | commas}} {{eer | percent}}\n"
                     "{{/groups}}\n{{/methods}}\n{{/matchers}}\n",
                     results_object(evaluation)),
            expected);
}

}  // namespace
}  // namespace miafr
