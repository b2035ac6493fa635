// render_faces OUT: folders of drawn faces with their ground truth, and the contact sheet.
#include <boost/program_options.hpp>
#include <exception>
#include <iostream>

#include "core/base/errors.h"
#include "demo/render/folder.h"
#include "demo/render/picture_file.h"
#include "demo/render/sheet.h"

namespace miafr::demo {
namespace {

namespace po = boost::program_options;

constexpr int kError = 1, kUsage = 2;

struct Options {
  std::string out, sheet;
  std::vector<std::string> ages;
  std::uint64_t first = 0;
  int identities = 8, photos = 12, size = 64;
  float eyeglasses = 0.25F;
};

// Nothing where only the help was asked for.
bool parse(int argc, char** argv, Options& options) {
  po::options_description shown("Options");
  shown.add_options()("help,h", "show this help")(
      "identities", po::value(&options.identities)->value_name("N")->default_value(8), "how many people")(
      "first", po::value(&options.first)->value_name("SEED")->default_value(0), "seed of the first; the others follow")(
      "ages", po::value(&options.ages)->value_name("AGE")->multitoken(),
      "child, teenager, youngadults, middleaged, elderly, old (all)")(
      "photos", po::value(&options.photos)->value_name("N")->default_value(12), "of each at each age")(
      "size", po::value(&options.size)->value_name("PIXELS")->default_value(64), "side of a picture, 16..1024")(
      "eyeglasses", po::value(&options.eyeglasses)->value_name("SHARE")->default_value(0.25F, "0.25"),
      "of the photos with eyeglasses, 0..1")("sheet", po::value(&options.sheet)->value_name("FILE.png"),
                                             "write the contact sheet: each identity at each age, twice");
  po::options_description all;
  all.add(shown).add_options()("OUT", po::value(&options.out));
  po::positional_options_description order;
  order.add("OUT", 1);
  po::variables_map values;
  try {
    po::store(po::command_line_parser(argc, argv)
                  .options(all)
                  .positional(order)
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& e) {
    throw UsageError(std::string(e.what()) + "; see: render_faces --help");
  }
  if (!values.count("help")) return true;
  std::cout << "usage: render_faces [OUT] [--sheet FILE.png]\n\nDraws people who do not exist: "
               "OUT/<identity>/<age>/<n>.png, and OUT/truth.csv with the truth about each.\nOUT may not have a "
               "truth.csv yet.\n\n"
            << shown;
  return false;
}

AgeLabel age_of(const std::string& name) {
  std::string all;
  for (const AgeLabel age : kAgeLabels) {
    if (age_name(age) == name) return age;
    all += (all.empty() ? "" : ", ") + age_name(age);
  }
  throw UsageError("--ages " + name + ": allowed are " + all);
}

void check(const Options& options) {
  if (options.out.empty() && options.sheet.empty())
    throw UsageError("name OUT, or --sheet FILE.png; see: render_faces --help");
  if (options.identities < 1) throw UsageError("--identities: at least 1");
  if (options.photos < 1) throw UsageError("--photos: at least 1");
  if (options.size < 16 || options.size > 1024) throw UsageError("--size: allowed are 16..1024");
  if (!(options.eyeglasses >= 0 && options.eyeglasses <= 1)) throw UsageError("--eyeglasses: allowed is 0..1");
}

void run(const Options& options) {
  check(options);
  FolderPlan plan;
  for (int i = 0; i < options.identities; ++i) plan.identities.push_back(options.first + static_cast<std::uint64_t>(i));
  for (const std::string& name : options.ages) plan.ages.push_back(age_of(name));
  if (plan.ages.empty()) plan.ages.assign(kAgeLabels.begin(), kAgeLabels.end());
  plan.photos = options.photos, plan.size = options.size, plan.eyeglasses = options.eyeglasses;
  if (!options.out.empty()) write_folder(options.out, plan);
  if (!options.sheet.empty()) write_picture(options.sheet, contact_sheet(plan.identities, 2, options.size));
}

}  // namespace
}  // namespace miafr::demo

int main(int argc, char** argv) {
  using namespace miafr;
  try {
    demo::Options options;
    if (demo::parse(argc, argv, options)) demo::run(options);
    return 0;
  } catch (const UsageError& e) {
    std::cerr << "render_faces: " << e.what() << "\n";
    return demo::kUsage;
  } catch (const std::exception& e) {
    std::cerr << "render_faces: " << e.what() << "\n";
    return demo::kError;
  }
}
