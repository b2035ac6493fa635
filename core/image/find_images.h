// The image files of a folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace miafr {

struct RefusedPath {
  std::filesystem::path path;
  std::string reason;  // one line, without the path
};

struct FoundImages {
  std::vector<std::filesystem::path> files;  // below `folder`, beginning with its name as given
  std::vector<RefusedPath> refused;
};

// What below `folder` has the extension of an image, in any case: jpg, jpeg, jpe, jfif, png, webp, tif, tiff, bmp, pgm,
// ppm, pnm, and those of formats that read_image refuses with a reason (gif, heic, heif, avif, jp2, jxl), so that every
// image is accounted for. Both lists are sorted by the bytes of the path, whatever the language of the system.
//
// Names that begin with a dot are passed over. A link is refused where it leads outside `folder` or nowhere; one to a
// folder inside is passed over, as what it holds is found in its own place, so no cycle is entered. Refused are also
// folders that cannot be listed, and, where not `recursive`, folders with an image's extension. Throws Error where
// `folder` itself cannot be listed.
FoundImages find_images(const std::filesystem::path& folder, bool recursive);

}  // namespace miafr
