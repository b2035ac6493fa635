// Checkpoints in every layout: the good ones hold what Python put in, the malformed ones are refused with a line, and
// no file gets anything executed.
#include "core/io/checkpoint.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/errors.h"
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
    default:  // in no layout
      break;
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

// What comes of opening the file and reading every tensor of it.
struct Attempt {
  bool opened = false;
  std::string error;
};

Attempt attempt(const fs::path& file) {
  Attempt result;
  try {
    const auto checkpoint = miafr::open_checkpoint(file);
    for (const auto& [name, entry] : checkpoint.entries) entry.read();
    result.opened = true;
  } catch (const miafr::Error& e) {
    result.error = e.what();
  }
  return result;
}

struct Cost {
  int status = -1;  // of the process: 0 where nothing crashed
  double seconds = 0;
  long peak_kib = 0;
};

long peak_kib() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// In a process of its own, which begins with this one's present size, not with the peak of the tests before.
Cost cost_of(const fs::path& file) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    const long before = peak_kib();
    attempt(file);
    const long growth = peak_kib() - before;
    ::_exit(::write(ends[1], &growth, sizeof growth) == sizeof growth ? 0 : 1);
  }
  Cost cost;
  ::waitpid(child, &cost.status, 0);
  cost.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (cost.status == 0 && ::read(ends[0], &cost.peak_kib, sizeof cost.peak_kib) != sizeof cost.peak_kib) cost = {};
  ::close(ends[0]);
  ::close(ends[1]);
  return cost;
}

void expect_refused(const fs::path& file, const std::string& reason = "") {
  const Attempt result = attempt(file);
  EXPECT_FALSE(result.opened) << file;
  EXPECT_NE(result.error.find(file.filename().string()), std::string::npos) << result.error;
  EXPECT_NE(result.error.find(reason), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find('\n'), std::string::npos) << result.error;
}

class Bad : public testing::TestWithParam<std::string> {};

TEST_P(Bad, IsRefusedWithOneLine) {
  const Attempt result = attempt(layouts() / "bad" / GetParam());
  EXPECT_FALSE(result.opened);
  EXPECT_NE(result.error.find(GetParam() + ": "), std::string::npos) << result.error;
  EXPECT_EQ(result.error.find('\n'), std::string::npos) << result.error;
  EXPECT_LT(result.error.size(), 400u);
  const Cost cost = cost_of(layouts() / "bad" / GetParam());
  EXPECT_EQ(cost.status, 0);
  EXPECT_LT(cost.seconds, 2);
  EXPECT_LT(cost.peak_kib, 256 << 10);
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

// ---- PyTorch's legacy stream, made here

std::string little(std::uint64_t value, int bytes) {
  return std::string(reinterpret_cast<const char*>(&value), static_cast<std::size_t>(bytes));
}

std::string text(const std::string& value) { return "X" + little(value.size(), 4) + value; }
std::string integer(std::int64_t value) { return "\x8a\x08" + little(static_cast<std::uint64_t>(value), 8); }

// A tensor [4] of float32 in storage "k", which `view` may narrow.
std::string tensor(const std::string& view = "N") {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") + "ctorch\nFloatStorage\n" + text("k") +
         text("cpu") + integer(4) + view + "tQ" + integer(0) + integer(4) + "\x85" + integer(1) + "\x85\x89}tR";
}

const std::string kMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
const std::string kKeysAndData =
    "\x80\x02]" + text("k") + "a." + little(4, 8) + little(0x3f800000, 4) + std::string(12, '\0');

fs::path legacy_file(const std::string& pickle, const std::string& magic = kMagic) {
  const fs::path file = miafr_tests::temporary_folder() / "legacy.pt";
  std::ofstream(file, std::ios::binary) << magic << integer(1001) << ".}." << pickle << "." << kKeysAndData;
  return file;
}

TEST(LegacyStream, MayHaveAnyProtocol) {
  const std::string long_magic = kMagic.substr(2), frame = "\x95" + little(long_magic.size(), 8);
  for (const std::string& magic :
       {kMagic, "\x80\x03" + long_magic, "\x80\x04" + frame + long_magic, std::string("L119547037146038801333356L\n.")})
    EXPECT_TRUE(attempt(legacy_file("}" + text("w") + tensor() + "s", magic)).opened) << magic;
}

TEST(LegacyStream, RefusesViewsOutsideTheStorage) {
  const auto with_view = [](std::int64_t offset, std::int64_t size) {
    return legacy_file("}" + text("w") + tensor("(" + text("v") + integer(offset) + integer(size) + "t") + "s");
  };
  EXPECT_TRUE(attempt(with_view(0, 4)).opened);
  const std::int64_t largest = std::numeric_limits<std::int64_t>::max();
  for (const auto& [offset, size] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {-1, largest}, {1, 4}, {largest, largest}, {0, 3}, {0, -1}, {1 << 30, 4}})
    expect_refused(with_view(offset, size));
}

