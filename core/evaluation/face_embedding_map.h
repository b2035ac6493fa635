// Embeddings in two dimensions, to be looked at.
#pragma once

#include <functional>
#include <vector>

#include "core/evaluation/comparisons.h"
#include "core/evaluation/evaluation.h"

namespace miafr {

inline constexpr std::size_t kMostMapped = 1000;  // faces that t-SNE takes: its time grows with their square
inline constexpr std::size_t kLeastMapped = 10;

// Maps of the unit embeddings of one matcher: the first two principal components of all of them (of three or more),
// and t-SNE (tsne.h) from there, with as many faces of each person where there are more than kMostMapped, evenly out of
// the order they come in; none below kLeastMapped. Signs are fixed and nothing is drawn, so that a map comes out the
// same again. on_iteration is called now and then and may throw.
std::vector<EmbeddingMap> embedding_maps(const std::vector<EvaluatedImage>& images, std::size_t matcher,
                                         const std::string& name, const std::function<void()>& on_iteration);

// The places of at most `most` of these persons' faces: as many of each as possible, evenly out of each one's.
std::vector<std::size_t> even_sample(const std::vector<std::string>& subjects, std::size_t most);

}  // namespace miafr
