// Products of panels against ATen's.
#include "core/kernels/panel_product.h"

#include <gtest/gtest.h>
#include <torch/types.h>

namespace {

using miafr::kPanel;
namespace panel = miafr::panel;

// 31 rows are 12 + 12 + 7 and 5 x 6 + 1; of three panels two are taken together; 70 numbers are summed as 64 and 6.
constexpr int64_t kRows = 31, kDepth = 70, kStride = 80, kPanels = 3;

class PanelProducts : public testing::Test {
 protected:
  void SetUp() override {
    if (!miafr::has_avx2()) GTEST_SKIP() << "no AVX2";
    at::manual_seed(1);
    v_ = at::randn({kRows, kStride});
    u_ = at::randn({kPanels, kDepth, kPanel});
    before_ = at::randn({kPanels, kRows, kPanel});
  }

  at::Tensor product(const panel::Instructions& with, bool add) const {
    at::Tensor m = before_.clone();
    miafr::multiply_panels({v_.const_data_ptr<float>(), kRows, kStride, u_.const_data_ptr<float>(), kDepth * kPanel,
                            kDepth, m.mutable_data_ptr<float>(), kRows * kPanel, kPanels, add},
                           with);
    return m;
  }

  at::Tensor v_, u_, before_;
};

TEST_F(PanelProducts, AreWhatTheyShouldBe) {
  const at::Tensor expected = at::matmul(v_.slice(1, 0, kDepth), u_);
  EXPECT_LT((product(panel::kNarrow, false) - expected).abs().max().item<double>(), 1e-4);
  EXPECT_LT((product(panel::kNarrow, true) - expected - before_).abs().max().item<double>(), 1e-4);
}

TEST_F(PanelProducts, AreTheSameBitsByAnyInstructions) {
  if (!miafr::has_avx512()) GTEST_SKIP() << "no AVX-512";
  for (const bool add : {false, true})
    EXPECT_TRUE(at::equal(product(panel::kWide, add), product(panel::kNarrow, add))) << "add: " << add;
}

}  // namespace
