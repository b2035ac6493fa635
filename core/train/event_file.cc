#include "core/train/event_file.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <system_error>

#include "core/base/errors.h"
#include "core/train/crc32c.h"

namespace miafr {
namespace {

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

// A protobuf message under construction: each call appends one field, by its number (protobuf.dev, "Encoding").
class Message {
 public:
  Message& integer(int field, std::uint64_t value) {
    varint(field << 3 | 0);
    varint(value);
    return *this;
  }
  Message& real(int field, double value) { return fixed(field, 1, value); }
  Message& real(int field, float value) { return fixed(field, 5, value); }
  Message& bytes(int field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    encoded_.append(value);
    return *this;
  }
  Message& message(int field, const Message& value) { return bytes(field, value.encoded_); }

  const std::string& encoded() const { return encoded_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) encoded_ += static_cast<char>(value | 0x80);
    encoded_ += static_cast<char>(value);
  }
  template <typename Real>
  Message& fixed(int field, int wire_type, Real value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    varint(field << 3 | wire_type);
    encoded_ += little_endian(bits, sizeof value);
    return *this;
  }

  std::string encoded_;
};

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

Message event(std::int64_t step) {
  Message event = Message().real(1, wall_time());
  if (step != 0) event.integer(2, static_cast<std::uint64_t>(step));  // 0 is what a reader takes for nothing
  return event;
}

// Event.summary = 5, Summary.value = 1.
std::string summary_event(std::int64_t step, const Message& value) {
  return event(step).message(5, Message().message(1, value)).encoded();
}

std::uint32_t masked_crc32c(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xA282EAD8;
}

std::string new_name() {
  static std::atomic<int> count{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host[0] == '\0') std::strcpy(host.data(), "localhost");
  return "events.out.tfevents." + std::to_string(static_cast<long long>(wall_time())) + "." + host.data() + "." +
         std::to_string(::getpid()) + "." + std::to_string(count++);
}

const std::filesystem::path& made(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(folder.string() + ": cannot be written: " + error.message());
  return folder;
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::string tf_record(std::string_view data) {
  const std::string length = little_endian(data.size(), 8);
  std::string record = length + little_endian(masked_crc32c(length), 4);
  record.append(data);
  return record + little_endian(masked_crc32c(data), 4);
}

EventFile::EventFile(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at)
    : file_(made(folder) / new_name(), AppendFile::Begin::kNew) {
  const std::int64_t first_step = resumed_at.value_or(0);
  write(event(first_step).bytes(3, "brain.Event:2").encoded());  // file_version
  // session_log = 7 with status = 1, START = 1: what came before, of this step on, is void.
  if (resumed_at) write(event(first_step).message(7, Message().integer(1, 1)).encoded());
}

void EventFile::scalar(const std::string& tag, std::int64_t step, float value) {
  write(summary_event(step, Message().bytes(1, tag).real(2, value)));
}

void EventFile::image(const std::string& tag, std::int64_t step, std::string_view png) {
  // Signature (8), length and name of the first chunk (8), width, height.
  if (png.size() < 24 || png.substr(0, 8) != "\x89PNG\r\n\x1a\n") throw Error("image '" + tag + "': this is no PNG");
  const Message image = Message()
                            .integer(1, big_endian(png.substr(20, 4)))  // height
                            .integer(2, big_endian(png.substr(16, 4)))  // width
                            .integer(3, 3)                              // RGB
                            .bytes(4, png);
  write(summary_event(step, Message().bytes(1, tag).message(4, image)));
}

void EventFile::write(const std::string& event) { file_.append(tf_record(event)); }

}  // namespace miafr
