// Every editor that can be fitted: it says what it trains, its losses are finite and have the same names at each step,
// and from its parameters and its state it goes on to the same bits.
#include <ATen/CPUGeneratorImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>
#include <cstring>
#include <set>

#include "core/config/plugin_choice.h"
#include "core/contract/editor_photo.h"

namespace miafr {
namespace {

// Four photos whose labels follow the custom that editor.h names.
class FourPhotos final : public FitData {
 public:
  FourPhotos(Editor& editor, std::uint32_t needs, HostContext& host) {
    const EditorInfo& info = editor.info();
    for (int i = 0; i < 4; ++i) {
      FitExample example;
      example.subject = std::to_string(i / 2);
      example.labels["age"] = info.ages.empty() ? std::to_string(20 + 15 * i) : info.ages[i % info.ages.size()].label;
      for (const EditableAttribute& attribute : info.attributes) example.labels[attribute.name] = i % 2 ? "1" : "0";
      examples_.push_back(example);
      pictures_.push_back(editor.fit_picture(photo_for(info, needs, host, i)).cpu());
    }
  }
  std::int64_t size() const override { return static_cast<std::int64_t>(examples_.size()); }
  const FitExample& example(std::int64_t index) const override { return examples_.at(index); }
  at::Tensor picture(std::int64_t index) override { return pictures_.at(index); }

 private:
  std::vector<FitExample> examples_;
  std::vector<at::Tensor> pictures_;
};

// Gradient descent without a state.
class PlainStep final : public FitStep {
 public:
  PlainStep(std::int64_t step, FitData& data, const std::vector<FitGroup>& groups)
      : step_(step), data_(data), groups_(groups) {}
  std::int64_t step() const override { return step_; }
  std::int64_t steps() const override { return 10; }
  std::int64_t batch_size() const override { return 2; }
  FitData& data() override { return data_; }
  at::Generator generator() override { return at::detail::createCPUGenerator(1000 + step_); }

  double update(const std::string& name, const at::Tensor& loss, double learning_rate) override {
    for (const FitGroup& group : groups_) {
      if (group.name != name) continue;
      std::vector<at::Tensor> parameters;
      for (const auto& [parameter, tensor] : group.parameters) parameters.push_back(tensor);
      const auto gradients = torch::autograd::grad({loss}, parameters, {}, {}, false, /*allow_unused=*/true);
      const at::NoGradGuard no_grad;
      double squares = 0;
      for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (!gradients[i].defined()) continue;
        squares += gradients[i].pow(2).sum().item<double>();
        parameters[i].sub_(gradients[i], learning_rate);
      }
      return std::sqrt(squares);
    }
    throw CheckFailed("it updates '" + name + "', which begin_fit did not return");
  }

 private:
  const std::int64_t step_;
  FitData& data_;
  const std::vector<FitGroup>& groups_;
};

// An editor in the middle of being fitted.
struct Fitting {
  Fitting(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host)
      : editor(PluginLibrary::create<Editor>(library, params, host)),
        data(*editor, library->descriptor().flags, host),
        groups(editor->begin_fit(data)) {}

  std::map<std::string, double> step(std::int64_t number) {
    PlainStep one(number, data, groups);
    return editor->fit_step(one);
  }

  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> all;
    for (const FitGroup& group : groups)
      for (const auto& [name, tensor] : group.parameters) all.push_back(tensor.detach().clone());
    return all;
  }

  void set_parameters(const std::vector<at::Tensor>& values) {
    const at::NoGradGuard no_grad;
    std::size_t next = 0;
    for (const FitGroup& group : groups)
      for (const auto& [name, tensor] : group.parameters) tensor.copy_(values.at(next++));
  }

  std::shared_ptr<Editor> editor;
  FourPhotos data;
  std::vector<FitGroup> groups;
};

void check_groups(const std::vector<FitGroup>& groups) {
  std::set<std::string> names;
  for (const FitGroup& group : groups) {
    expect(is_plugin_name(group.name) && names.insert(group.name).second, "group '" + group.name + "'");
    std::set<std::string> tensors;
    for (const auto& [name, tensor] : group.parameters) {
      expect(!name.empty() && tensors.insert(name).second, "parameter '" + name + "' of " + group.name);
      expect(tensor.is_leaf() && tensor.requires_grad() && tensor.scalar_type() == at::kFloat,
             group.name + "." + name + " is no float32 leaf with requires_grad");
    }
    expect(!tensors.empty(), "group " + group.name + " has no parameters");
  }
  expect(!names.empty(), "begin_fit returns no group");
}

bool all_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); });
}

std::vector<std::string> names_of(const std::map<std::string, double>& losses) {
  std::vector<std::string> names;
  for (const auto& [name, value] : losses) {
    expect(std::isfinite(value), name + " is " + std::to_string(value));
    names.push_back(name);
  }
  expect(!names.empty(), "it returns no loss");
  return names;
}

}  // namespace

void check_fitting(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks) {
  const at::AutoGradMode with_gradients(true);
  checks.run("it takes fitted weights as its parameter `weights`", [&] {
    for (const ParamSpec& param : library->params())
      if (std::strcmp(param.name, "weights") == 0 && param.type == ParamType::kText) return;
    throw CheckFailed("it has no text parameter `weights`");
  });
  std::unique_ptr<Fitting> fitting;
  if (!checks.run("it says what it trains", [&] {
        fitting = std::make_unique<Fitting>(library, params, host);
        check_groups(fitting->groups);
      }))
    return;
  const bool steps = checks.run("its steps have finite losses of the same names and train something", [&] {
    const auto before = fitting->parameters();
    const auto first = names_of(fitting->step(0));
    expect(names_of(fitting->step(1)) == first, "the second step has other names");
    expect(!all_equal(before, fitting->parameters()), "no parameter has changed");
    expect(!fitting->editor->fitted_weights().empty(), "fitted_weights() is empty");
  });
  if (!steps) return;
  checks.run("it goes on from its state to the same bits", [&] {
    const auto parameters = fitting->parameters();
    std::map<std::string, at::Tensor> state;
    for (const auto& [name, tensor] : fitting->editor->state()) state[name] = tensor.detach().clone();
    const auto losses = fitting->step(2);
    Fitting resumed(library, params, host);
    resumed.set_parameters(parameters);
    resumed.editor->load_state(state);
    expect(resumed.step(2) == losses, "the losses differ");
    expect(all_equal(resumed.parameters(), fitting->parameters()), "the parameters differ");
  });
}

}  // namespace miafr
