#include "core/image/image_error.h"

namespace miafr {

const char* name_of(ImageFault fault) {
  switch (fault) {
    case ImageFault::kUnreadable:
      return "unreadable";
    case ImageFault::kNotAFile:
      return "not_a_file";
    case ImageFault::kEmpty:
      return "empty";
    case ImageFault::kNotAnImage:
      return "not_an_image";
    case ImageFault::kUnsupported:
      return "unsupported";
    case ImageFault::kTooLarge:
      return "too_large";
    case ImageFault::kTruncated:
      return "truncated";
    case ImageFault::kDamaged:
      return "damaged";
  }
  return "";
}

}  // namespace miafr
