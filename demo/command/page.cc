#include "demo/command/page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/progress.h"
#include "core/base/version.h"
#include "core/experiment/cell_run.h"
#include "core/experiment/files.h"
#include "core/experiment/results_page.h"
#include "core/experiment/trial_run.h"
#include "core/report/page_pictures.h"
#include "core/report/page_template.h"
#include "core/report/text.h"
#include "demo/command/curves.h"
#include "demo/command/demo_templates.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

using Json = nlohmann::ordered_json;

std::string plain_number(std::size_t count) {
  static constexpr const char* kWords[] = {"no",  "one",   "two",   "three", "four", "five",
                                           "six", "seven", "eight", "nine",  "ten"};
  return count < std::size(kWords) ? kWords[count] : std::to_string(count);
}

class DemoPage {
 public:
  explicit DemoPage(const PageInputs& inputs)
      : inputs_(inputs),
        experiment_(inputs.experiment),
        evaluation_(inputs.folder.out / "evaluation"),
        rows_(identity_rows(experiment_, evaluation_)),
        verdicts_(read_verdicts(evaluation_, kTargetFmr)),
        changes_(read_changes(evaluation_, kTargetFmr)) {}

  Json object() const {
    Json page = {{"title", "Does a face stay recognisable when its age is edited?"},
                 {"program", std::string("miafr ") + kVersion}};
    add_lead(page);
    add_result(page);
    page["subjects"] = Json::array();
    for (std::size_t i = 0; i < experiment_.subjects.size(); ++i)
      page["subjects"].push_back(subject_object(inputs_, verdicts_, i));
    add_figures(page);
    page["age_table"] = table_object(age_table());
    add_cost(page);
    page["seed"] = inputs_.seed;
    page["commands"] = typed_commands(inputs_);
    page["experiment_lines"] = lines_of(read_file(inputs_.folder.experiment()));
    return page;
  }

 private:
  // ---- lead

  // "the contrastive, cosine and biometric loss"
  std::string identity_losses() const {
    std::string text;
    const std::vector<std::string> names = experiment_.trained_methods();
    const std::size_t last = names.size() - 1;
    for (std::size_t i = 1; i <= last; ++i) text += (i == 1 ? "" : i == last ? " and " : ", ") + names[i];
    return "the " + text + " loss";
  }

  void add_lead(Json& page) const {
    const std::size_t people = experiment_.subjects.size();
    page["one_person"] = people == 1;
    page["people"] = plain_number(people);
    page["training_photos"] = kTrainingPhotos;
    page["identity_losses"] = identity_losses();
    page["number_of_ages"] = plain_number(experiment_.ages.size());
    page["is_small"] = people < study().subjects;
    page["people_of_study"] = plain_number(study().subjects);
  }

  // ---- result

  const IdentityRow* row_of(const std::string& method, const std::string& label) const {
    for (const IdentityRow& row : rows_)
      if (row.matcher == rows_.front().matcher && row.method == method && row.label == label) return &row;
    return nullptr;
  }

  static const RateAtTarget* rate_of(const IdentityRow& row) {
    const auto found = std::find_if(row.rates.begin(), row.rates.end(),
                                    [](const RateAtTarget& rate) { return rate.target == kTargetFmr; });
    return found == row.rates.end() ? nullptr : &*found;
  }

  void add_result(Json& page) const {
    page["target"] = kTargetFmr;
    page["judge"] = rows_.front().matcher;
    page["strangers"] = kStrangers;
    page["truth_name"] = method_title(kTruth);
    page["before_name"] = method_title(kBefore);
    page["methods"] = Json::array();
    for (const std::string& method : methods_of(experiment_))
      if (const IdentityRow* all = row_of(method, "all")) page["methods"].push_back(result_row(method, *all));
    page["best"] = best();
  }

  Json result_row(const std::string& method, const IdentityRow& all) const {
    Json row = method_object(experiment_, method);
    const RateAtTarget* rate = rate_of(all);
    const bool known = rate && std::isfinite(rate->fnmr);
    row["fnmr"] = known ? Json(rate->fnmr) : Json();
    row["fnmr_range"] = known ? Json{rate->low, rate->high} : Json();
    row["change"] = change_of(method);
    row["mean_score"] = all.mean_score;
    row["ages"] = nullptr;
    row["failed"] = all.failed;
    std::int64_t right = 0, of = 0;
    for (const AgeWord& age : experiment_.ages)
      if (const IdentityRow* one = row_of(method, age.word)) right += one->in_range, of += one->with_age;
    if (of > 0)
      row["ages"] = {{"share", static_cast<double>(right) / static_cast<double>(of)}, {"right", right}, {"of", of}};
    return row;
  }

  // Null where there is none.
  Json change_of(const std::string& method) const {
    const auto found = changes_.find(method);
    if (found == changes_.end() || std::isnan(found->second.difference)) return Json();
    const Change& change = found->second;
    return {{"difference", change.difference},
            {"has_interval", change.has_interval()},
            {"low", change.low},
            {"high", change.high}};
  }

