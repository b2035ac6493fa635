// Decoding in tiles against decoding whole.
#include "core/pipeline/decode.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/support/rule_parameters.h"

namespace {

miafr::AutoencoderDecoder tiny_decoder() {
  static auto& rule = *new miafr_tests::RuleParameters;
  miafr::AutoencoderConfig config;
  config.channels = 32;
  return {config, {rule, "first_stage_model"}};
}

TEST(DecodeInTiles, OneTileIsTheWhole) {
  const at::InferenceMode no_gradients;
  const auto decoder = tiny_decoder();
  const at::Tensor z = at::randn({1, 4, 12, 20});
  EXPECT_TRUE(at::allclose(miafr::decode_in_tiles(decoder, z, 20, 4), decoder.forward(z), 1e-4, 1e-4));
}

// Equal tiles have equal norms, so that what is left is the seams: a picture that repeats itself has none.
TEST(DecodeInTiles, TilesMeetWithoutSeams) {
  const at::InferenceMode no_gradients;
  const auto decoder = tiny_decoder();
  const at::Tensor flat = at::randn({1, 4, 1, 1}).expand({1, 4, 24, 40}).contiguous();
  const at::Tensor tiled = miafr::decode_in_tiles(decoder, flat, 16, 8);
  ASSERT_EQ(tiled.sizes(), (std::vector<int64_t>{1, 3, 192, 320}));
  const at::Tensor steps = (tiled.slice(3, 1) - tiled.slice(3, 0, -1)).abs();  // between neighbours in a row
  const at::Tensor inside = steps.slice(2, 64, 128).slice(3, 64, 256), whole = decoder.forward(flat);
  const at::Tensor expected = (whole.slice(3, 1) - whole.slice(3, 0, -1)).abs();
  EXPECT_LE(inside.max().item<double>(), 1.05 * expected.max().item<double>());
}

TEST(DecodeInTiles, ATileIsAloneWhereNoneOverlapsIt) {
  const at::InferenceMode no_gradients;
  const auto decoder = tiny_decoder();
  const at::Tensor z = at::randn({1, 4, 16, 40});  // tiles at 0, 12 and 24
  const at::Tensor tiled = miafr::decode_in_tiles(decoder, z, 16, 4);
  for (const auto& [begin, alone, end] : {std::array<int64_t, 3>{0, 0, 12}, {12, 16, 24}, {24, 28, 40}}) {
    const at::Tensor tile = decoder.forward(z.slice(3, begin, begin + 16));
    EXPECT_TRUE(at::allclose(tiled.slice(3, 8 * alone, 8 * end), tile.slice(3, 8 * (alone - begin), 8 * (end - begin)),
                             1e-4, 1e-4))
        << begin;
  }
}

TEST(DecodeLatents, PicturesDoNotDependOnTheirBatch) {
  const at::InferenceMode no_gradients;
  const auto decoder = tiny_decoder();
  const at::Tensor z = at::randn({3, 4, 8, 8});
  const at::Tensor all = miafr::decode_latents(decoder, z);
  EXPECT_TRUE(all[1].equal(miafr::decode_latents(decoder, z.slice(0, 1, 2))[0]));
}

}  // namespace
