#include "core/commands/options.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>

#include "core/base/errors.h"
#include "core/config/nearest.h"

namespace miafr {
namespace po = boost::program_options;
namespace {

// No abbreviations: a config override must never be taken for an option that begins alike.
constexpr int kStyle = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;

}  // namespace

Options::Options(std::string usage, std::string about)
    : usage_(std::move(usage)), about_(std::move(about)), described_("Options", 110, 55) {
  described_.add_options()("help,h", "show this help");
}

void Options::alias(const std::string& other, const std::string& name) { aliases_[other] = name; }

// The option that a word stands for; the word itself where it is none.
std::string Options::meant(const std::string& name) const {
  const auto known = [&](const std::string& word) -> std::string {
    if (described_.find_nothrow(word, false)) return word;
    const auto found = aliases_.find(word);
    return found == aliases_.end() ? "" : found->second;
  };
  std::string dashes = name, underscores = name;
  std::replace(dashes.begin(), dashes.end(), '_', '-');
  std::replace(underscores.begin(), underscores.end(), '-', '_');
  const std::string outdir = name == "out" ? "outdir" : name == "outdir" ? "out" : name;
  for (const std::string& word : {name, dashes, underscores, outdir})
    if (const std::string own = known(word); !own.empty()) return own;
  return name;
}

Arguments Options::in_own_words(Arguments arguments) {
  for (std::string& argument : arguments) {
    if (argument == "--") break;
    if (argument.rfind("--", 0) != 0) continue;
    const std::size_t end = std::min(argument.find('='), argument.size());
    const std::string given = argument.substr(2, end - 2), own = meant(given);
    spelled_[own] = "--" + given;
    const bool alone = end == argument.size();
    argument = "--" + own + argument.substr(end);
    // A flag that may be given a value does not take the next word for it.
    if (const auto* option = described_.find_nothrow(own, false); alone && option)
      if (option->semantic()->min_tokens() == 0 && option->semantic()->max_tokens() == 1) argument += "=true";
  }
  return arguments;
}

std::string Options::spelled(const std::string& name) const {
  const auto found = spelled_.find(name);
  return found == spelled_.end() ? "--" + name : found->second;
}

void Options::positional(const std::string& name, int count, bool optional) {
  positional_.add_options()(name.c_str(), po::value<std::vector<std::string>>());
  order_.add(name.c_str(), count);
  if (!optional) required_.push_back(name);
}

void Options::refuse(const std::string& reason) const {
  // Without its arguments.
  const std::size_t end = std::min(usage_.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ["), usage_.find(" --"));
  const std::string command = usage_.substr(0, end);
  throw UsageError(reason + "; see: miafr " + command + (command.back() == ' ' ? "" : " ") + "--help");
}

bool Options::parse(const Arguments& arguments) {
  po::options_description all;
  all.add(described_).add(positional_);
  try {
    po::command_line_parser parser(in_own_words(arguments));
    parser.options(all).style(kStyle);
    if (keep_rest_) {
      // The first arguments without a dash are the positional ones; everything unknown stays in its order.
      parser.allow_unregistered();
      const auto parsed = parser.run();
      po::store(parsed, values_);
      rest_ = po::collect_unrecognized(parsed.options, po::include_positional);
      for (const std::string& name : required_) {
        if (has("help")) break;
        if (rest_.empty() || rest_.front().rfind("-", 0) == 0) refuse("missing " + name);
        values_.insert({name, po::variable_value(std::vector<std::string>{rest_.front()}, false)});
        rest_.erase(rest_.begin());
      }
    } else {
      po::store(parser.positional(order_).run(), values_);
    }
    po::notify(values_);
  } catch (const po::unknown_option& e) {
    std::vector<std::string> known;
    for (const auto& option : described_.options()) known.push_back("--" + option->long_name());
    const std::string guess = nearest(e.get_option_name(), known);
    refuse("unknown option " + e.get_option_name() + (guess.empty() ? "" : ", did you mean " + guess + "?"));
  } catch (const po::too_many_positional_options_error&) {
    refuse("too many arguments");
  } catch (const po::invalid_option_value& e) {
    refuse(e.what() + needed(e.get_option_name()));
  } catch (const po::error& e) {
    refuse(e.what());
  }
  check_finite();
  if (has("help")) {
    print_help(std::cout);
    return false;
  }
  for (const std::string& name : required_)
    if (!has(name)) refuse("missing " + name);
  return true;
}

void Options::set_default(const std::string& name, const std::string& value) {
  if (has(name)) return;
  try {
    const bool flag = described_.find(name, false).semantic()->max_tokens() == 0;
    // Not as "--name=value", which the parser refuses for an empty value.
    po::option option(name, flag ? Arguments{} : Arguments{value});
    option.original_tokens = {"--" + name};
    po::parsed_options parsed(&described_);
    parsed.options.push_back(option);
    po::store(parsed, values_);
  } catch (const po::invalid_option_value& e) {
    refuse(e.what() + needed("--" + name));
  } catch (const po::error& e) {
    refuse(e.what());
  }
  check_finite();
}

std::string Options::needed(const std::string& option) const {
  const po::option_description* described =
      described_.find_nothrow(option.substr(option.find_first_not_of('-')), false);
  const auto* value = described ? dynamic_cast<const po::typed_value_base*>(described->semantic().get()) : nullptr;
  if (value && value->value_type() == typeid(std::int64_t))
    return ": a whole number of at most " + std::to_string(std::numeric_limits<std::int64_t>::max()) + " is needed";
  return value && value->value_type() == typeid(double) ? ": a number such as 0.25 is needed" : "";
}

// Boost reads "nan" and "inf" as numbers, and there is no option that could make sense of either.
void Options::check_finite() const {
  for (const auto& [name, value] : values_) {
    const auto* number = boost::any_cast<double>(&value.value());
    if (number && !std::isfinite(*number))
      refuse("--" + name + " " + std::to_string(*number) + ": a finite number is needed");
  }
}

void Options::print_help(std::ostream& out) const {
  GlobalOptions globals;
  out << "usage: miafr " << usage_ << "\n\n" << about_ << "\n\n" << described_ << "\n" << describe(globals);
}

po::options_description describe(GlobalOptions& globals) {
  po::options_description options("Options of every command", 110, 55);
  const auto text = [](auto& value, const char* name) { return po::value(&value)->value_name(name); };
  auto add = options.add_options();
  add("log-level", text(globals.log_level, "LEVEL"), "debug, info (default), warning, error or off");
  add("quiet,q", "only warnings and errors");
  add("color", text(globals.color, "WHEN"), "auto (default: on a terminal), always or never");
  add("plugin-dir", text(globals.plugin_dirs, "DIR")->composing(), "look for plugins here first; may be repeated");
  add("models-dir", text(globals.models_dirs, "DIR")->composing(), "look for model files here first; may be repeated");
  return options;
}

}  // namespace miafr
