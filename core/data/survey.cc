#include "core/data/survey.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "core/base/shown.h"
#include "core/image/difference_hash.h"
#include "core/image/find_images.h"
#include "core/image/read_image.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestPath = 300;  // in a message
constexpr std::size_t kNamed = 5;          // of a list in a message

std::string without_file(const std::string& text, const fs::path& file) {
  const std::string start = shown(file.string(), std::string::npos) + ": ";
  return text.compare(0, start.size(), start) == 0 ? text.substr(start.size()) : text;
}

// Without a slash at its end, so that paths below it begin alike.
fs::path existing_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw Error(shown(folder.string(), kLongestPath) + ": it is no folder");
  return folder.has_filename() ? folder : folder.parent_path();
}

void refuse_nested(const fs::path& train, const fs::path& reg) {
  const fs::path a = fs::canonical(train), b = fs::canonical(reg);
  const auto [end_a, end_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (end_a != a.end() && end_b != b.end()) return;
  throw Error(shown(reg.string(), kLongestPath) + ": the regularisation set's folder and the subject's, " +
              shown(train.string(), kLongestPath) + ", must not lie in each other: images would be in both sets");
}

std::vector<SurveyedImage> list_images(const fs::path& folder, bool in_reg) {
  const FoundImages found = find_images(folder, /*recursive=*/true);
  std::vector<SurveyedImage> images;
  const auto add = [&](const fs::path& file, const std::string& problem) {
    images.emplace_back();
    images.back().file = file;
    images.back().in_reg = in_reg;
    images.back().problem = problem;
  };
  for (const fs::path& file : found.files) add(file, "");
  for (const RefusedPath& refused : found.refused) add(refused.path, refused.reason);
  if (images.empty()) throw Error(shown(folder.string(), kLongestPath) + ": there are no images in it");
  std::sort(images.begin(), images.end(),
            [](const SurveyedImage& a, const SurveyedImage& b) { return a.file.native() < b.file.native(); });
  return images;
}

void add_captions(std::vector<SurveyedImage>& images, const CaptionRules& rules, std::vector<std::string>& warnings) {
  std::vector<fs::path> files;
  for (SurveyedImage& image : images) {
    files.push_back(image.file);
    if (!image.problem.empty()) continue;
    try {
      image.caption = rules.of(image.file);
    } catch (const CaptionError& e) {
      image.problem = e.what();
    }
  }
  const std::vector<std::string> rows = rules.rows_without_file(files);
  for (std::size_t i = 0; i < rows.size() && i < kNamed; ++i) warnings.push_back(rows[i]);
  if (rows.size() > kNamed) warnings.push_back(std::to_string(rows.size() - kNamed) + " more rows name no image");
}

// used_csv: of captions.
void add_unused_texts(const fs::path& folder, const std::vector<SurveyedImage>& images, const CaptionRules& rules,
                      const std::string& used_csv, Survey& survey) {
  std::set<fs::path> used;
  std::vector<fs::path> photos;
  for (const SurveyedImage& image : images) {
    photos.push_back(image.file);
    used.insert(rules.sidecar_of(image.file));
  }
  std::error_code error;
  std::vector<UnusedText> unused = find_unused_texts(folder, photos, used);
  const auto is_csv = [&](const UnusedText& text) { return fs::equivalent(text.file, used_csv, error); };
  unused.erase(std::remove_if(unused.begin(), unused.end(), is_csv), unused.end());
  if (unused.empty()) return;
  std::string line = shown(folder.string(), kLongestPath) + ": " + std::to_string(unused.size()) +
                     (unused.size() == 1 ? " text file is" : " text files are") + " no photo's caption: ";
  for (std::size_t i = 0; i < unused.size() && i < kNamed; ++i)
    line += (i == 0 ? "" : ", ") + shown(unused[i].file.lexically_relative(folder).string(), kLongestPath) +
            (unused[i].meant.empty() ? ""
                                     : " (is " + shown(unused[i].meant.filename().string(), kLongestPath) + " meant?)");
  if (unused.size() > kNamed)
    line += " and " + std::to_string(unused.size() - kNamed) + " more (miafr data check lists them)";
  survey.warnings.push_back(line + "; a caption stands in a .txt file of its photo's name");
  survey.unused_texts.insert(survey.unused_texts.end(), unused.begin(), unused.end());
}

// Those that are not refused for their paths.
std::vector<SurveyedImage*> taken(std::vector<SurveyedImage>& images) {
  std::vector<SurveyedImage*> files;
  for (SurveyedImage& image : images)
    if (image.problem.empty()) files.push_back(&image);
  return files;
}

// Size, bucket and hashes. That a photo cannot be read is worse than what its caption may lack.
void read(SurveyedImage& image, const std::vector<PictureSize>& buckets, bool with_hashes) {
  try {
    const std::string bytes = read_image_bytes(image.file);
    if (with_hashes) image.sha256 = sha256_of_bytes(bytes.data(), bytes.size());
    const Image picture = decode_image(bytes);
    image.width = picture.width;
    image.height = picture.height;
    image.bucket = nearest_bucket(picture.width, picture.height, buckets);
    if (with_hashes) image.difference_hash = difference_hash(picture);
  } catch (const std::exception& e) {  // ImageError, and what a thread must not let through
    image.problem = without_file(e.what(), image.file);
  }
}

// work(i) for every i below count, on `threads` threads, while this one reports. What progress throws ends it.
template <class Work>
void for_each_parallel(std::size_t count, std::int64_t threads, const SurveyProgress& progress, const Work& work) {
  std::atomic<std::size_t> next{0}, done{0};
  std::mutex mutex;
  std::condition_variable all_done;
  std::vector<std::thread> workers;
  const auto run = [&] {
    for (std::size_t i = 0; (i = next++) < count;) {
      work(i);
      if (++done == count) {
        const std::lock_guard<std::mutex> lock(mutex);
        all_done.notify_one();
      }
    }
  };
  const auto join = [&] {
    for (std::thread& worker : workers) worker.join();
  };
  for (std::int64_t t = 0; t < std::min<std::int64_t>(std::max<std::int64_t>(threads, 1), count); ++t)
    workers.emplace_back(run);
  try {
    std::unique_lock<std::mutex> lock(mutex);
    const auto finished = [&] { return done == count; };
    while (!all_done.wait_for(lock, std::chrono::milliseconds(100), finished))
      progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(count));
    progress(static_cast<std::int64_t>(count), static_cast<std::int64_t>(count));
  } catch (...) {
    next = count;
    join();
    throw;
  }
  join();
}

