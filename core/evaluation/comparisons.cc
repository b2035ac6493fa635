#include "core/evaluation/comparisons.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/evaluation/evaluation.h"
#include "core/image/difference_hash.h"

namespace miafr {
namespace {

constexpr std::size_t kBatch = 4096;  // pairs computed together

ScoreKind kind_of(const FaceNetworks& networks, std::size_t matcher) {
  return networks.matchers[matcher].object->info().score_kind;
}

// Gathers pairs, computes their scores in batches and adds them in order.
class Comparer {
 public:
  Comparer(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, std::size_t matcher,
           std::size_t total, const FaceProgress& progress)
      : images_(images),
        matcher_(networks.matchers[matcher]),
        place_(matcher),
        table_(kind_of(networks, matcher)),
        total_(static_cast<std::int64_t>(total)),
        progress_(progress) {
    table_.reserve(total);
    stack_embeddings();
  }

  void add(const IndexedPair& pair) {
    pairs_.push_back(pair);
    if (pairs_.size() == kBatch) flush();
  }

  ScoreTable finish() {
    flush();
    return std::move(table_);
  }

 private:
  void stack_embeddings() {
    const std::int64_t size = matcher_.object->info().embedding_size;
    at::Tensor rows = at::zeros({static_cast<std::int64_t>(images_.size()), size});
    for (std::size_t i = 0; i < images_.size(); ++i) {
      const std::vector<float>& row = images_[i].face.embeddings[place_];
      if (static_cast<std::int64_t>(row.size()) == size)
        std::copy(row.begin(), row.end(), rows[static_cast<std::int64_t>(i)].data_ptr<float>());
    }
    embeddings_ = rows.to(matcher_.host->device());  // [images, D]
  }

  std::string failure_of(std::size_t image) const {
    const AnalysedFace& face = images_[image].face;
    return face.failure.empty() ? face.embedding_failures[place_] : face.failure;
  }

  void flush() {
    if (pairs_.empty()) return;
    std::vector<std::int64_t> probes, references;
    for (const IndexedPair& pair : pairs_) {
      probes.push_back(static_cast<std::int64_t>(pair.probe));
      references.push_back(static_cast<std::int64_t>(pair.reference));
    }
    const auto rows = [&](const std::vector<std::int64_t>& numbers) {
      return embeddings_.index_select(0, at::tensor(numbers, at::kLong).to(embeddings_.device()));
    };
    const at::Tensor scores =
        matcher_.call("compare", [&](FaceMatcher& f) { return f.compare(rows(probes), rows(references)); })
            .to(at::kCPU, at::kDouble)
            .contiguous();
    if (scores.sizes() != at::IntArrayRef({static_cast<std::int64_t>(pairs_.size())}))
      throw PluginError("face_matcher " + matcher_.identity.name + ": it gave " + c10::str(scores.sizes()) +
                        " scores for " + std::to_string(pairs_.size()) + " pairs");
    for (std::size_t i = 0; i < pairs_.size(); ++i) add_row(pairs_[i], scores.data_ptr<double>()[i]);
    pairs_.clear();
    progress_(static_cast<std::int64_t>(table_.size()), total_);
  }

  void add_row(const IndexedPair& pair, double score) {
    const EvaluatedImage& probe = images_[pair.probe];
    const EvaluatedImage& reference = images_[pair.reference];
    std::string failure = failure_of(pair.probe);
    if (failure.empty()) failure = failure_of(pair.reference);
    const std::string method = probe.method();
    ScoredPair row;
    row.genuine = pair.genuine;
    row.score = score;
    row.failure = failure;
    row.subject_probe = probe.sample.subject;
    row.subject_reference = reference.sample.subject;
    row.probe = probe.sample.name;
    row.reference = reference.sample.name;
    row.method = method;
    row.group = pair.group;
    row.reference_seen = reference.seen;
    row.quality = std::min(quality_of(probe), quality_of(reference));  // NaN stays in either place
    table_.add(row);
  }

  double quality_of(const EvaluatedImage& image) const {
    if (!(matcher_.identity.flags & kNormIsQuality)) return image.quality();
    const std::vector<float>& row = image.face.embeddings[place_];
    double sum = 0;
    for (const float v : row) sum += double{v} * v;
    return row.empty() ? std::nan("") : std::sqrt(sum);
  }

