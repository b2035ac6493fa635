#include "core/io/shard_index.h"

#include "core/io/guarded_json.h"
#include "core/base/errors.h"
#include "core/io/known_files.h"

namespace miafr {
namespace {

constexpr std::size_t kMaxIndex = 16 << 20;
constexpr std::size_t kMaxShards = 1000;

bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\\0", 3)) == name.npos;
}

}  // namespace

Shards read_shard_index(const Bytes& file) {
  if (file.text().front() != '{')
    if (const auto known = known_file(file)) throw Error(*known);
  if (file.size > kMaxIndex) throw Error("an index of more than 16 MiB");
  const nlohmann::json index = parse_guarded(file.text(), "it", /*max_depth=*/8);
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object())
    throw Error("an index without a weight_map");
  Shards shards;
  for (const auto& [tensor, shard] : index["weight_map"].items()) {
    if (!shard.is_string() || !is_plain_name(shard))
      throw Error("tensor \"" + tensor + "\": its shard is not the name of a file beside the index");
    shards[shard].push_back(tensor);
    if (shards.size() > kMaxShards) throw Error("an index of more than 1000 shards");
  }
  return shards;
}

}  // namespace miafr
