// Checkpoints in every layout: the good ones hold what Python put in, the malformed ones are refused with a line, and
// no file gets anything executed.
#include "core/io/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/runtime/errors.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;

fs::path layouts() { return miafr_tests::data_file("tests/goldens/layouts/expected.json").parent_path(); }

std::vector<std::string> files_of(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(fs::path("tests/goldens/layouts") / folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

double half_to_double(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
  return half & 0x8000 ? -value : value;
}

template <class T>
T element(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

double value_at(miafr::DType dtype, const std::byte* at) {
  switch (dtype) {
    case miafr::DType::kBool:
    case miafr::DType::kUint8:
      return element<std::uint8_t>(at);
    case miafr::DType::kInt8:
      return element<std::int8_t>(at);
    case miafr::DType::kInt16:
      return element<std::int16_t>(at);
    case miafr::DType::kInt32:
      return element<std::int32_t>(at);
    case miafr::DType::kInt64:
      return element<std::int64_t>(at);
    case miafr::DType::kFloat16:
      return half_to_double(element<std::uint16_t>(at));
    case miafr::DType::kBfloat16: {
      const std::uint32_t bits = std::uint32_t{element<std::uint16_t>(at)} << 16;
      float value;
      std::memcpy(&value, &bits, 4);
      return value;
    }
    case miafr::DType::kFloat32:
      return element<float>(at);
    case miafr::DType::kFloat64:
      return element<double>(at);
  }
  return 0;
}

// Row-major, through the strides.
std::vector<double> values_of(const miafr::TensorView& view) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < view.numel(); ++i) {
    std::int64_t rest = i, offset = 0;
    for (std::size_t d = view.shape.size(); d-- > 0;) {
      offset += rest % view.shape[d] * view.strides[d];
      rest /= view.shape[d];
    }
    values.push_back(value_at(view.dtype, view.data.get() + offset * miafr::size_of(view.dtype)));
  }
  return values;
}

class Good : public testing::TestWithParam<std::string> {};

TEST_P(Good, HoldsWhatPythonPutIn) {
  const auto expected = nlohmann::json::parse(std::ifstream(layouts() / "expected.json"));
  const auto checkpoint = miafr::open_checkpoint(layouts() / "good" / GetParam());
  ASSERT_FALSE(checkpoint.entries.empty());
  std::size_t found = 0;
  for (const auto& [name, tensor] : expected.items()) {
    if (!checkpoint.has(name)) continue;
    ++found;
    const auto view = checkpoint.read(name);
    EXPECT_EQ(miafr::name_of(view.dtype), tensor["dtype"].get<std::string>()) << name;
    EXPECT_EQ(view.shape, tensor["shape"].get<std::vector<std::int64_t>>()) << name;
    EXPECT_EQ(values_of(view), tensor["values"].get<std::vector<double>>()) << name;
  }
  const bool views = GetParam().find("views") != std::string::npos;
  EXPECT_EQ(found, views ? 5u : 11u);
}

// What the process prints when it opens the file and reads every tensor of it under the limits, in a child: "" or the
// error. Memory is the growth of the peak resident set.
struct Attempt {
  bool opened = false;
  std::string error;
  double seconds = 0;
  long peak_kib = 0;
};

long peak_kib() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

Attempt attempt(const fs::path& file) {
  Attempt result;
  const long before = peak_kib();
  const auto begin = std::chrono::steady_clock::now();
  try {
    const auto checkpoint = miafr::open_checkpoint(file);
    for (const auto& [name, entry] : checkpoint.entries) entry.read();
    result.opened = true;
  } catch (const miafr::Error& e) {
    result.error = e.what();
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.peak_kib = peak_kib() - before;
  return result;
}

class Bad : public testing::TestWithParam<std::string> {};

TEST_P(Bad, IsRefusedWithOneLine) {
  const Attempt result = attempt(layouts() / "bad" / GetParam());
  EXPECT_FALSE(result.opened);
  EXPECT_NE(result.error.find(GetParam() + ": "), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find('\n'), std::string::npos) << result.error;
  EXPECT_LT(result.error.size(), 400u);
  EXPECT_LT(result.seconds, 2);
  EXPECT_LT(result.peak_kib, 256 << 10);
  std::cout << result.error.substr(result.error.find(GetParam())) << "\n";
}

class Hostile : public testing::TestWithParam<std::string> {};

TEST_P(Hostile, RunsNothing) {
  const fs::path file = layouts() / "hostile" / GetParam(), folder = miafr_tests::temporary_folder();
  const fs::path home = fs::current_path();
  fs::current_path(folder);
  const Attempt result = attempt(file);
  fs::current_path(home);
  EXPECT_TRUE(fs::is_empty(folder)) << "something was written";
  if (!result.opened) {
    EXPECT_NE(result.error.find(GetParam() + ": "), std::string::npos) << result.error;
    return;
  }
  const auto checkpoint = miafr::open_checkpoint(file);
  EXPECT_FALSE(checkpoint.skipped.empty()) << "the call must be named among what was left out";
}

INSTANTIATE_TEST_SUITE_P(Layouts, Good, testing::ValuesIn(files_of("good")), test_name);
INSTANTIATE_TEST_SUITE_P(Layouts, Bad, testing::ValuesIn(files_of("bad")), test_name);
INSTANTIATE_TEST_SUITE_P(Layouts, Hostile, testing::ValuesIn(files_of("hostile")), test_name);

TEST(OpenCheckpoint, RefusesWhatIsNoFile) {
  const fs::path folder = miafr_tests::temporary_folder();
  ASSERT_EQ(::mkfifo((folder / "pipe.ckpt").c_str(), 0600), 0);
  for (const char* name : {"missing.ckpt", "pipe.ckpt", "."}) {
    const Attempt result = attempt(folder / name);
    EXPECT_FALSE(result.opened) << name;
    EXPECT_NE(result.error.find((folder / name).string()), std::string::npos) << result.error;
  }
}

// Every file cut off at every length: an error or a checkpoint, never a crash.
TEST(OpenCheckpoint, SurvivesEveryTruncation) {
  const fs::path folder = miafr_tests::temporary_folder();
  for (const std::string& name : files_of("good")) {
    const std::string whole = miafr_tests::read_text(layouts() / "good" / name);
    for (std::size_t length = 1; length < whole.size(); length += 7) {
      std::ofstream(folder / "cut.ckpt", std::ios::binary).write(whole.data(), length);
      EXPECT_FALSE(attempt(folder / "cut.ckpt").opened) << name << " of " << length << " bytes";
    }
  }
}

// Every byte changed: whatever comes out, it is not a crash.
TEST(OpenCheckpoint, SurvivesEveryChangedByte) {
  const fs::path folder = miafr_tests::temporary_folder();
  for (const std::string& name : files_of("good")) {
    const std::string whole = miafr_tests::read_text(layouts() / "good" / name);
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ 0xFF);
      std::ofstream(folder / "changed.ckpt", std::ios::binary).write(changed.data(), changed.size());
      attempt(folder / "changed.ckpt");
    }
  }
}

}  // namespace
