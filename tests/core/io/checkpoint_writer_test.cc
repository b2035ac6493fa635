// Checkpoints that are written are read back the same, and a failure leaves the old file and nothing else.
#include "core/io/checkpoint_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>

#include "core/io/atomic_file.h"
#include "core/io/checkpoint.h"
#include "core/base/errors.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;

using miafr::DType;
using miafr::TensorToWrite;
using miafr::TensorView;
using miafr_tests::read_text;

using Writer = void (*)(const fs::path&, const std::vector<TensorToWrite>&, const std::map<std::string, std::string>&);

std::size_t bytes_of(const miafr::TensorInfo& info) {
  return static_cast<std::size_t>(info.numel()) * miafr::size_of(info.dtype);
}

// Bytes that count up from `first`; of a bool, 0 and 1.
TensorView view_of(DType dtype, const std::vector<std::int64_t>& shape, int first = 0) {
  TensorView view;
  view.dtype = dtype;
  view.shape = shape;
  view.strides = miafr::contiguous_strides(shape);
  auto* bytes = new std::byte[bytes_of(view) + 1];
  for (std::size_t i = 0; i < bytes_of(view); ++i)
    bytes[i] = static_cast<std::byte>((first + i) % (dtype == DType::kBool ? 2 : 61));
  view.data = std::shared_ptr<const std::byte>(bytes, std::default_delete<const std::byte[]>());
  return view;
}

TensorToWrite tensor_of(const std::string& name, DType dtype, const std::vector<std::int64_t>& shape) {
  return {name, dtype, shape, [=] { return view_of(dtype, shape, static_cast<int>(name.size())); }};
}

// Every dtype, a scalar, tensors without elements, one of more than a chunk, one that starts at an odd byte.
std::vector<TensorToWrite> all_kinds() {
  std::vector<TensorToWrite> tensors;
  for (const DType dtype : {DType::kBool, DType::kUint8, DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64,
                            DType::kFloat16, DType::kBfloat16, DType::kFloat32, DType::kFloat64})
    tensors.push_back(tensor_of(std::string("z.") + miafr::name_of(dtype), dtype, {1, 3}));
  tensors.push_back(tensor_of("scalar", DType::kFloat32, {}));
  tensors.push_back(tensor_of("none", DType::kFloat32, {0, 4}));
  tensors.push_back(tensor_of("large", DType::kFloat32, {700, 1001}));
  tensors.push_back(tensor_of("a \"name\"\nü", DType::kInt64, {2}));
  return tensors;
}

class Writers : public testing::TestWithParam<Writer> {
 protected:
  void write(const std::vector<TensorToWrite>& tensors, const std::map<std::string, std::string>& metadata = {}) {
    GetParam()(path_, tensors, metadata);
  }

  // The error of writing the tensors; afterwards the folder must be as it was.
  std::string failure(const std::vector<TensorToWrite>& tensors,
                      const std::map<std::string, std::string>& metadata = {}) {
    std::ofstream(path_) << "old";
    std::string error;
    try {
      write(tensors, metadata);
    } catch (const miafr::Error& e) {
      error = e.what();
    }
    EXPECT_EQ(read_text(path_), "old");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "a temporary file is left";
    EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    EXPECT_EQ(error.find(path_.string() + ": cannot be written: "), 0u) << error;
    return error;
  }

  const fs::path folder_ = miafr_tests::temporary_folder();
  const fs::path path_ = folder_ / "model";
};

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST_P(Writers, AreReadBackTheSame) {
  const std::map<std::string, std::string> metadata{{"title", "a \"b\" ü"}, {"global_step", "12"}};
  write(all_kinds(), metadata);
  const auto checkpoint = miafr::open_checkpoint(path_);
  EXPECT_EQ(checkpoint.metadata, metadata);
  EXPECT_TRUE(checkpoint.skipped.empty());
  ASSERT_EQ(checkpoint.entries.size(), all_kinds().size());
  for (const TensorToWrite& tensor : all_kinds()) {
    const TensorView wanted = tensor.values(), view = checkpoint.read(tensor.name);
    EXPECT_EQ(view.dtype, wanted.dtype) << tensor.name;
    EXPECT_EQ(view.shape, wanted.shape) << tensor.name;
    EXPECT_EQ(view.strides, wanted.strides) << tensor.name;
    EXPECT_TRUE(std::equal(wanted.data.get(), wanted.data.get() + bytes_of(wanted), view.data.get())) << tensor.name;
  }
}

TEST_P(Writers, WriteTheSameBytesAgain) {
  write(all_kinds());
  const std::string first = read_text(path_);
  write(all_kinds());
  EXPECT_TRUE(read_text(path_) == first);
}