  const std::vector<EvaluatedImage>& images_;
  const ChosenPlugin<FaceMatcher>& matcher_;
  const std::size_t place_;
  at::Tensor embeddings_;
  std::vector<IndexedPair> pairs_;
  ScoreTable table_;
  const std::int64_t total_;
  const FaceProgress& progress_;
};

bool same_file(const AnalysedFace& a, const AnalysedFace& b) { return !a.sha256.empty() && a.sha256 == b.sha256; }

bool near_duplicates(const EvaluatedImage& a, const EvaluatedImage& b) {
  if (a.face.width == 0 || b.face.width == 0) return false;
  return hash_distance(a.face.difference_hash, b.face.difference_hash) <= kNearDuplicate;
}

// The genuine comparisons of each person and method.
class GenuineCounts {
 public:
  void keep(const EvaluatedImage& probe) { counts_[key_of(probe)].kept = true; }
  void leave_out(const EvaluatedImage& probe, const EvaluatedImage& reference) {
    LeftOut::Emptied& person = counts_[key_of(probe)].left_out;
    if (person.comparisons++ == 0)
      person = {probe.sample.subject, probe.method(), 1, probe.sample.name, reference.sample.name};
  }
  std::vector<LeftOut::Emptied> emptied() const {
    std::vector<LeftOut::Emptied> all;
    for (const auto& [key, count] : counts_)
      if (!count.kept) all.push_back(count.left_out);
    return all;
  }

 private:
  using Key = std::pair<std::string, std::string>;  // method and person
  struct Count {
    bool kept = false;
    LeftOut::Emptied left_out;
  };
  static Key key_of(const EvaluatedImage& probe) { return {probe.method(), probe.sample.subject}; }

  std::map<Key, Count> counts_;
};

std::string group_of(const Sample& probe, const Sample& reference) {
  if (probe.original.empty()) return probe.label;
  return probe.original == reference.file ? kOwnPhoto : kOtherPhotos;
}

}  // namespace

std::string EvaluatedImage::method() const {
  if (reference) return "";
  return sample.method.empty() ? kEdited : sample.method;
}

double EvaluatedImage::quality() const {
  double sum = 0;
  std::size_t count = 0;
  for (const MeasuredQuality& plugin : face.quality)
    for (const double score : plugin.score) {
      sum += score;
      ++count;
    }
  return face.failure.empty() && count > 0 ? sum / static_cast<double>(count) : std::nan("");
}

ScoreTable compare_all(const std::vector<EvaluatedImage>& images, const FaceNetworks& networks, std::size_t matcher,
                       LeftOut& left_out, const FaceProgress& progress) {
  left_out = {};
  std::vector<std::size_t> references;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i].reference) references.push_back(i);
  const std::size_t total =
      references.size() * (references.size() - 1) / 2 + (images.size() - references.size()) * references.size();
  Comparer comparer(images, networks, matcher, total, progress);
  GenuineCounts counts;
  const auto add = [&](std::size_t probe, std::size_t reference) {
    const EvaluatedImage &a = images[probe], &b = images[reference];
    const bool genuine = a.sample.subject == b.sample.subject;
    const bool same = same_file(a.face, b.face), near = !same && genuine && a.reference && near_duplicates(a, b);
    left_out.same_file += same;
    left_out.near_duplicates += near;
    if (genuine) same || near ? counts.leave_out(a, b) : counts.keep(a);
    if (!same && !near) comparer.add({probe, reference, genuine, group_of(a.sample, b.sample)});
  };
  for (std::size_t i = 0; i < references.size(); ++i)
    for (std::size_t j = i + 1; j < references.size(); ++j) add(references[i], references[j]);
  for (std::size_t i = 0; i < images.size(); ++i)
    if (!images[i].reference)
      for (const std::size_t reference : references) add(i, reference);
  left_out.emptied = counts.emptied();
  return comparer.finish();
}

ScoreTable compare_pairs(const std::vector<EvaluatedImage>& images, const std::vector<IndexedPair>& pairs,
                         const FaceNetworks& networks, std::size_t matcher, const FaceProgress& progress) {
  Comparer comparer(images, networks, matcher, pairs.size(), progress);
  for (const IndexedPair& pair : pairs) comparer.add(pair);
  return comparer.finish();
}

}  // namespace miafr
