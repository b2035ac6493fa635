#include "core/io/guarded_json.h"

#include <set>
#include <vector>

#include "core/base/errors.h"

namespace miafr {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxEvents = 1'000'000;  // some 80,000 tensors
constexpr std::size_t kMaxText = 16 << 20;     // bytes of keys and texts together

// Bytes between quotes. Counted beforehand, since a parser gathers a whole text before it hands it on.
std::size_t bytes_of_text(std::string_view json) {
  std::size_t bytes = 0;
  bool inside = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (json[i] == '"') inside = !inside;
    if (!inside) continue;
    ++bytes;
    if (json[i] == '\\') ++i;
  }
  return bytes;
}

// Refuses during parsing what must not be kept in memory.
class Guard {
 public:
  Guard(const std::string& what, int max_depth) : what_(what), max_depth_(max_depth) {}

  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth >= max_depth_) throw Error(what_ + " is nested too deep");
    if (++events_ > kMaxEvents) throw Error(what_ + " has too many values");
    if (event == json::parse_event_t::object_start) keys_.emplace_back();
    if (event == json::parse_event_t::object_end) keys_.pop_back();
    if (event == json::parse_event_t::key) add_key(parsed.get_ref<const std::string&>());
    return true;
  }

 private:
  void add_key(const std::string& key) {
    if (!keys_.back().insert(key).second) throw Error(what_ + " has the key \"" + key + "\" twice");
  }

  const std::string& what_;
  const int max_depth_;
  std::vector<std::set<std::string>> keys_;
  std::size_t events_ = 0;
};

}  // namespace

json parse_guarded(std::string_view text, const std::string& what, int max_depth) {
  if (bytes_of_text(text) > kMaxText) throw Error(what + " has more than 16 MiB of text");
  Guard guard(what, max_depth);
  try {
    return json::parse(text,
                       [&](int depth, json::parse_event_t event, json& parsed) { return guard(depth, event, parsed); });
  } catch (const json::exception&) {
    throw Error(what + " is not valid JSON");
  }
}

}  // namespace miafr
