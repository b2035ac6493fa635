// miafr convert: a checkpoint in another format, layout or precision.
#include "core/models/convert.h"

#include <iostream>

#include "core/commands/options.h"
#include "core/config/load_config.h"
#include "core/io/checkpoint.h"
#include "core/base/errors.h"
#include "core/base/log.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

DType dtype_named(const std::string& name) {
  for (const DType dtype : {DType::kFloat16, DType::kBfloat16, DType::kFloat32})
    if (name == name_of(dtype)) return dtype;
  throw UsageError("--dtype " + name + ": allowed are float16, bfloat16, float32");
}

Layout layout_named(const std::string& name) {
  if (name == "compvis") return Layout::kCompVis;
  if (name == "diffusers") return Layout::kDiffusers;
  throw UsageError("--layout " + name + ": allowed are compvis, diffusers");
}

}  // namespace

int run_convert(const GlobalOptions&, const Arguments& arguments) {
  Options options(
      "convert IN OUT [OPTION…]",
      "Writes a checkpoint anew: OUT is .safetensors, .ckpt (.pt, .pth, .bin), or a folder in the diffusers "
      "layout.");
  options.add()("dtype", po::value<std::string>()->value_name("TYPE"),
                "float16, bfloat16 or float32, of the floating-point tensors (default: as they are)")(
      "layout", po::value<std::string>()->value_name("NAME"), "compvis or diffusers (default: as IN)")(
      "config", po::value<std::string>()->value_name("FILE"),
      "config of the checkpoint, for the heads in diffusers' config.json, if it is not plain Stable Diffusion v1");
  options.positional("IN");
  options.positional("OUT");
  if (!options.parse(arguments)) return 0;
  ConvertOptions convert_options;
  if (options.has("dtype")) convert_options.dtype = dtype_named(options.get<std::string>("dtype"));
  if (options.has("layout")) convert_options.layout = layout_named(options.get<std::string>("layout"));
  if (options.has("config")) convert_options.model = load_config(options.get<std::string>("config")).config.model;
  const std::string out = options.list("OUT").front();
  const auto left_out = convert(open_checkpoint(options.list("IN").front()), out, convert_options);
  if (!left_out.empty())
    log_warning(std::to_string(left_out.size()) + " tensors have no place in the other layout and were left out, " +
                left_out.front() + " the first");
  std::cout << out << "\n";
  return 0;
}

}  // namespace miafr
