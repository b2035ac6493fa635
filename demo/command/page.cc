#include "demo/command/page.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/progress.h"
#include "core/experiment/files.h"
#include "core/experiment/trial_run.h"
#include "core/report/html_text.h"
#include "core/report/report_html.h"
#include "core/report/report_style.h"
#include "core/report/text.h"
#include "core/version.h"
#include "demo/command/curves.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPageStyle = R"css(
.faces img { width: 84px; height: 84px; border-radius: 4px; display: block; }
.faces td, .faces th { padding: 6px 5px; text-align: center; vertical-align: middle; }
.faces th.text { text-align: left; white-space: normal; min-width: 7.5em; font-weight: 600; }
.few { display: flex; gap: 2px; justify-content: center; }
.strip { max-width: none; display: flex; flex-wrap: wrap; gap: 3px; }
.strip img { width: 48px; height: 48px; border-radius: 4px; }
.bar { display: inline-block; width: 3em; height: .5em; margin-right: .4em; border-radius: 99px;
  background: linear-gradient(90deg, var(--c3) var(--share), var(--grid) var(--share)); }
.off { color: var(--c2); }
.lead { font-size: 1.06rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; overflow-x: auto;
  font: .86rem/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
@media (max-width: 600px) { .faces img { width: 56px; height: 56px; } .few img:nth-child(n+2) { display: none; } }
)css";

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

  std::string html() const {
    const std::string title = "Does a face stay recognisable when its age is edited?";
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
           "content=\"width=device-width, initial-scale=1\">\n<title>" +
           title + "</title>\n<style>" + kReportStyle + kPageStyle + "</style>\n</head>\n<body>\n<header>\n<h1>" +
           title + "</h1>\n" + lead() + navigation() + "</header>\n<main>\n" + result() + pictures() + scores() +
           ages() + trainings() + cost() + real_weights_section() + what_was_done_section(inputs_) +
           "</main>\n<footer>miafr " + kVersion + "</footer>\n</body>\n</html>\n";
  }

 private:
  // "the contrastive, cosine and biometric loss"
  std::string identity_losses() const {
    std::string text;
    const std::vector<std::string> names = experiment_.trained_methods();
    const std::size_t last = names.size() - 1;
    for (std::size_t i = 1; i <= last; ++i) text += (i == 1 ? "" : i == last ? " and " : ", ") + escape_html(names[i]);
    return "the " + text + " loss";
  }

  std::string lead() const {
    const std::size_t people = experiment_.subjects.size();
    const bool one = people == 1;
    return "<p class=\"lead\">" + std::string(one ? "One person who does" : "People who do") +
           " not exist, drawn by a program at any age, so that it is known how they really look when they are older or "
           "younger. A small Stable Diffusion that has never seen " +
           (one ? "this person" : "these " + plain_number(people)) + " learned " + (one ? "them" : "each") + " from " +
           std::to_string(kTrainingPhotos) + " photos of one age, with no identity loss and with " + identity_losses() +
           ". Each model then painted its person at " + plain_number(experiment_.ages.size()) +
           " ages, and a face matcher that no loss was trained against compared the pictures with other photos of the "
           "same person.</p>\n" +
           caveat();
  }

  // What a few people do not tell. Nothing in the study.
  std::string caveat() const {
    const std::size_t people = experiment_.subjects.size();
    if (people >= study().subjects) return "";
    return std::string("<div class=\"warnings\">") +
           (people == 1 ? "One person illustrates how the program works and proves"
                        : "A few people illustrate how the program works and prove") +
           " nothing about the losses; <code>./miafr demo --study</code> asks " + plain_number(study().subjects) +
           " people and three seeds.</div>\n";
  }

  static std::string navigation() {
    std::string text = "<nav>";
    for (const auto& [id, name] : {std::pair("result", "Result"),
                                   {"pictures", "Pictures"},
                                   {"scores", "Scores"},
                                   {"ages", "Ages"},
                                   {"training", "Training"},
                                   {"cost", "Time and memory"},
                                   {"real", "With real faces"},
                                   {"done", "What was done"}})
      text += std::string("<a href=\"#") + id + "\">" + name + "</a>";
    return text + "</nav>\n";
  }

  static std::string heading(const char* id, const char* title) {
    return std::string("<h2 id=\"") + id + "\">" + title + "</h2>\n";
  }

  // ---- result

  const IdentityRow* row_of(const std::string& method, const std::string& label) const {
    for (const IdentityRow& row : rows_)
      if (row.matcher == rows_.front().matcher && row.method == method && row.label == label) return &row;
    return nullptr;
  }

  static const RateAtTarget* rate_of(const IdentityRow* row) {
    if (!row) return nullptr;
    const auto found = std::find_if(row->rates.begin(), row->rates.end(),
                                    [](const RateAtTarget& rate) { return rate.target == kTargetFmr; });
    return found == row->rates.end() ? nullptr : &*found;
  }

  std::string result() const {
    std::string text =
        heading("result", "Result") +
        "<div class=\"scroll\"><table><thead><tr><th class=\"text\">Pictures</th><th>FNMR at FMR " +
        target_percent(kTargetFmr) +
        " %</th><th>95 % interval</th><th>against plain</th><th>mean genuine score</th><th>of the age asked "
        "for</th><th>without a face</th></tr></thead><tbody>\n";
    const std::vector<std::string> methods = methods_of(experiment_);
    for (std::size_t i = 0; i < methods.size(); ++i) text += result_row(methods[i], i);
    return text +
           "</tbody></table></div>\n<p class=\"note\">FNMR: share of comparisons with other photos of the person "
           "that " +
           escape_html(rows_.front().matcher) +
           " rejects, in percent, of pictures with a face; against plain: the difference "
           "on the same persons, in percent points, with the interval of a bootstrap over persons. The threshold "
           "lets " +
           target_percent(kTargetFmr) + " % of strangers pass, " + std::to_string(kStrangers) +
           " people who are nobody\u2019s subject. Lower is better, but only where the age is right, too. \u201c" +
           method_title(kTruth) + "\u201d: real renders at the age, the best that editing can do. \u201c" +
           method_title(kBefore) +
           "\u201d: the base model, which does not know the person. Without a face: comparisons that could not be "
           "made. Ages are a network\u2019s estimates.</p>\n" +
           comparison();
  }

  std::string result_row(const std::string& method, std::size_t number) const {
    const IdentityRow* all = row_of(method, "all");
    if (!all) return "";
    const RateAtTarget* rate = rate_of(all);
    std::int64_t right = 0, of = 0;
    for (const AgeWord& age : experiment_.ages)
      if (const IdentityRow* row = row_of(method, age.word)) right += row->in_range, of += row->with_age;
    const bool known = rate && std::isfinite(rate->fnmr);
    return std::string("<tr") + (method == kTruth ? " class=\"real\"" : "") + "><th class=\"text\">" + chip(number) +
           escape_html(method_title(method)) + "</th><td><span class=\"big\">" + (known ? percent(rate->fnmr) : "n/a") +
           "</span></td><td>" + (known ? percent_range({rate->low, rate->high}) : "") + "</td><td>" +
           change_text(method) + "</td><td>" + significant(all->mean_score, 3) + "</td><td>" +
           (of > 0 ? percent(static_cast<double>(right) / static_cast<double>(of)) + " % <span class=\"soft\">" +
                         std::to_string(right) + "/" + std::to_string(of) + "</span>"
                   : "") +
           "</td><td>" + std::to_string(all->failed) + "</td></tr>\n";
  }

  // "-3.1 [-6.0, -0.4]", in percent points.
  std::string change_text(const std::string& method) const {
    const auto found = changes_.find(method);
    if (found == changes_.end() || std::isnan(found->second.difference)) return "";
    const Change& change = found->second;
    return signed_percent(change.difference) +
           (change.has_interval() ? " [" + signed_percent(change.low) + ", " + signed_percent(change.high) + "]" : "");
  }

  // Says no more than the intervals do.
  std::string comparison() const {
    const std::string& first = experiment_.methods[0].name;
    const Change* best = nullptr;
    std::string name;
    for (const std::string& trained : experiment_.trained_methods()) {
      const auto found = trained == first ? changes_.end() : changes_.find(trained);
      if (found == changes_.end() || std::isnan(found->second.difference)) continue;
      if (!best || found->second.difference < best->difference) best = &found->second, name = found->first;
    }
    if (!best) return "";
    const bool is_told_apart = best->has_interval() && (best->high < 0 || best->low > 0);
    return "<p>Of the identity losses, " + escape_html(name) + " has the lowest FNMR here: " + change_text(name) +
           " points against " + escape_html(method_title(first)) +
           (is_told_apart ? ", an interval without 0." : "; this demo does not tell the two apart.") + "</p>\n";
  }

  // ---- pictures and plots

  std::string pictures() const {
    std::string text =
        heading("pictures", "Pictures") +
        "<p class=\"note\">Below each: how many of the comparisons with the person\u2019s other photos are accepted, "
        "and "
        "the apparent age, both of all pictures of that place; ages that were not meant are marked.</p>\n";
    for (std::size_t i = 0; i < experiment_.subjects.size(); ++i) text += subject_section(inputs_, verdicts_, i);
    return text;
  }

  // Plots that the evaluation has drawn, by the beginning of their names.
  std::string figures(const std::vector<std::pair<std::string, std::string>>& wanted) const {
    std::vector<Plot> plots;
    std::error_code none;
    for (const auto& [start, caption] : wanted)
      for (const fs::directory_entry& entry : fs::directory_iterator(evaluation_ / "plots", none)) {
        const std::string stem = entry.path().stem().string();
        if (entry.path().extension() == ".svg" && stem.rfind(start, 0) == 0)
          plots.push_back({stem, "", "", caption, read_file(entry.path())});
      }
    return figures_of(plots);
  }

  static std::string figures_of(const std::vector<Plot>& plots) {
    std::string text;
    for (const Plot& plot : plots)
      text += "<figure>" + inline_svg(plot) + "<figcaption>" + escape_html(plot.caption) + "</figcaption></figure>\n";
    return text.empty() ? "<p class=\"note\">There are no plots: gnuplot draws them, where it is installed.</p>\n"
                        : "<div class=\"plots\">\n" + text + "</div>\n";
  }

  std::string scores() const {
    return heading("scores", "Scores") +
           figures({{"det-",
                     "DET: how often the right person is rejected (FNMR) against how often a stranger passes (FMR), "
                     "over all thresholds. Bands: 95 %."},
                    {"scores-",
                     "Scores of the judging matcher, in percent of each list; grey: strangers. Lines: "
                     "thresholds."}}) +
           "<p>More, such as rates at other thresholds, worst pairs and the rules of all figures: "
           "<a href=\"evaluation/report.html\">evaluation/report.html</a>.</p>\n";
  }

  std::string ages() const {
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
    return heading("ages", "Ages") + to_html(table) +
           figures({{"ages", "Apparent age by the age asked for: median, quartiles (box), 5 to 95 % (whiskers)."},
                    {"trade-",
                     "Identity against age: mean genuine score of each picture, and how much older it looks "
                     "than the person\u2019s photos."}});
  }

  std::string trainings() const {
    return heading("training", "Training") +
           figures_of(draw_curves(experiment_, inputs_.folder.out, inputs_.folder.out / "plots"));
  }

  std::string cost() const {
    InputHashes hashes;
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
    return heading("cost", "Time and memory") + to_html(cost_table(cost_rows(experiment_, cells, statuses))) +
           "<p>All trainings and pictures took " + duration_text(seconds) + "; this call, in all, " +
           duration_text(inputs_.seconds) + ".</p>\n";
  }

  const PageInputs& inputs_;
  const Experiment& experiment_;
  const fs::path evaluation_;
  const std::vector<IdentityRow> rows_;
  const Verdicts verdicts_;
  const std::map<std::string, Change> changes_;  // against the first loss
};

}  // namespace

std::string chip(std::size_t method) {
  return "<span class=\"chip\" style=\"background:var(--c" + std::to_string(method % kSeriesColours + 1) +
         ")\"></span>";
}

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

std::string demo_page(const PageInputs& inputs) { return DemoPage(inputs).html(); }

}  // namespace miafr::demo
