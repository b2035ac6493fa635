#include "core/train/event_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/train/crc32c.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::read_text;
using miafr_tests::temporary_folder;

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

std::string hex_of(const std::string& bytes) {
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

// RFC 3720, B.4.
TEST(Crc32c, EqualsTheStandardsExamples) {
  std::string up, down;
  for (int i = 0; i < 32; ++i) {
    up += static_cast<char>(i);
    down += static_cast<char>(31 - i);
  }
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(up), 0x46DD794Eu);
  EXPECT_EQ(crc32c(down), 0x113FDB5Cu);
  EXPECT_EQ(crc32c(bytes_of("01c00000000000000000000000000000140000000000040000000014000000182800000000000000"
                            "0200000000000000")),
            0xD9963A56u);
}

// What the RecordWriter of the tensorboard package makes of these.
TEST(TfRecord, FramesWithMaskedChecksums) {
  EXPECT_EQ(hex_of(tf_record("")), "000000000000000029039807d8ea82a2");
  EXPECT_EQ(hex_of(tf_record("abc")), "0300000000000000b099490e6162636e57f121");
}

// The events of a file without their wall times, which are the first 9 bytes of each; framing checked.
std::vector<std::string> events(const std::filesystem::path& file) {
  const std::string bytes = read_text(file);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, 8);
    const std::string event = bytes.substr(at + 12, length);
    EXPECT_EQ(bytes.substr(at, length + 16), tf_record(event));
    EXPECT_EQ(event[0], '\x09');
    double wall_time = 0;
    std::memcpy(&wall_time, event.data() + 1, 8);
    EXPECT_GT(wall_time, 1.7e9);
    found.push_back(hex_of(event.substr(9)));
    at += length + 16;
  }
  return found;
}

// The expected bytes are tensorboard 2.21's: its message classes, serialised.
TEST(EventFile, EqualsTensorboardsMessages) {
  const std::string png =
      "89504e470d0a1a0a0000000d49484452000000020000000108020000007b40e8dd0000000d49444154789c63f8cfc000440008fe01ffc69e"
      "79f70000000049454e44ae426082";
  EventFile file(temporary_folder() / "new" / "folder");
  file.scalar("loss/total", 701, 0.25);
  file.scalar("loss/total", 702, 0);
  file.image("samples", 703, bytes_of(png));
  EXPECT_EQ(file.path().filename().string().rfind("events.out.tfevents.", 0), 0u);
  EXPECT_EQ(events(file.path()), (std::vector<std::string>{
                                     "1a0d627261696e2e4576656e743a32",
                                     "10bd052a130a110a0a6c6f73732f746f74616c150000803e",
                                     "10be052a130a110a0a6c6f73732f746f74616c1500000000",
                                     "10bf052a5b0a590a0773616d706c6573224e0801100218032246" + png,
                                 }));
}

TEST(EventFile, ResumedTellsWhatToForget) {
  const auto folder = temporary_folder();
  const EventFile first(folder), resumed(folder, 700);
  EXPECT_NE(first.path(), resumed.path());
  EXPECT_EQ(events(resumed.path()),
            (std::vector<std::string>{"10bc051a0d627261696e2e4576656e743a32", "10bc053a020801"}));
}

TEST(EventFile, RefusesWhatIsNoPng) {
  EventFile file(temporary_folder());
  EXPECT_THROW(file.image("samples", 1, "GIF89a"), Error);
  EXPECT_EQ(events(file.path()).size(), 1u);
}

TEST(EventFile, SaysWhatCannotBeWritten) {
  const auto folder = temporary_folder();
  std::ofstream(folder / "file") << "in the way";
  try {
    EventFile(folder / "file");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).rfind((folder / "file").string(), 0), 0u);
    EXPECT_NE(std::string(error.what()).find("cannot be written: "), std::string::npos);
  }
}

// A full disk, played by a limit on the size of files: what did not fit is taken back whole.
TEST(EventFile, KeepsWholeRecordsOnly) {
  EventFile file(temporary_folder());
  const auto before = read_text(file.path());
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit unlimited{RLIM_INFINITY, RLIM_INFINITY}, tight{before.size() + 20, RLIM_INFINITY};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  EXPECT_THROW(file.scalar("loss/total", 1, 1), Error);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_EQ(read_text(file.path()), before);
  file.scalar("loss/total", 2, 1);
  EXPECT_EQ(events(file.path()).size(), 2u);
}

}  // namespace
}  // namespace miafr
