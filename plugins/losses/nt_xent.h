// NT-Xent, the normalised temperature-scaled cross entropy of SimCLR (arXiv 2002.05709, eq. 1).
#pragma once

#include <torch/types.h>

#include <limits>

namespace miafr_losses {

// a, b: [C, N, D], N pairs in each of C independent groups; negatives: [C, K, D] or undefined.
// Each of the 2N vectors must pick its partner among the 2N - 1 others and the negatives, by cosine similarity over
// temperature. Returns the mean over groups and vectors: a scalar, exactly 0 where there is one pair and no negative.
inline at::Tensor nt_xent(const at::Tensor& a, const at::Tensor& b, double temperature,
                          const at::Tensor& negatives = {}) {
  const int64_t n = a.size(1);
  const auto unit = [](const at::Tensor& v) { return v / v.norm(2, -1, /*keepdim=*/true).clamp_min(1e-8); };
  const at::Tensor z = unit(at::cat({a, b}, 1));                                                          // [C, 2N, D]
  at::Tensor similarity = at::matmul(z, z.transpose(1, 2)) / temperature;                                 // [C, 2N, 2N]
  const at::Tensor positive = at::cat({similarity.diagonal(n, 1, 2), similarity.diagonal(-n, 1, 2)}, 1);  // [C, 2N]
  const at::Tensor self = at::eye(2 * n, similarity.options().dtype(at::kBool).requires_grad(false));
  similarity = similarity.masked_fill(self, -std::numeric_limits<double>::infinity());
  if (negatives.defined())
    similarity =
        at::cat({similarity, at::matmul(z, unit(negatives).transpose(1, 2)) / temperature}, 2);  // [C, 2N, 2N+K]
  return (similarity.logsumexp(2) - positive).mean();
}

}  // namespace miafr_losses
