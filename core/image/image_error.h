// Why a file is not used as an image.
#pragma once

#include <string>

#include "core/base/errors.h"

namespace miafr {

enum class ImageFault {
  kUnreadable,   // missing, a link to nothing, no permission, an error of the disk
  kNotAFile,     // a folder, a FIFO, a socket, a device
  kEmpty,        // 0 bytes
  kNotAnImage,   // the bytes are no image format that we know, whatever the file is called
  kUnsupported,  // an image, of a format or variant that is not read
  kTooLarge,     // over kMaxPixels or kMaxFileBytes (image_header.h)
  kTruncated,    // ends before the picture does
  kDamaged,      // contradicts its own format or checksum
};

// The fault as one word for counts and CSV: "unreadable", "not_a_file", …
const char* name_of(ImageFault fault);

// One line: "FILE: what is wrong". Callers that go on without the file count it under fault().
class ImageError : public Error {
 public:
  ImageError(ImageFault fault, const std::string& text) : Error(text), fault_(fault) {}
  ImageFault fault() const { return fault_; }

 private:
  ImageFault fault_;
};

}  // namespace miafr
