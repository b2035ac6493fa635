// An editor that writes into the photo, counts its calls where nobody sees it, swallows the user's stop, and
// takes no weights.
#include <torch/types.h>

#include "core/plugin/editor.h"

namespace {
class Careless final : public miafr::Editor {
 public:
  Careless(const miafr::Params&, miafr::HostContext&) { info_.text = true; }
  const miafr::EditorInfo& info() const override { return info_; }
  void edit(const miafr::EditPhoto& in, const std::vector<miafr::EditTarget>& targets,
            const std::function<void(miafr::EditedPicture)>& deliver) override {
    in.photo.mul_(0.5);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      miafr::EditedPicture out;
      out.target = i;
      out.picture = (in.photo * ++calls_).clamp(0, 1);
      try {
        deliver(out);
      } catch (const std::exception&) {
      }
    }
  }
  std::vector<miafr::FitGroup> begin_fit(miafr::FitData&) override {
    miafr::FitGroup group;
    group.name = "all";
    group.parameters = {{"weight", weight_}};
    return {group};
  }
  std::map<std::string, double> fit_step(miafr::FitStep& step) override {
    const at::Tensor loss = (weight_ - ++calls_).pow(2).sum();
    step.update("all", loss, 0.1);
    return {{"loss", loss.item<double>()}};
  }
  std::map<std::string, at::Tensor> fitted_weights() const override { return {{"weight", weight_.detach()}}; }

 private:
  miafr::EditorInfo info_;
  at::Tensor weight_ = at::zeros({1}).set_requires_grad(true);
  int calls_ = 0;
};
}  // namespace
MIAFR_EDITOR_PLUGIN(Careless, "careless_editor", "1.0", "for tests", miafr::kNoParams, miafr::kCanBeFitted)
