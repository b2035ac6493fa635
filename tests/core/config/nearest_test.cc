#include "core/config/nearest.h"

#include <gtest/gtest.h>

namespace miafr {
namespace {

const std::vector<std::string> kKeys = {"steps", "seed", "learning_rate", "reg_weight", "temperature"};

TEST(Nearest, FindsTypos) {
  EXPECT_EQ(nearest("temprature", kKeys), "temperature");    // left out
  EXPECT_EQ(nearest("tempperature", kKeys), "temperature");  // doubled
  EXPECT_EQ(nearest("reg-weight", kKeys), "reg_weight");     // replaced
  EXPECT_EQ(nearest("setps", kKeys), "steps");               // swapped
  EXPECT_EQ(nearest("Learning_Rate", kKeys), "learning_rate");
  EXPECT_EQ(nearest("steps", kKeys), "steps");
}

TEST(Nearest, SwapCountsAsOneEdit) { EXPECT_EQ(nearest("ba", {"ab"}), "ab"); }

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("momentum", kKeys), "");
  EXPECT_EQ(nearest("x", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("steps", {}), "");
  EXPECT_EQ(nearest(std::string(1 << 20, 's'), kKeys), "");
}

TEST(Nearest, FirstOfEqualsWins) {
  EXPECT_EQ(nearest("coat", {"boat", "goat"}), "boat");
  EXPECT_EQ(nearest("coat", {"goat", "boat"}), "goat");
}

TEST(Nearest, TheNearerWins) { EXPECT_EQ(nearest("steps_", {"stepped", "steps"}), "steps"); }

TEST(Suggestion, ListsWhatThereIs) {
  EXPECT_EQ(suggestion("sed", {"steps", "seed"}, "known"), ", did you mean 'seed'? (known: steps, seed)");
  EXPECT_EQ(suggestion("momentum", {"steps", "seed"}, "allowed"), " (allowed: steps, seed)");
  EXPECT_EQ(suggestion("x", {}, "known"), " (known: none)");
}

}  // namespace
}  // namespace miafr
