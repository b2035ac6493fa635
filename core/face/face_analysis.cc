#include "core/face/face_analysis.h"

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/face/face_cache.h"
#include "core/face/face_chips.h"
#include "core/image/difference_hash.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// A face on its way through the networks: its entry, and its chips for each of them.
struct Work {
  AnalysedFace result;
  std::vector<at::Tensor> matcher_chips, quality_chips;  // [3, h, w]
  at::Tensor age_chip;
};

struct FileWork {
  std::vector<Work> faces;  // at least one, that of a failure
  bool cached = false;
};

double shorter_side(const DetectedFace& face) { return std::min(face.right - face.left, face.bottom - face.top) + 1; }
double area(const DetectedFace& face) { return (face.right - face.left) * (face.bottom - face.top); }

double off_centre(const DetectedFace& face, const Image& picture) {
  return std::hypot((face.left + face.right - picture.width + 1) / 2,
                    (face.top + face.bottom - picture.height + 1) / 2);
}

class Analysis {
 public:
  Analysis(const FaceNetworks& networks, const FaceSettings& settings)
      : networks_(networks), settings_(settings), cache_(settings.cache_folder, networks, settings) {}

  // Read, detected and cut out on all threads; within one, LibTorch computes on that thread alone.
  std::vector<FileWork> prepare(const fs::path* files, std::int64_t count) const {
    std::vector<FileWork> work(count);
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      const at::NoGradGuard no_grad;  // of this thread
      for (std::int64_t i = begin; i < end; ++i) work[i] = prepare(files[i]);
    });
    return work;
  }

  // Through the networks, in batches over the faces of many files.
  void compute(std::vector<FileWork>& files) const {
    std::vector<Work*> faces;
    for (FileWork& file : files)
      for (Work& face : file.faces)
        if (!file.cached && face.result.failure.empty()) faces.push_back(&face);
    for (std::size_t begin = 0; begin < faces.size(); begin += settings_.batch_size) {
      const std::size_t end = std::min(faces.size(), begin + settings_.batch_size);
      const std::vector<Work*> batch(faces.begin() + begin, faces.begin() + end);
      for (std::size_t m = 0; m < networks_.matchers.size(); ++m) embed(batch, m);
      if (networks_.age) estimate_age(batch);
      for (std::size_t q = 0; q < networks_.quality.size(); ++q) assess(batch, q);
    }
  }

  void keep(const std::vector<FileWork>& files) const {
    for (const FileWork& file : files) {
      if (file.cached || file.faces[0].result.sha256.empty()) continue;
      std::vector<AnalysedFace> faces;
      for (const Work& face : file.faces) faces.push_back(face.result);
      cache_.keep(faces[0].sha256, faces);
    }
  }

 private:
  FileWork prepare(const fs::path& file) const {
    Work work;
    work.result.file = file;
    work.result.embedding_failures.resize(networks_.matchers.size());
    work.result.embeddings.resize(networks_.matchers.size());
    Image picture;
    try {
      const std::string bytes = read_image_bytes(file);
      work.result.sha256 = sha256_of_bytes(bytes.data(), bytes.size());
      if (auto known = cache_.find(work.result.sha256)) return cached(file, std::move(*known));
      picture = decode_image(bytes);
    } catch (const ImageError& e) {
      work.result.failure = "unreadable";
      work.result.detail = without_file(e.what(), file);
      return {{std::move(work)}, false};
    }
    work.result.width = picture.width;
    work.result.height = picture.height;
    work.result.difference_hash = difference_hash(picture);
    return settings_.aligned ? aligned(std::move(work), picture) : detected(std::move(work), picture);
  }

  static std::string without_file(const std::string& text, const fs::path& file) {
    const std::string start = shown(file.string(), std::string::npos) + ": ";
    return text.compare(0, start.size(), start) == 0 ? text.substr(start.size()) : text;
  }

  static FileWork cached(const fs::path& file, std::vector<AnalysedFace> known) {
    FileWork work;
    work.cached = true;
    for (AnalysedFace& face : known) {
      work.faces.emplace_back();
      work.faces.back().result = std::move(face);
      work.faces.back().result.file = file;
    }
    return work;
  }

  FileWork aligned(Work work, const Image& picture) const {
    work.result.faces_found = 1;
    work.result.face = {0, 0, picture.width - 1.0, picture.height - 1.0, 1, kArcFacePoints112};
    for (auto& [x, y] : work.result.face.points) {
      x *= picture.width / 112.0;
      y *= picture.height / 112.0;
    }
    cut(work, [&](const FaceInput& input) { return aligned_chip(picture, input); });
    return {{std::move(work)}, false};
  }

  FileWork detected(Work work, const Image& picture) const {
    const auto chosen = choose(find_faces(picture), picture, work.result);
    if (!work.result.failure.empty()) return {{std::move(work)}, false};
    FileWork file;
    for (const DetectedFace& face : chosen) {
      file.faces.push_back(work);
      file.faces.back().result.face = face;
      cut(file.faces.back(), [&](const FaceInput& input) { return face_chip(picture, face.points, input); });
    }
    return file;
  }

  std::vector<DetectedFace> find_faces(const Image& picture) const {
    const at::Tensor pixels = at::from_blob(const_cast<std::uint8_t*>(picture.pixels.data()),
                                            {1, picture.height, picture.width, 3}, at::kByte)
                                  .to(networks_.detector.host->device());
    auto faces = networks_.detector.call("detect", [&](FaceDetector& d) { return d.detect(pixels); }).at(0);
    const auto unsure = [&](const DetectedFace& face) { return face.confidence < settings_.min_confidence; };
    faces.erase(std::remove_if(faces.begin(), faces.end(), unsure), faces.end());
    return faces;
  }

  // Notes the reason in `result` where no face can be used.
  std::vector<DetectedFace> choose(std::vector<DetectedFace> faces, const Image& picture, AnalysedFace& result) const {
    result.faces_found = static_cast<std::int64_t>(faces.size());
    const auto fail = [&](const char* reason, const std::string& detail) {
      result.failure = reason;
      result.detail = detail;
      return std::vector<DetectedFace>{};
    };
    if (faces.empty()) return fail("no face", "no face was found");
    if (faces.size() > 1 && settings_.policy == FacePolicy::kOnly)
      return fail("several faces", std::to_string(faces.size()) + " faces were found and one is allowed");
    const auto less = [&](const DetectedFace& a, const DetectedFace& b) {
      return settings_.policy == FacePolicy::kCentred ? off_centre(a, picture) > off_centre(b, picture)
                                                      : area(a) < area(b);
    };
    if (settings_.policy != FacePolicy::kAll) faces = {*std::max_element(faces.begin(), faces.end(), less)};
    const auto small = [&](const DetectedFace& face) { return shorter_side(face) < settings_.min_face; };
    const double side = shorter_side(faces[0]);
    faces.erase(std::remove_if(faces.begin(), faces.end(), small), faces.end());
    if (faces.empty())
      return fail("too small", "the face is " + std::to_string(std::llround(side)) + " pixels wide and " +
                                   std::to_string(std::llround(settings_.min_face)) + " are wanted");
    return faces;
  }

  template <class Cut>
  void cut(Work& work, const Cut& chip) const {
    for (const auto& matcher : networks_.matchers) work.matcher_chips.push_back(chip(matcher.object->info()));
    for (const auto& quality : networks_.quality) work.quality_chips.push_back(chip(quality.object->input()));
    if (networks_.age) work.age_chip = chip(networks_.age.object->input());
  }

  template <class Chip>
  static at::Tensor stacked(const std::vector<Work*>& batch, at::Device device, const Chip& chip) {
    std::vector<at::Tensor> chips;
    for (const Work* work : batch) chips.push_back(chip(*work));
    return at::stack(chips).to(device);  // [N, 3, h, w]
  }

  void embed(const std::vector<Work*>& batch, std::size_t m) const {
    const auto& matcher = networks_.matchers[m];
    const at::Tensor faces = stacked(batch, matcher.host->device(), [m](const Work& w) { return w.matcher_chips[m]; });
    const at::Tensor rows = matcher.call("embed", [&](FaceMatcher& f) { return f.embed(faces); })
                                .to(at::kCPU, at::kFloat)
                                .contiguous();  // [N, D]
    expect_rows(rows, batch.size(), matcher.identity);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const float* row = rows[static_cast<int64_t>(i)].data_ptr<float>();
      std::vector<float> embedding(row, row + rows.size(1));
      const bool finite = std::all_of(embedding.begin(), embedding.end(), [](float v) { return std::isfinite(v); });
      const bool any = std::any_of(embedding.begin(), embedding.end(), [](float v) { return v != 0; });
      if (finite && any)
        batch[i]->result.embeddings[m] = std::move(embedding);
      else
        batch[i]->result.embedding_failures[m] = finite ? "zero embedding" : "NaN embedding";
    }
  }

  void estimate_age(const std::vector<Work*>& batch) const {
    const at::Tensor faces = stacked(batch, networks_.age.host->device(), [](const Work& w) { return w.age_chip; });
    const at::Tensor ages =
        networks_.age.call("estimate", [&](AgeEstimator& a) { return a.estimate(faces); }).to(at::kCPU, at::kDouble);
    expect_rows(ages, batch.size(), networks_.age.identity);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto age = ages[static_cast<int64_t>(i)].item<double>();
      if (std::isfinite(age))
        batch[i]->result.age = age;
      else
        log_warning(batch[i]->result.file.string() + ": the age by " + networks_.age.identity.name +
                    " is not finite, and none is taken");
    }
  }

  void assess(const std::vector<Work*>& batch, std::size_t q) const {
    const auto& quality = networks_.quality[q];
    const auto count = static_cast<int64_t>(batch.size());
    QualityInput in{stacked(batch, quality.host->device(), [q](const Work& w) { return w.quality_chips[q]; }),
                    at::empty({count, 5, 2}), at::empty({count, 4}), at::empty({count, 2})};
    for (int64_t i = 0; i < count; ++i) {
      const AnalysedFace& face = batch[i]->result;
      const DetectedFace& f = face.face;
      in.points[i] = at::tensor(at::ArrayRef<double>(f.points[0].data(), 10)).view({5, 2});
      in.boxes[i] = at::tensor({f.left, f.top, f.right, f.bottom});
      in.picture_sizes[i] = at::tensor({double(face.height), double(face.width)});
    }
    for (at::Tensor* part : {&in.points, &in.boxes, &in.picture_sizes}) *part = part->to(quality.host->device());
    QualityValues values = quality.call("assess", [&](Quality& p) { return p.assess(in); });
    const auto columns = static_cast<int64_t>(quality.object->measures().size());
    for (at::Tensor* table : {&values.native, &values.score}) {
      *table = table->to(at::kCPU, at::kDouble).contiguous();
      expect_rows(*table, batch.size(), quality.identity);
      if (table->dim() != 2 || table->size(1) != columns)
        throw PluginError("quality " + quality.identity.name + ": it must give a column for each of its measures");
    }
    for (int64_t i = 0; i < count; ++i) {
      const auto row = [&](const at::Tensor& table) {
        const double* first = table[i].data_ptr<double>();
        return std::vector<double>(first, first + columns);
      };
      batch[i]->result.quality.push_back({row(values.native), row(values.score)});
    }
  }

  static void expect_rows(const at::Tensor& rows, std::size_t count, const PluginIdentity& plugin) {
    if (rows.dim() < 1 || rows.size(0) != static_cast<int64_t>(count))
      throw PluginError(plugin.kind + " " + plugin.name + ": it gave " + c10::str(rows.sizes()) + " for " +
                        std::to_string(count) + " faces");
  }

  const FaceNetworks& networks_;
  const FaceSettings& settings_;
  const FaceCache cache_;
};

}  // namespace

std::vector<AnalysedFace> analyse_faces(const std::vector<fs::path>& files, const FaceNetworks& networks,
                                        const FaceSettings& settings, const FaceProgress& progress) {
  const at::NoGradGuard no_grad;
  const Analysis analysis(networks, settings);
  std::vector<AnalysedFace> faces;
  const auto total = static_cast<std::int64_t>(files.size());
  progress(0, total);
  for (std::int64_t begin = 0; begin < total; begin += settings.batch_size) {
    const std::int64_t count = std::min(settings.batch_size, total - begin);
    std::vector<FileWork> work = analysis.prepare(files.data() + begin, count);
    analysis.compute(work);
    analysis.keep(work);
    for (FileWork& file : work)
      for (Work& face : file.faces) faces.push_back(std::move(face.result));
    progress(begin + count, total);
  }
  return faces;
}

}  // namespace miafr