std::vector<PictureSize> buckets_of(const DataConfig& config) {
  if (!config.buckets) {
    if (config.size % 8 != 0)
      throw Error("data.size = " + std::to_string(config.size) + ": it must be a multiple of 8");
    return {{config.size, config.size}};
  }
  if (config.size < 64)
    throw Error("data.size = " + std::to_string(config.size) + ": with data.buckets it must be at least 64");
  return bucket_sizes(config.size);
}

}  // namespace

Survey survey(const DataFolders& folders, const DataConfig& config, bool with_hashes, const SurveyProgress& progress) {
  const std::vector<PictureSize> buckets = buckets_of(config);
  const auto rules = [&](const fs::path& folder, const CaptionSettings& settings) {
    return CaptionRules(folder, settings, folders.token, folders.class_word);
  };
  const fs::path train = existing_folder(folders.train);
  const CaptionRules train_rules =
      rules(train, {"data.", config.caption, config.caption_regex, config.captions, false});
  Survey result;
  result.train = list_images(train, /*in_reg=*/false);
  std::vector<SurveyedImage*> to_read = taken(result.train);
  add_captions(result.train, train_rules, result.warnings);
  add_unused_texts(train, result.train, train_rules, config.captions, result);
  if (!folders.reg.empty()) {
    const fs::path reg = existing_folder(folders.reg);
    refuse_nested(train, reg);
    const CaptionRules reg_rules =
        rules(reg, {"data.reg_", config.reg_caption, config.reg_caption_regex, config.reg_captions, true});
    result.reg = list_images(reg, /*in_reg=*/true);
    for (SurveyedImage* image : taken(result.reg)) to_read.push_back(image);
    add_captions(result.reg, reg_rules, result.warnings);
    add_unused_texts(reg, result.reg, reg_rules, config.reg_captions, result);
  }
  for_each_parallel(to_read.size(), config.num_workers, progress,
                    [&](std::size_t i) { read(*to_read[i], buckets, with_hashes); });
  return result;
}

std::vector<std::string> note_warnings(const Survey& survey) {
  std::map<std::string, std::vector<const SurveyedImage*>> images;
  for (const auto* set : {&survey.train, &survey.reg})
    for (const SurveyedImage& image : *set)
      if (!image.caption.note.empty()) images[image.caption.note].push_back(&image);
  std::vector<std::string> warnings;
  for (const auto& [note, of] : images)
    warnings.push_back(shown(of[0]->file.string(), kLongestPath) +
                       (of.size() == 1 ? "" : " and " + std::to_string(of.size() - 1) + " more") + ": " + note);
  return warnings;
}

std::vector<const SurveyedImage*> alone_in_bucket(const std::vector<SurveyedImage>& set) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<const SurveyedImage*>> buckets;
  for (const SurveyedImage& image : set)
    if (image.width > 0) buckets[{image.bucket.width, image.bucket.height}].push_back(&image);
  std::vector<const SurveyedImage*> alone;
  for (const auto& [size, images] : buckets)
    if (images.size() == 1 && buckets.size() > 1) alone.push_back(images[0]);
  return alone;
}

std::string alone_text(const SurveyedImage& image, std::int64_t batch_size) {
  return "alone at " + std::to_string(image.bucket.width) + "x" + std::to_string(image.bucket.height) +
         ": trained as often as any other, in batches of " +
         (batch_size == 1 ? "its own" : "its own that hold it " + std::to_string(batch_size) + " times");
}

std::string problem_summary(const Survey& survey) {
  std::string text;
  std::size_t broken = 0, all = survey.train.size() + survey.reg.size();
  for (const auto* set : {&survey.train, &survey.reg})
    for (const SurveyedImage& image : *set)
      if (!image.problem.empty() && broken++ < kNamed)
        text += (broken == 1 ? ": " : "; ") + shown(image.file.string(), kLongestPath) + ": " + image.problem;
  if (broken == 0) return "";
  if (broken > kNamed) text += "; and " + std::to_string(broken - kNamed) + " more (miafr data check lists all)";
  return std::to_string(broken) + " of " + std::to_string(all) + " images cannot be trained with" + text;
}

}  // namespace miafr
