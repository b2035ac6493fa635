#include "core/train/previews.h"

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/config/prompt_templates.h"
#include "core/image/grid.h"
#include "core/image/png.h"
#include "core/models/stable_diffusion.h"
#include "core/pipeline/generate.h"
#include "core/runtime/chosen_plugin.h"
#include "core/train/faces.h"
#include "core/train/later_plugins.h"

namespace miafr {
namespace {

std::string filled(std::string text, const DataFolders& folders) {
  fill_place(text, "{token}", folders.token);
  fill_place(text, "{class}", folders.class_word);
  return text;
}

}  // namespace

Previews::Previews(const TrainOptions& options, const ClipTokenizer& tokenizer, PluginRegistry& registry)
    : options_(options), tokenizer_(tokenizer), registry_(registry) {
  for (const PromptConfig& prompt : options.config.prompts) prompts_.push_back(filled(prompt.text, options.folders));
  const std::string caption = filled("photo of a {token} {class}", options.folders);
  if (prompts_.empty()) prompts_ = {caption, caption + " as elderly"};
  const auto most = static_cast<std::size_t>(options.config.train.max_previews);
  if (prompts_.size() > most) prompts_.resize(most);
  for (const std::string& line : taken_as_text(prompts_, {"token", "class"})) log_warning(line);
}

at::Tensor Previews::paint(const TensorState& changed, const std::filesystem::path& file) const {
  const RunConfig& config = options_.config;
  StableDiffusion model(options_.checkpoint, config.model, {options_.run.device});
  model.replace(changed);
  const auto sampler = choose_plugin<Sampler>(config.sampler.choice(), registry_, options_.run);
  GenerateSettings settings;
  settings.height = settings.width = config.data.size;
  settings.steps = config.sampler.steps;
  settings.seed = config.train.seed;
  settings.images = config.train.max_previews / static_cast<std::int64_t>(prompts_.size());
  settings.batch_size = 1;
  settings.prepack = false;  // no second copy of the weights beside gradients and optimiser
  std::vector<GridRow> rows;
  for (const std::string& prompt : prompts_) rows.push_back({prompt, {}});
  std::vector<at::Tensor> pictures;
  const auto keep = [&](const GeneratedImage& image) {
    if (!image.fault.empty())
      log_warning(file.string() + ": the picture of " + miafr::quoted(prompts_[image.prompt]) + " with seed " +
                  std::to_string(image.seed) + " is black: " + image.fault);
    rows[image.prompt].pictures.push_back(image.pixels);
    pictures.push_back(image.pixels.permute({2, 0, 1}).to(at::kFloat) / 127.5 - 1);
  };
  generate(model, config.model, tokenizer_, sampler, prompts_, settings, options_.run.device,
           {keep, [](std::int64_t, std::int64_t) { throw_if_interrupted(); }});
  std::filesystem::create_directories(file.parent_path());
  write_png(file, make_grid(rows));
  return at::stack(pictures).to(options_.run.device);
}

IdentityJudge::IdentityJudge(const TrainOptions& options, PluginRegistry& registry,
                             const std::vector<at::Tensor>& photos) {
  const TrainConfig& config = options.config.train;
  try {
    detector_ = choose_plugin<FaceDetector>(detector_choice(config), registry, options.run);
    matcher_ = choose_plugin<FaceMatcher>(judge_choice(config), registry, options.run);
    std::vector<at::Tensor> found;
    for (const at::Tensor& photo : photos) {
      const at::Tensor e = face_embeddings(detector_, matcher_, photo);  // [N, D]
      for (std::int64_t i = 0; i < e.size(0); ++i)
        if (e[i].isfinite().all().item<bool>()) found.push_back(e[i]);
    }
    if (found.empty()) throw Error("no face was found in the subject's photos");
    const at::Tensor mean = at::stack(found).mean(0);
    subject_ = mean / mean.norm();
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& e) {
    log_warning("the identity of previews is not measured: " + std::string(e.what()));
  }
}

std::optional<double> IdentityJudge::score(const at::Tensor& pictures) const {
  if (!subject_.defined()) return std::nullopt;
  const at::Tensor cosines = face_embeddings(detector_, matcher_, pictures).mv(subject_.to(pictures.device()));  // [N]
  return at::nan_to_num(cosines, 0.0).mean().item<double>();
}

}  // namespace miafr
