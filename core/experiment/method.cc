#include "core/experiment/method.h"

namespace miafr {

std::vector<std::string> Method::stages() const {
  switch (kind) {
    case Kind::kTrained:
      return {"train", "generate"};
    case Kind::kGenerated:
      return {"generate"};
    case Kind::kEdited:
      return {"edit"};
    default:
      return {};
  }
}

}  // namespace miafr
