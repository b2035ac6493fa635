// An editor that is fitted in a moment: a colour is added for "young" and another for "old", learned from photos that
// are labelled so. With face points asked for, it works on a crop of 32 x 32 around the nose.
#include <torch/types.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "core/plugin/editor.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "", "fitted weights, the path of a file; empty: no colour is added"),
    miafr::real_param("learning_rate", 0.05, "of the fitting", 0, 1),
    miafr::integer_param("pause", 0, "milliseconds that each picture and each step take longer", 0, 10000),
    miafr::integer_param("nan_every", 0, "so many steps apart a loss is not finite; 0: never", 0, 1000),
};

class ColourShift final : public miafr::Editor {
 public:
  ColourShift(const miafr::Params& params, miafr::HostContext& host)
      : host_(host),
        rate_(params.real("learning_rate")),
        pause_(params.integer("pause")),
        nan_every_(params.integer("nan_every")) {
    info_.ages = {{"young", 0, 60}, {"old", 60, 120}};
    const auto options = at::TensorOptions(host.device()).dtype(at::kFloat);
    shift_ = at::zeros({2, 3}, options);
    bias_ = at::zeros({3}, options);
    mean_loss_ = at::zeros({}, options);
    if (params.text("weights").empty()) return;
    const auto tensors = host.load_tensors(params.text("weights"));
    shift_.copy_(tensors.at("shift"));
    bias_.copy_(tensors.at("bias"));
  }

  const miafr::EditorInfo& info() const override { return info_; }

  void edit(const miafr::EditPhoto& in, const std::vector<miafr::EditTarget>& targets,
            const std::function<void(miafr::EditedPicture)>& deliver) override {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      host_.progress(static_cast<std::int64_t>(i), static_cast<std::int64_t>(targets.size()));
      std::this_thread::sleep_for(pause_);
      miafr::EditedPicture out;
      out.target = i;
      const at::Tensor shift = (shift_[age(targets[i].name)] + bias_).detach().view({3, 1, 1});
      out.picture = (in.photo + shift).clamp(0, 1);
      out.notes["red"] = std::to_string(shift[0].item<float>());
      deliver(out);
    }
  }

  // Its mean colour is all that is learned from.
  at::Tensor fit_picture(const miafr::EditPhoto& photo) override { return photo.photo.mean({1, 2}); }  // [3]

  std::vector<miafr::FitGroup> begin_fit(miafr::FitData& data) override {
    for (std::int64_t i = 0; i < data.size(); ++i) {
      const auto label = data.example(i).labels.find("age");
      if (label == data.example(i).labels.end()) throw std::runtime_error("the list has no column 'age'");
      by_age_[age(label->second)].push_back(i);
    }
    for (const auto& some : by_age_)
      if (some.empty()) throw std::runtime_error("there must be photos labelled young and photos labelled old");
    shift_.set_requires_grad(true);
    bias_.set_requires_grad(true);
    miafr::FitGroup shift, bias;
    shift.name = "shift";
    shift.parameters = {{"shift", shift_}};
    shift.beta1 = 0.5;
    bias.name = "bias";
    bias.parameters = {{"bias", bias_}};
    return {shift, bias};
  }

  std::map<std::string, double> fit_step(miafr::FitStep& step) override {
    std::this_thread::sleep_for(pause_);
    const double loss = update(step, "shift"), second = update(step, "bias");
    const at::NoGradGuard no_grad;
    mean_loss_.mul_(0.9).add_(0.1 * loss);
    return {{"colour", loss}, {"colour_again", second}, {"mean", mean_loss_.item<double>()}};
  }

  std::map<std::string, at::Tensor> state() const override { return {{"mean_loss", mean_loss_}}; }
  void load_state(const std::map<std::string, at::Tensor>& state) override { mean_loss_.copy_(state.at("mean_loss")); }
  std::map<std::string, at::Tensor> fitted_weights() const override {
    return {{"shift", shift_.detach()}, {"bias", bias_.detach()}};
  }

 private:
  static std::size_t age(const std::string& label) {
    if (label != "young" && label != "old") throw std::runtime_error("age is " + label + "; allowed are young, old");
    return label == "old";
  }

  // A photo of one age, shifted to another, is to have the colour of a photo of that age.
  double update(miafr::FitStep& step, const std::string& group) {
    at::Generator generator = step.generator();
    const at::Tensor draws = at::randint(1 << 20, {step.batch_size(), 3}, generator, at::kLong);
    at::Tensor loss = at::zeros({}, shift_.options());
    for (std::int64_t i = 0; i < step.batch_size(); ++i) {
      const auto number = [&](int column) { return draws[i][column].item<std::int64_t>(); };
      const std::size_t to = number(0) % 2;
      const auto& wanted = by_age_[to];
      const at::Tensor from = step.data().picture(number(1) % step.data().size()).to(shift_.device());
      const at::Tensor like = step.data().picture(wanted[number(2) % wanted.size()]).to(shift_.device());
      loss = loss + (from + shift_[static_cast<std::int64_t>(to)] + bias_ - like).pow(2).mean();
    }
    if (nan_every_ > 0 && step.step() % nan_every_ == nan_every_ - 1) loss = loss * NAN;
    step.update(group, loss, rate_);
    return loss.item<double>();
  }

  miafr::HostContext& host_;
  const double rate_;
  const std::chrono::milliseconds pause_;
  const std::int64_t nan_every_;
  miafr::EditorInfo info_;
  at::Tensor shift_, bias_, mean_loss_;
  std::vector<std::int64_t> by_age_[2];
};

}  // namespace

MIAFR_EDITOR_PLUGIN(ColourShift, "colour_shift", "1.0", "adds a colour, for tests", kParams, miafr::kCanBeFitted, "MIT")
