// A method: how an experiment comes by edited pictures of a person. The paper compares methods.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/config/run_config.h"

namespace miafr {

struct Method {
  enum class Kind {
    kTrained,    // a model is fine-tuned on the person, then paints: {losses: …, train: …}
    kGenerated,  // the checkpoint paints as it is: {generate: …}
    kEdited,     // an editor plugin changes the person's photos: {editor: NAME}
    kFolder,     // somebody's pictures, PERSON/LABEL: {folder: DIR}
  };

  std::string name;
  RunConfig config = {};  // complete, but for the seed and the subject
  Kind kind = Kind::kTrained;
  std::string editor = {};  // NAME or NAME:key=value,…
  std::filesystem::path folder = {};
  std::string origin = {};  // where it is named

  // What is done for a person, in this order: "train", "generate", "edit". The last makes the pictures. None for a
  // folder.
  std::vector<std::string> stages() const;
  bool trains() const { return kind == Kind::kTrained; }
};

}  // namespace miafr