// Its storage is in the file all the same, and must be passed over.
TEST(LegacyStream, MayHaveTensorsInsideObjectsOfUnknownClasses) {
  const auto file = legacy_file("}" + text("w") + "cmymodule\nThing\n(" + tensor() + "tRs");
  expect_refused(file, "mymodule.Thing");
  const auto checkpoint = miafr::open_checkpoint(
      legacy_file("}" + text("w") + "cmymodule\nThing\n(" + tensor() + "tRs" + text("x") + tensor() + "s"));
  EXPECT_EQ(checkpoint.skipped, std::vector<std::string>{"mymodule.Thing"});
  EXPECT_TRUE(checkpoint.has("x"));
  EXPECT_FALSE(checkpoint.has("w"));
}

// A tensor of complex numbers is left out, and what lies behind its storage is read.
TEST(LegacyStream, MayHaveNumbersOfOtherKinds) {
  std::string other = tensor();
  other.replace(other.find("FloatStorage"), 12, "ComplexFloatStorage");
  other.replace(other.find(text("k")), text("k").size(), text("c"));
  const fs::path file = miafr_tests::temporary_folder() / "legacy.pt";
  std::ofstream(file, std::ios::binary) << kMagic << integer(1001) << ".}.}(" << text("c") << other << text("w")
                                        << tensor() << "u.\x80\x02](" << text("c") << text("k") << "e." << little(4, 8)
                                        << std::string(32, 'x') << little(4, 8) << little(0x3f800000, 4)
                                        << std::string(12, '\0');
  const auto checkpoint = miafr::open_checkpoint(file);
  EXPECT_EQ(values_of(checkpoint.read("w")), (std::vector<double>{1, 0, 0, 0}));
  EXPECT_FALSE(checkpoint.has("c"));
  EXPECT_EQ(checkpoint.skipped, std::vector<std::string>{"torch.ComplexFloatStorage"});
}

// An array [2, 3] of int16, its bytes 0 0, 1 0, 2 0, …
std::string array(const std::string& byte_order, bool fortran) {
  std::string bytes;
  for (char i = 0; i < 6; ++i) bytes += {i, '\0'};
  return "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n)C\x01"
         "btR(K\x01" +
         integer(2) + integer(3) + "\x86" + "cnumpy\ndtype\n(" + text("i2") + "\x89\x88tR(K\x03" + text(byte_order) +
         "NNNNNNtb" + (fortran ? "\x88" : "\x89") + "C\x0c" + bytes + "tb";
}

