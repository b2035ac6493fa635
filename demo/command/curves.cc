#include "demo/command/curves.h"

#include <cmath>
#include <map>

#include "core/base/text.h"
#include "core/report/plots.h"
#include "core/report/text.h"
#include "demo/command/judged.h"

namespace miafr::demo {
namespace {

constexpr int kHeight = 340;
constexpr std::size_t kSmoothed = 9;  // steps that a point of the loss is the mean of

using Series = std::vector<double>;
using Table = std::vector<std::vector<std::string>>;

// Of every column, the mean over all trainings with a loss.
std::map<std::string, Series> mean_metrics(const Experiment& experiment, const std::filesystem::path& out,
                                           std::size_t loss) {
  std::map<std::string, Series> sums, counts;
  for (const Trial& trial : trials_of(experiment)) {
    if (trial.method != loss) continue;
    for (const auto& [name, values] : read_metrics(TrialFolder(out, trial))) {
      Series &sum = sums[name], &count = counts[name];
      sum.resize(std::max(sum.size(), values.size()));
      count.resize(sum.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) continue;
        sum[i] += values[i];
        ++count[i];
      }
    }
  }
  for (auto& [name, sum] : sums)
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] /= counts[name][i];  // NaN where there is none
  return sums;
}

Series smoothed(const Series& values) {
  Series means;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t first = i < kSmoothed / 2 ? 0 : i - kSmoothed / 2;
    double sum = 0, count = 0;
    for (std::size_t j = first; j < std::min(values.size(), i + kSmoothed / 2 + 1); ++j) {
      if (!std::isfinite(values[j])) continue;
      sum += values[j];
      ++count;
    }
    means.push_back(sum / count);
  }
  return means;
}

class CurvePlot {
 public:
  explicit CurvePlot(PlotScript& script) : script_(script) {}

  void add(const std::string& name, const Series& values, std::size_t loss, bool dashed) {
    Table table = {{"step", plot_name(name)}};
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isfinite(values[i])) table.push_back({std::to_string(i), shortest(values[i])});
    if (table.size() < 3) return;
    parts_ += (parts_.empty() ? "plot " : ", \\\n     ") + script_.data(table) +
              " using 1:2 with lines lw 1.8 lc rgb '" + series_colour(loss) + "' dt " + (dashed ? "2" : "1") +
              " title columnheader(2)";
  }

  bool empty() const { return parts_.empty(); }
  std::string commands(const std::string& axes) const { return axes + parts_ + "\n"; }

 private:
  PlotScript& script_;
  std::string parts_;
};

}  // namespace

std::vector<Plot> draw_curves(const Experiment& experiment, const std::filesystem::path& out,
                              const std::filesystem::path& folder) {
  PlotScript script;
  CurvePlot losses(script), gradients(script);
  const std::string norm = "_grad_norm";
  for (std::size_t loss = 0; loss < experiment.methods.size(); ++loss) {
    if (!experiment.methods[loss].trains()) continue;
    const std::string& name = experiment.methods[loss].name;
    const auto metrics = mean_metrics(experiment, out, loss);
    for (const auto& [column, values] : metrics) {
      if (column == "mse_train") losses.add(name, smoothed(values), loss, false);
      if (!ends_with(column, norm) || column == norm.substr(1)) continue;
      const bool denoises = column == "mse" + norm;
      if (denoises && loss > 0) continue;  // about the same for all
      gradients.add(denoises ? "denoising error" : name, values, loss, denoises);
    }
  }
  if (!losses.empty())
    script.add({"loss", "training", "",
                "The denoising error on the person\u2019s photos: means over persons and over " +
                    std::to_string(kSmoothed) + " steps.",
                ""},
               kHeight, losses.commands("set xlabel 'step'\nset ylabel 'mean squared error'\nset yrange [0:*]\n"));
  if (!gradients.empty())
    script.add(
        {"gradients", "training", "",
         "How hard each part of the loss, with its weight, pulls at the U-Net: the norm of its gradient, means "
         "over persons. Dashed: the denoising error of plain fine-tuning.",
         ""},
        kHeight,
        gradients.commands("set xlabel 'step'\nset ylabel 'gradient norm'\nset logscale y\nset format y '%g'\n"));
  std::filesystem::create_directories(folder);
  return script.draw(folder);
}

}  // namespace miafr::demo
