// What of a prompt is said to be taken as text.
#include "core/config/prompt_templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace miafr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kPlaces = {"age", "attribute", "token", "class"};

std::vector<std::string> said_of(const std::vector<std::string>& prompts) { return taken_as_text(prompts, kPlaces); }

TEST(TakenAsText, AMisspeltPlaceWithTheNearest) {
  EXPECT_THAT(said_of({"photo of a {tokne} person"}),
              ElementsAre("{tokne} in the prompt is no place and is taken as text, did you mean 'token'? (places: age, "
                          "attribute, token, class)"));
  EXPECT_THAT(said_of({"a {Age} b {}"}), ElementsAre(HasSubstr("did you mean 'age'?"), HasSubstr("{} in the prompt")));
}

TEST(TakenAsText, EachOnce) {
  EXPECT_THAT(said_of({"{agee} and {agee}", "{agee} <lora:x:1>", "<lora:x:1>"}),
              ElementsAre(HasSubstr("{agee}"), HasSubstr("<lora:x:1>")));
}

TEST(TakenAsText, AnotherProgramsLora) {
  EXPECT_THAT(said_of({"a photo <lora:add_detail:0.8>"}),
              ElementsAre("<lora:add_detail:0.8> in the prompt is taken as text; a LoRA is given with --lora FILE:1"));
  EXPECT_THAT(said_of({"<lyco:a:1>", "<hypernet:b>"}), testing::SizeIs(2));
}

TEST(TakenAsText, NothingOfOrdinaryPrompts) {
  EXPECT_THAT(said_of({"", "photo of a {token} {class} as {age}", "(old:1.3) <3 > lora: <b> }{ {", "<lorax:1>"}),
              IsEmpty());
}

}  // namespace
}  // namespace miafr