TEST(LegacyStream, ReadsArraysOfNumpy) {
  const auto checkpoint =
      miafr::open_checkpoint(legacy_file("}(" + text("w") + tensor() + text("c") + array("<", false) + text("fortran") +
                                         array("<", true) + text("big") + array(">", false) + "u"));
  EXPECT_EQ(values_of(checkpoint.read("c")), (std::vector<double>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values_of(checkpoint.read("fortran")), (std::vector<double>{0, 2, 4, 1, 3, 5}));
  EXPECT_FALSE(checkpoint.has("big")) << "its bytes are in the other order";
  EXPECT_EQ(checkpoint.skipped, std::vector<std::string>{"numpy.ndarray"});
}

TEST(LegacyStream, IsBounded) {
  constexpr std::size_t kMany = 20 << 20;
  std::string recalls = "}q\1";
  for (std::size_t i = 0; i < kMany; ++i) recalls += "h\1";
  std::string names = tensor() + "q\1(";  // one tensor under a million names
  for (int i = 0; i < 1000; ++i) names += "h\1";
  names += "lq\2(";
  for (int i = 0; i < 1000; ++i) names += "h\2";
  for (const std::string& pickle : {recalls, std::string(kMany, '('), "}" + text("n") + names + "ls"}) {
    const fs::path file = legacy_file(pickle);
    expect_refused(file);
    const Cost cost = cost_of(file);
    EXPECT_EQ(cost.status, 0);
    EXPECT_LT(cost.peak_kib, 256 << 10);
  }
}

TEST(OpenCheckpoint, SaysInOneLineWhatIsWrongWithWildNames) {
  expect_refused(legacy_file("}" + text("a\nb\x1b") + tensor("(" + text("v") + integer(9) + integer(9) + "t") + "s"),
                 "a\\x0ab\\x1b");
}

TEST(OpenCheckpoint, KnowsTheOldTarFiles) {
  const fs::path file = miafr_tests::temporary_folder() / "old.pth";
  std::ofstream(file, std::ios::binary) << "sys_info" << std::string(249, '\0') << "ustar" << std::string(250, '\0');
  expect_refused(file, "a tar file");
}

// ---- safetensors

fs::path safetensors_file(const std::string& header, const std::string& data = "") {
  const fs::path file = miafr_tests::temporary_folder() / "made.safetensors";
  std::ofstream(file, std::ios::binary) << little(header.size(), 8) << header << data;
  return file;
}

TEST(Safetensors, HoldsToTheFormat) {
  const std::string one = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  EXPECT_TRUE(attempt(safetensors_file("{" + one + "  ", "x")).opened);
  expect_refused(safetensors_file(" {" + one, "x"), "does not begin");
  expect_refused(safetensors_file("{}"), "no tensors");
  expect_refused(safetensors_file(R"({"__metadata__":{"epoch":1},)" + one, "x"), "__metadata__");
  expect_refused(safetensors_file(R"({"__metadata__":[],)" + one, "x"), "__metadata__");
  expect_refused(safetensors_file("{" + one, "xy"), "after the last tensor");
  expect_refused(safetensors_file(R"({"a":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[0,1]}})", "x"), "F8_E8M0");
  expect_refused(safetensors_file(R"({"a":{"dtype":"U8","shape":[0,4611686018427387904,4611686018427387904],)"
                                  R"("data_offsets":[0,0]}})"),
                 "too large");
}

// The reference implementation takes it, and exporters write it.
TEST(Safetensors, MayHaveNoMetadata) {
  const std::string tensor = R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  for (const char* metadata : {"null", "{}"}) {
    const auto checkpoint = miafr::open_checkpoint(
        safetensors_file("{\"__metadata__\":" + std::string(metadata) + "," + tensor + "}", "x"));
    EXPECT_TRUE(checkpoint.metadata.empty());
    EXPECT_TRUE(checkpoint.has("a"));
  }
  for (const char* metadata : {"[]", "1", R"({"a":null})", R"({"a":1})"})  // these it refuses
    expect_refused(safetensors_file("{\"__metadata__\":" + std::string(metadata) + "," + tensor + "}", "x"),
                   "its __metadata__");
}

TEST(Safetensors, HasDtypesThatPyTorchHasNoStorageFor) {
  for (const auto& [code, dtype] : std::map<std::string, miafr::DType>{{"U16", miafr::DType::kUint16},
                                                                       {"U32", miafr::DType::kUint32},
                                                                       {"U64", miafr::DType::kUint64},
                                                                       {"F8_E4M3", miafr::DType::kFloat8E4m3},
                                                                       {"F8_E5M2", miafr::DType::kFloat8E5m2}}) {
    const std::size_t size = miafr::size_of(dtype);
    const auto checkpoint = miafr::open_checkpoint(safetensors_file(
        R"({"a":{"dtype":")" + code + R"(","shape":[1],"data_offsets":[0,)" + std::to_string(size) + "]}}",
        std::string(size, 'x')));
    EXPECT_EQ(checkpoint.read("a").dtype, dtype) << code;
  }
}

// Its length's bytes are those that a pickle begins with.
TEST(Safetensors, MayHaveAHeaderOfAnyLength) {
  std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})";
  for (const std::size_t length : {127, 128, 384, 640, 1408}) {
    header.resize(length, ' ');
    EXPECT_TRUE(attempt(safetensors_file(header, "x")).opened) << length;
  }
}

TEST(Safetensors, IsBounded) {
  std::string sides;
  for (int i = 0; i < 5 << 20; ++i) sides += "1,";
  for (const std::string& header :
       {R"({"a":{"dtype":"U8","shape":[)" + sides + R"(1],"data_offsets":[0,1]}})",
        "{\"" + std::string(90 << 20, 'k') + R"(":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})"}) {
    const fs::path file = safetensors_file(header, "x");
    expect_refused(file, "its header has");
    EXPECT_LT(cost_of(file).peak_kib, 256 << 10);
  }
}

