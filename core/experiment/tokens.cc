#include "core/experiment/tokens.h"

#include <algorithm>

#include "core/base/errors.h"

namespace miafr {

const std::vector<std::string>& rare_tokens() {
  static const auto& words = *new std::vector<std::string>{
      "sks", "ohwx", "zshq", "nlwx", "mswx", "nmwx", "scwx", "wwx",  "stx", "smx",  "pln", "pbc", "mds", "nrg",
      "kts", "mwf",  "ccd",  "cwgc", "rsc",  "ddc",  "fbs",  "bdg",  "mgs", "nrf",  "sqm", "bsp", "bgs", "bgc",
      "sgh", "ncds", "spp",  "ndc",  "clg",  "brs",  "hsv",  "blr",  "npt", "ncbd", "csg", "tdp", "dwp", "smg",
      "hcs", "ttm",  "cbp",  "mtr",  "kgs",  "fnc",  "csn",  "kprs", "dts", "cfd",  "cns", "cmc", "tmw", "slp",
      "tbd", "slv",  "dsd",  "dsp",  "wrs",  "rcb",  "cws",  "fhs",  "bhk", "svc",  "scp", "tsb", "smw", "nhc",
      "qtr", "rsl",  "ptc",  "skc",  "tms",  "mmc",  "pff",  "lpc",  "grc", "ccl",  "wsl", "tsk", "vcs", "hsc",
      "nmd", "wsw",  "fpv",  "psc",  "csk",  "mmj",  "srp",  "tbl",  "dcs", "cmt",  "ncs", "mtc", "dtm", "ptv",
      "nhq", "swc",  "ghc",  "kpk",  "sff",  "jdm",  "sdn",  "dfc",  "mdc",
  };
  return words;
}

std::size_t token_count(const ClipTokenizer& tokenizer, const std::string& word) {
  std::size_t count = 0;
  for (const ClipTokenizer::Word& part : tokenizer.split(word).words) count += part.ids.size();
  return count;
}

void give_tokens(std::vector<std::string>& tokens) {
  std::size_t next = 0;
  for (std::string& token : tokens) {
    if (!token.empty()) continue;
    while (next < rare_tokens().size() && std::find(tokens.begin(), tokens.end(), rare_tokens()[next]) != tokens.end())
      ++next;
    if (next == rare_tokens().size())
      throw Error("there are " + std::to_string(rare_tokens().size()) +
                  " rare tokens for subjects that name none; give the others a token of their own");
    token = rare_tokens()[next];
  }
}

}  // namespace miafr
