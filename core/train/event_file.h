// What TensorBoard shows of a run: its event files, written without TensorFlow.
//
// A file is a row of records (TFRecord), each of one serialised tensorflow.Event
// (tensorboard/compat/proto/event.proto):
//
//   uint64 length | uint32 masked CRC-32C of it | the event | uint32 masked CRC-32C of the event      little endian
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/train/append_file.h"

namespace miafr {

// Appends each event with one write: a killed process leaves at most a cut last record, which readers pass over.
// All throw Error "FILE: cannot be written: reason".
class EventFile {
 public:
  // Begins a new file in `folder`, which is made where it is missing: events.out.tfevents.SECONDS.HOST.PROCESS.COUNT, a
  // name that TensorBoard knows, different at each call. `resumed_at`: the first step that this file will tell of; what
  // earlier files of the folder say of that step and later ones is then shown no more (purge_step).
  explicit EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at = std::nullopt);

  // `tag` may group by a slash: "loss/total". `step` is 0 or more.
  void scalar(const std::string& tag, std::int64_t step, float value);

  // `png`: a whole PNG file's bytes. Throws Error where it does not begin as one.
  void image(const std::string& tag, std::int64_t step, std::string_view png);

  const std::filesystem::path& path() const { return file_.path(); }

 private:
  void write(const std::string& event);

  AppendFile file_;
};

// One record as it lies in the file.
std::string tf_record(std::string_view data);

}  // namespace miafr