// ---- diffusers folders

class DiffusersFolder : public testing::Test {
 protected:
  // A file of the layouts under a new name below the folder.
  void add(const std::string& layout, const std::string& name) {
    miafr_tests::copy_writable(layouts() / "good" / layout, folder_ / name);
  }

  void write(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }

  fs::path folder_ = miafr_tests::temporary_folder();
};

TEST_F(DiffusersFolder, PutsTheNetworksTogether) {
  add("plain.safetensors", "unet/diffusion_pytorch_model.safetensors");
  write("unet/diffusion_pytorch_model.bin", "never opened: .safetensors goes first");
  add("zip_flat.pt", "vae/diffusion_pytorch_model.bin");
  add("legacy_tar_free.pt", "text_encoder/pytorch_model.bin");
  const auto checkpoint = miafr::open_checkpoint(folder_);
  EXPECT_EQ(checkpoint.format, "diffusers folder");
  EXPECT_EQ(checkpoint.entries.size(), 33u);
  for (const char* network : {"unet", "vae", "text_encoder"}) {
    ASSERT_TRUE(checkpoint.has(std::string(network) + ".e.int64")) << network;
    EXPECT_EQ(values_of(checkpoint.read(std::string(network) + ".e.int64")), (std::vector<double>{0, 1, 2, 3, 4, 5}));
  }
}

TEST_F(DiffusersFolder, TakesTheHalfPrecisionVariantWhereThereIsNoOther) {
  add("plain.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors");
  add("zip_flat.pt", "vae/diffusion_pytorch_model.bin");
  write("vae/diffusion_pytorch_model.fp16.safetensors", "never opened: full precision goes first");
  const auto checkpoint = miafr::open_checkpoint(folder_);
  EXPECT_TRUE(checkpoint.has("unet.e.int64"));
  EXPECT_TRUE(checkpoint.has("vae.e.int64"));
}

TEST_F(DiffusersFolder, FollowsAnIndexOfShards) {
  add("plain.safetensors", "unet/one.safetensors");
  add("zip_views.pt", "unet/two.bin");
  write("unet/diffusion_pytorch_model.safetensors.index.json",
        R"({"weight_map": {"a.weight": "one.safetensors", "view.full": "two.bin"}})");
  const auto checkpoint = miafr::open_checkpoint(folder_);
  EXPECT_EQ(checkpoint.entries.size(), 2u);
  EXPECT_TRUE(checkpoint.has("unet.a.weight"));
  EXPECT_TRUE(checkpoint.has("unet.view.full"));
}

TEST_F(DiffusersFolder, RefusesIndexesThatLeadElsewhere) {
  const std::string index = "unet/diffusion_pytorch_model.safetensors.index.json";
  add("plain.safetensors", "unet/one.safetensors");
  add("plain.safetensors", "outside.safetensors");
  for (const char* shard : {"../outside.safetensors", "..", ".", "", "/etc/passwd", "a\\\\b", "one.safe\\u0000"}) {
    write(index, R"({"weight_map": {"a.weight": ")" + std::string(shard) + R"("}})");
    const Attempt result = attempt(folder_);
    EXPECT_NE(result.error.find("beside the index"), std::string::npos) << shard << " " << result.error;
  }
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"weight_map": {"a.weight": "gone.safetensors"}})", "gone.safetensors: missing"},
      {R"({"weight_map": {"nothing": "one.safetensors"}})", "one.safetensors: no tensor \"nothing\""},
      {R"({"weight_map": {"a.weight": 7}})", "beside the index"},
      {R"({"weight_map": []})", "without a weight_map"},
      {"[]", "without a weight_map"},
      {"not JSON", "not valid JSON"},
      {std::string(100'000, '['), "nested too deep"},
      {"", "the file is empty"}};
  for (const auto& [content, reason] : cases) {
    write(index, content);
    const Attempt result = attempt(folder_);
    EXPECT_NE(result.error.find((folder_ / "unet").string()), std::string::npos) << result.error;
    EXPECT_NE(result.error.find(reason), std::string::npos) << result.error;
  }
}

TEST_F(DiffusersFolder, SaysWhatIsMissing) {
  EXPECT_NE(attempt(folder_).error.find("without unet/"), std::string::npos);
  write("vae/config.json", "{}");
  EXPECT_NE(attempt(folder_).error.find("vae: no weights in it"), std::string::npos) << attempt(folder_).error;
}

}  // namespace