  // The identity loss with the lowest FNMR; the page says no more of it than the intervals do.
  Json best() const {
    const std::string& first = experiment_.methods[0].name;
    const Change* best = nullptr;
    std::string name;
    for (const std::string& trained : experiment_.trained_methods()) {
      const auto found = trained == first ? changes_.end() : changes_.find(trained);
      if (found == changes_.end() || std::isnan(found->second.difference)) continue;
      if (!best || found->second.difference < best->difference) best = &found->second, name = found->first;
    }
    if (!best) return Json();
    return {{"loss", name},
            {"change", change_of(name)},
            {"against", method_title(first)},
            {"is_told_apart", best->has_interval() && (best->high < 0 || best->low > 0)}};
  }

  // ---- plots and tables

  void add_figures(Json& page) const {
    page["score_figures"] = figures(
        {{"det-",
          "DET: how often the right person is rejected (FNMR) against how often a stranger passes (FMR), over all "
          "thresholds. Bands: 95 %."},
         {"scores-", "Scores of the judging matcher, in percent of each list; grey: strangers. Lines: thresholds."}});
    page["age_figures"] =
        figures({{"ages", "Apparent age by the age asked for: median, quartiles (box), 5 to 95 % (whiskers)."},
                 {"trade-",
                  "Identity against age: mean genuine score of each picture, and how much older it looks than the "
                  "person\u2019s photos."}});
    page["training_figures"] = {
        {"plots", plot_objects(draw_curves(experiment_, inputs_.folder.out, inputs_.folder.out / "plots"))}};
  }

  // Plots that the evaluation has drawn, by the beginning of their names.
  Json figures(const std::vector<std::pair<std::string, std::string>>& wanted) const {
    std::vector<Plot> plots;
    std::error_code none;
    for (const auto& [start, caption] : wanted)
      for (const fs::directory_entry& entry : fs::directory_iterator(evaluation_ / "plots", none)) {
        const std::string stem = entry.path().stem().string();
        if (entry.path().extension() == ".svg" && stem.rfind(start, 0) == 0)
          plots.push_back({stem, "", "", caption, read_file(entry.path())});
      }
    return {{"plots", plot_objects(plots)}};
  }

  ShownTable age_table() const {
    ShownTable table;
    table.note =
        "Pictures whose apparent age is of the years that the word means, of all of them; apparent age: mean, "
        "in years.";
    table.columns = {"pictures"};
    for (const AgeWord& age : experiment_.ages) table.columns.push_back(age.word);
    for (const std::string& method : methods_of(experiment_)) {
      std::vector<std::string> cells = {method_title(method)};
      for (const AgeWord& age : experiment_.ages) {
        const IdentityRow* row = row_of(method, age.word);
        const bool known = row && !std::isnan(row->apparent_age);
        const std::string right = known && row->with_age > 0
                                      ? std::to_string(row->in_range) + "/" + std::to_string(row->with_age) + ", "
                                      : "";
        cells.push_back(known ? right + significant(row->apparent_age, 2) : "n/a");
      }
      table.rows.push_back(cells);
    }
    return table;
  }

  void add_cost(Json& page) const {
    std::vector<TrialStatus> statuses;
    const std::vector<Trial> cells = trials_of(experiment_);
    double seconds = 0;
    for (const Trial& cell : cells) {
      TrialStatus status;
      status.record = read_record(TrialFolder(inputs_.folder.out, cell).record());
      status.state = status.record.done() ? TrialState::kDone : TrialState::kBegun;
      for (const StageRecord& stage : status.record.stages) seconds += stage.seconds;
      statuses.push_back(status);
    }
    page["cost_table"] = table_object(cost_table(cost_rows(experiment_, cells, statuses)));
    page["time_of_all"] = duration_text(seconds);
    page["time_of_call"] = duration_text(inputs_.seconds);
  }

  const PageInputs& inputs_;
  const Experiment& experiment_;
  const fs::path evaluation_;
  const std::vector<IdentityRow> rows_;
  const Verdicts verdicts_;
  const std::map<std::string, Change> changes_;  // against the first loss
};

}  // namespace

std::string method_title(const std::string& method) {
  if (method == kTruth) return "drawn, the truth";
  if (method == kBefore) return "before fine-tuning";
  if (method == "plain") return "plain fine-tuning";
  return method + " loss";
}

std::vector<std::string> methods_of(const Experiment& experiment) {
  std::vector<std::string> methods;
  for (const Method& method : experiment.methods) methods.push_back(method.name);
  return methods;
}

Json method_object(const Experiment& experiment, const std::string& method) {
  const std::vector<std::string> methods = methods_of(experiment);
  const auto number = std::find(methods.begin(), methods.end(), method) - methods.begin();
  return {{"method_name", method_title(method)},
          {"colour", series_variable(static_cast<std::size_t>(number))},
          {"is_truth", method == kTruth}};
}

std::string demo_page(const PageInputs& inputs) {
  return render_page("demo", DemoPage(inputs).object(), kDemoTemplates);
}

}  // namespace miafr::demo
