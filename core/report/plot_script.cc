#include "core/report/plot_script.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/io/temporary_folder.h"
#include "core/io/whole_file.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// gnuplot's exit status, -1 where there is no gnuplot. It reads no start-up file of the user and takes no locale.
int run_gnuplot(const fs::path& folder) {
  std::string words[] = {"gnuplot", "-d", "plots.gp"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  std::vector<std::string> settings = {"LC_ALL=C.UTF-8", "HOME=" + folder.string()};
  for (const char* name : {"PATH", "FONTCONFIG_PATH", "GDFONTPATH"})
    if (const char* value = ::getenv(name)) settings.push_back(std::string(name) + "=" + value);
  std::vector<char*> environment;
  for (std::string& setting : settings) environment.push_back(setting.data());
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "log", O_WRONLY | O_CREAT, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments, environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return -1;
  if (error != 0) throw Error(std::string("gnuplot cannot be started: ") + std::strerror(error));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string cell_text(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '\\') safe += c;  // gnuplot takes \n for a line break, and \\ for a backslash
    safe += static_cast<unsigned char>(c) < 0x20 ? ' ' : c == '"' ? '\'' : c;
  }
  return safe;
}

// XML forbids ]]> in text, and gnuplot does not escape it.
std::string well_formed(std::string svg) {
  for (std::size_t at = 0; (at = svg.find("]]>", at)) != std::string::npos;) svg.replace(at, 3, "]]&gt;");
  return svg;
}

constexpr const char* kPreamble = R"(reset
set encoding utf8
set datafile separator "\t"
set datafile missing "NaN"
set border 3 lc rgb "#222222" lw 0.8
set tics nomirror out scale 0.6 textcolor rgb "#222222"
set grid lc rgb "#dddddd" lw 0.8 dt 1
set key above horizontal noenhanced textcolor rgb "#222222" samplen 1.6 spacing 1.15 width -1
set pointintervalbox 0
set xlabel textcolor rgb "#222222"
set ylabel textcolor rgb "#222222"
set label 1 "" textcolor rgb "#222222"
)";

}  // namespace

std::string plot_name(const std::string& text, std::size_t longest) { return shown(text, longest); }

const char* series_colour(std::size_t i) {
  static constexpr const char* kColours[kSeriesColours] = {"#0072b2", "#d55e00", "#009e73",
                                                           "#cc79a7", "#56b4e9", "#e69f00"};
  return kColours[i % kSeriesColours];
}

std::string PlotScript::data(const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i > 0 ? "\t" : "") + cell_text(row[i]);
    text += '\n';
  }
  tables_.push_back(std::move(text));
  return "\"" + std::to_string(tables_.size() - 1) + ".tsv\"";
}

void PlotScript::add(Plot plot, int height, const std::string& commands) {
  drawings_.push_back({std::move(plot), height, commands});
}

std::vector<Plot> PlotScript::draw(const fs::path& folder) const {
  const TemporaryFolder temporary;
  for (std::size_t i = 0; i < tables_.size(); ++i)
    write_file(temporary.path() / (std::to_string(i) + ".tsv"), tables_[i]);
  std::string script;
  for (const Drawing& drawing : drawings_) {
    const std::string width = std::to_string(kWidth), height = std::to_string(drawing.height);
    const std::string large = std::to_string(3 * kWidth) + "," + std::to_string(3 * drawing.height);
    const std::pair<std::string, std::string> terminals[] = {
        {"svg", "svg size " + width + "," + height + " dynamic noenhanced font 'DejaVu Sans,13' background '#ffffff'"},
        {"png", "pngcairo size " + large + " noenhanced font 'DejaVu Sans,13' fontscale 2.5 linewidth 3 pointscale 3"}};
    for (const auto& [kind, terminal] : terminals)
      script += "set terminal " + terminal + "\nset output '" + drawing.plot.name + "." + kind + "'\n" + kPreamble +
                drawing.commands + "unset output\n";
  }
  write_file(temporary.path() / "plots.gp", script);

  const int status = run_gnuplot(temporary.path());
  throw_if_interrupted();
  if (status == -1) return {};
  if (status != 0) throw Error("gnuplot failed: " + shown(read_file(temporary.path() / "log"), 400));
  std::vector<Plot> plots;
  for (const Drawing& drawing : drawings_) {
    plots.push_back(drawing.plot);
    const auto drawn = [&](const char* kind) {
      const fs::path file = temporary.path() / (drawing.plot.name + kind);
      if (!fs::exists(file)) throw Error("gnuplot did not draw " + file.filename().string());
      return read_file(file);
    };
    plots.back().svg = well_formed(drawn(".svg"));
    write_file(folder / (drawing.plot.name + ".svg"), plots.back().svg);
    write_file(folder / (drawing.plot.name + ".png"), drawn(".png"));
  }
  return plots;
}

}  // namespace miafr