TEST_P(Writers, FollowTheUmask) {
  const mode_t old = ::umask(027);
  write({tensor_of("x", DType::kFloat32, {2})});
  ::umask(old);
  struct stat found = {};
  ASSERT_EQ(::stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
}

TEST_P(Writers, DropEachTensorBeforeTheNext) {
  std::weak_ptr<const std::byte> last;
  std::vector<TensorToWrite> tensors;
  for (const char* name : {"a", "b", "c"})
    tensors.push_back({name, DType::kFloat32, {4}, [&last] {
                         EXPECT_TRUE(last.expired());
                         TensorView view = view_of(DType::kFloat32, {4});
                         last = view.data;
                         return view;
                       }});
  write(tensors);
  EXPECT_TRUE(last.expired());
}

TEST_P(Writers, RefuseWhatWouldNotBeReadBack) {
  const TensorToWrite x = tensor_of("x", DType::kFloat32, {2});
  expect_contains(failure({x, x}), "two tensors have the name \"x\"");
  expect_contains(failure({tensor_of("\xFF", DType::kFloat32, {2})}), "is not UTF-8");
  expect_contains(failure({x}, {{"key", "\xFF"}}), "the metadata \"key\" is not UTF-8");
  expect_contains(failure({{"neg", DType::kFloat32, {2, -1}, x.values}}), "has the impossible shape [2, -1]");
  const std::int64_t huge = std::int64_t{1} << 40;
  expect_contains(failure({{"huge", DType::kInt8, {huge, huge}, x.values}}), "has the impossible shape");
}

TEST_P(Writers, RefuseOtherValuesThanAnnounced) {
  const auto announced = [](const std::function<TensorView()>& values) {
    return std::vector<TensorToWrite>{tensor_of("first", DType::kInt8, {5}), {"x", DType::kFloat32, {2, 3}, values}};
  };
  expect_contains(failure(announced([] {
                    return view_of(DType::kFloat32, {3, 3});
                  })),
                  "tensor \"x\" was announced as float32 [2, 3] and its values are float32 [3, 3]");
  expect_contains(failure(announced([] { return view_of(DType::kFloat16, {2, 3}); })), "its values are float16 [2, 3]");
  expect_contains(failure(announced([] {
                    TensorView view = view_of(DType::kFloat32, {2, 3});
                    view.strides = {1, 2};
                    return view;
                  })),
                  "tensor \"x\" is not contiguous");
  expect_contains(failure(announced([] {
                    TensorView view = view_of(DType::kFloat32, {2, 3});
                    view.data = nullptr;
                    return view;
                  })),
                  "tensor \"x\" has no values");
}

TEST_P(Writers, LeaveTheOldFileWhereATensorFailsHalfWay) {
  std::vector<TensorToWrite> tensors = all_kinds();
  tensors.push_back({"last", DType::kFloat32, {2}, [this]() -> TensorView {
                       throw miafr::Error(path_.string() + ": cannot be written: the source is gone");
                     }});
  expect_contains(failure(tensors), "the source is gone");
}

TEST_P(Writers, LeaveTheOldFileWhereTheSystemRefusesToWrite) {
  rlimit old = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {1'500'000, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string error = failure(all_kinds());
  ::setrlimit(RLIMIT_FSIZE, &old);
  std::signal(SIGXFSZ, handler);
  expect_contains(error, std::strerror(EFBIG));
}

TEST_P(Writers, SayWhyAFileCannotBeThere) {
  const auto error = [](const fs::path& path) -> std::string {
    try {
      GetParam()(path, {tensor_of("x", DType::kFloat32, {2})}, {});
    } catch (const miafr::Error& e) {
      return e.what();
    }
    return "";
  };
  const fs::path missing = folder_ / "missing" / "model";
  EXPECT_EQ(error(missing), missing.string() + ": cannot be written: No such file or directory");
  EXPECT_EQ(error(folder_), folder_.string() + ": cannot be written: Is a directory");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error(folder_ / "pipe"), (folder_ / "pipe").string() + ": cannot be written: Not a regular file");
  if (::geteuid() == 0) return;  // root may write everywhere
  fs::permissions(folder_, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(error(path_), path_.string() + ": cannot be written: Permission denied");
  fs::permissions(folder_, fs::perms::owner_all);
}

INSTANTIATE_TEST_SUITE_P(Formats, Writers, testing::Values(miafr::write_safetensors, miafr::write_torch),
                         [](const auto& info) { return info.index == 0 ? "Safetensors" : "Torch"; });

TEST(WriteSafetensors, WritesThatHeader) {
  const fs::path path = miafr_tests::temporary_folder() / "x.safetensors";
  miafr::write_safetensors(path, {tensor_of("b", DType::kInt16, {2}), tensor_of("a", DType::kUint8, {})}, {{"k", "v"}});
  std::string header = R"({"__metadata__":{"k":"v"},"b":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},)"
                       R"("a":{"dtype":"U8","shape":[],"data_offsets":[4,5]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::string length = {static_cast<char>(header.size()), 0, 0, 0, 0, 0, 0, 0};
  EXPECT_EQ(read_text(path), length + header + "\1\2\3\4" + "\1");
}

TEST(WriteTorch, AlignsEveryMember) {
  const fs::path path = miafr_tests::temporary_folder() / "x.ckpt";
  miafr::write_torch(path, all_kinds());
  const std::string file = read_text(path);
  const auto short_at = [&](std::size_t at) {
    return static_cast<unsigned char>(file[at]) + 256u * static_cast<unsigned char>(file[at + 1]);
  };
  std::size_t members = 0;
  constexpr std::size_t kName = 26, kExtra = 28, kFixed = 30;
  for (std::size_t at = 0; (at = file.find(std::string("PK\3\4") + '\24' + '\0', at)) != std::string::npos; ++at) {
    ++members;
    EXPECT_EQ((at + kFixed + short_at(at + kName) + short_at(at + kExtra)) % 64, 0u) << "member at " << at;
  }
  EXPECT_EQ(members, all_kinds().size() + 3);
}

// Python's own pickle reads the description: opcodes, stack and memo are checked by pickletools, and the objects that
// PyTorch would make are stood in for by plain ones.
constexpr const char* kReader = R"(
import collections, io, pickle, pickletools, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
text = archive.read("archive/data.pkl")
pickletools.dis(text, out=io.StringIO())
class Reader(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "torch" and name.endswith("Storage"): return name
        return {("torch._utils", "_rebuild_tensor_v2"): lambda *parts: parts,
                ("collections", "OrderedDict"): collections.OrderedDict}[module, name]
    def persistent_load(self, id):
        kind, storage, key, device, count = id
        assert (kind, device) == ("storage", "cpu")
        return storage, count, archive.read("archive/data/" + key)
saved = Reader(io.BytesIO(text)).load()
for name, (storage, offset, shape, strides, gradient, hooks) in saved.pop("state_dict").items():
    kind, count, data = storage
    first, range = len(name.encode()), 2 if kind == "BoolStorage" else 61
    assert all(byte == (first + i) % range for i, byte in enumerate(data)), name
    assert offset == 0 and gradient is False and hooks == {}
    print(ascii(name), kind, count, len(data), shape, strides)
print(saved)
)";

TEST(WriteTorch, IsReadByPythonsPickle) {
  const fs::path path = miafr_tests::temporary_folder() / "x.ckpt";
  miafr::write_torch(path, all_kinds(), {{"title", "ab"}});
  const auto result = miafr_tests::run_process({"python3", "-c", kReader, path.string()});
  if (result.exit_code == 127) GTEST_SKIP() << "needs python3";
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "'z.bool' BoolStorage 3 3 (1, 3) (3, 1)\n"
            "'z.uint8' ByteStorage 3 3 (1, 3) (3, 1)\n"
            "'z.int8' CharStorage 3 3 (1, 3) (3, 1)\n"
            "'z.int16' ShortStorage 3 6 (1, 3) (3, 1)\n"
            "'z.int32' IntStorage 3 12 (1, 3) (3, 1)\n"
            "'z.int64' LongStorage 3 24 (1, 3) (3, 1)\n"
            "'z.float16' HalfStorage 3 6 (1, 3) (3, 1)\n"
            "'z.bfloat16' BFloat16Storage 3 6 (1, 3) (3, 1)\n"
            "'z.float32' FloatStorage 3 12 (1, 3) (3, 1)\n"
            "'z.float64' DoubleStorage 3 24 (1, 3) (3, 1)\n"
            "'scalar' FloatStorage 1 4 () ()\n"
            "'none' FloatStorage 0 0 (0, 4) (4, 1)\n"
            "'large' FloatStorage 700700 2802800 (700, 1001) (1001, 1)\n"
            "'a \"name\"\\n\\xfc' LongStorage 2 16 (2,) (1,)\n"
            "{'title': 'ab'}\n");
}

TEST(WriteCheckpoints, KeepTheirReservedNames) {
  const fs::path folder = miafr_tests::temporary_folder();
  const auto reserved = [](const char* name) { return std::vector<TensorToWrite>{tensor_of(name, DType::kInt8, {1})}; };
  EXPECT_THROW(miafr::write_safetensors(folder / "x", reserved("__metadata__")), miafr::Error);
  EXPECT_THROW(miafr::write_torch(folder / "x", {}, {{"state_dict", "text"}}), miafr::Error);
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST(AtomicFile, AppearsOnCommitOnly) {
  const fs::path folder = miafr_tests::temporary_folder();
  {
    miafr::AtomicFile file(folder / "x", 5);
    file.write("he__o");
    file.overwrite(2, "ll");
    EXPECT_EQ(file.size(), 5u);
    EXPECT_FALSE(fs::exists(folder / "x"));
    const std::string temporary = fs::directory_iterator(folder)->path().filename();
    EXPECT_EQ(temporary.substr(0, 3), ".x.");
    EXPECT_EQ(temporary.size(), 9u);
    file.commit();
  }
  EXPECT_EQ(read_text(folder / "x"), "hello");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST(AtomicFile, TakesNamesOfEveryLength) {
  const fs::path folder = miafr_tests::temporary_folder(), path = folder / std::string(255, 'n');
  miafr::AtomicFile file(path, 1);
  file.write("x");
  file.commit();
  EXPECT_EQ(read_text(path), "x");
}

}  // namespace
