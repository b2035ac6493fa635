#include "core/io/torch_zip_reader.h"

#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

#include "core/base/text.h"
#include "core/io/state_dict.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr std::size_t kMaxMembers = 200'000;
constexpr std::size_t kMaxPickle = 64 << 20;
constexpr std::uint64_t kMaxInflated = 64 << 20;  // PyTorch stores; what compresses is small, or a trap
constexpr std::size_t kVerified = 64 << 20;

// ---- minizip on bytes in memory

struct Cursor {
  const Bytes* bytes;
  std::uint64_t at;
};

voidpf ZCALLBACK open_bytes(voidpf opaque, const void*, int) { return opaque; }
uLong ZCALLBACK read_bytes(voidpf, voidpf stream, void* out, uLong size) {
  auto& cursor = *static_cast<Cursor*>(stream);
  const std::uint64_t left = cursor.bytes->size - std::min<std::uint64_t>(cursor.at, cursor.bytes->size);
  const auto count = static_cast<uLong>(std::min<std::uint64_t>(size, left));
  if (count > 0) std::memcpy(out, cursor.bytes->data.get() + cursor.at, count);
  cursor.at += count;
  return count;
}
uLong ZCALLBACK write_nothing(voidpf, voidpf, const void*, uLong) { return 0; }
ZPOS64_T ZCALLBACK tell_bytes(voidpf, voidpf stream) { return static_cast<Cursor*>(stream)->at; }
long ZCALLBACK seek_bytes(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto& cursor = *static_cast<Cursor*>(stream);
  const std::uint64_t base = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
                             : origin == ZLIB_FILEFUNC_SEEK_END ? cursor.bytes->size
                                                                : cursor.at;
  if (base + offset > cursor.bytes->size) return -1;
  cursor.at = base + offset;
  return 0;
}
int ZCALLBACK close_bytes(voidpf, voidpf) { return 0; }
int ZCALLBACK no_error(voidpf, voidpf) { return 0; }

struct Close {
  void operator()(void* archive) const { unzClose(archive); }
};

// ---- the archive

struct Member {
  bool stored;
  std::uint64_t offset;  // of its data, in the file
  std::uint64_t packed, size;
  std::uint32_t crc;
};

// Whether the record that ends every archive is there and ends the file; minizip would do without its last bytes.
bool ends_well(const Bytes& file) {
  constexpr std::size_t kRecord = 22, kCommentLength = 20;
  constexpr std::size_t kLongest = kRecord + 0xffff;  // no need to look through gigabytes
  const std::string_view text = file.text().substr(file.size - std::min(file.size, kLongest));
  const std::size_t at = text.rfind(std::string_view("PK\5\6", 4));
  if (at == std::string_view::npos || text.size() - at < kRecord) return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  return text.size() - at == kRecord + byte(kCommentLength) + 256u * byte(kCommentLength + 1);
}

// The name and the place of the member that the archive stands at.
std::pair<std::string, Member> member_at(unzFile archive, std::uint64_t file_size) {
  unz_file_info64 info = {};
  char name_buffer[512] = {};
  if (unzGetCurrentFileInfo64(archive, &info, name_buffer, sizeof name_buffer - 1, nullptr, 0, nullptr, 0) != UNZ_OK ||
      unzOpenCurrentFile2(archive, nullptr, nullptr, /*raw=*/1) != UNZ_OK)
    throw Error("a zip archive with a damaged index");
  const std::uint64_t offset = unzGetCurrentFileZStreamPos64(archive);
  unzCloseCurrentFile(archive);
  const std::string name = name_buffer, member = "its member " + name;
  const bool stored = info.compression_method == 0;
  if (offset > file_size || info.compressed_size > file_size - offset) throw Error(member + " is cut off");
  if (name.find("..") != std::string::npos || name[0] == '/') throw Error(member + " points outside the archive");
  if (info.flag & 1) throw Error(member + " is encrypted");
  if (stored && info.compressed_size != info.uncompressed_size) throw Error(member + " has two sizes");
  return {name, {stored, offset, info.compressed_size, info.uncompressed_size, static_cast<std::uint32_t>(info.crc)}};
}

std::map<std::string, Member> list_members(const Bytes& file) {
  if (!ends_well(file)) throw Error("a zip archive without its end: the file is cut off or damaged");
  Cursor cursor{&file, 0};
  zlib_filefunc64_def functions = {open_bytes, read_bytes,  write_nothing, tell_bytes,
                                   seek_bytes, close_bytes, no_error,      &cursor};
  const std::unique_ptr<void, Close> archive(unzOpen2_64("", &functions));
  if (!archive) throw Error("a zip archive without its index: the file is cut off or damaged");
  std::map<std::string, Member> members;
  std::uint64_t packed = 0;
  int status = unzGoToFirstFile(archive.get());
  for (; status == UNZ_OK; status = unzGoToNextFile(archive.get())) {
    const auto [found, is_new] = members.insert(member_at(archive.get(), file.size));
    if (!is_new) throw Error("its member " + found->first + " is there twice");
    if (members.size() > kMaxMembers) throw Error("a zip archive of too many members");
    packed += found->second.packed;  // else one run of bytes could be verified under thousands of names
    if (packed > file.size) throw Error("a zip archive whose members overlap");
  }
  if (status != UNZ_END_OF_LIST_OF_FILE) throw Error("a zip archive with a damaged index");
  return members;
}

std::uint32_t checksum(const Bytes& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data.get()), bytes.size));
}

Bytes inflate_member(const Bytes& packed, std::uint64_t size) {
  auto buffer =
      std::shared_ptr<std::byte>(new std::byte[std::max<std::uint64_t>(size, 1)], std::default_delete<std::byte[]>());
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw Error("zlib cannot start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data.get()));
  stream.avail_in = static_cast<uInt>(packed.size);
  stream.next_out = reinterpret_cast<Bytef*>(buffer.get());
  stream.avail_out = static_cast<uInt>(size);
  const int status = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (status != Z_STREAM_END || stream.avail_out != 0) throw Error("its compressed data is damaged");
  return {buffer, size};
}

class Archive {
 public:
  explicit Archive(const Bytes& file) : file_(file), members_(list_members(file)) {
    for (const auto& [name, member] : members_) {
      const std::string ending = "/data.pkl";
      if (name.size() > ending.size() && ends_with(name, ending) && name.find('/') == name.size() - ending.size())
        root_ = name.substr(0, name.find('/'));
    }
    if (root_.empty()) throw Error("a zip archive without data.pkl: " + other_archive());
    const auto order = members_.find(root_ + "/byteorder");
    if (order != members_.end() && read(order->first).text() != "little")
      throw Error("its byte order is not little-endian");
    if (file.size <= kVerified)
      for (const auto& [name, member] : members_)
        if (member.stored) verify(name, file_.part(member.offset, member.size), member.crc);
  }

  // Of a member in the archive's folder.
  Bytes read_in_root(const std::string& name) const { return read(root_ + "/" + name); }

  std::uint64_t size_in_root(const std::string& name) const { return find(root_ + "/" + name).size; }

 private:
  std::string other_archive() const {
    if (members_.count("model.weights.h5") > 0) return "a Keras model; give the weights as PyTorch has them";
    for (const auto& [name, member] : members_)
      if (ends_with(name, ".npy")) return "NumPy arrays (.npz); give the weights as PyTorch has them";
    return "not a checkpoint of PyTorch";
  }

  const Member& find(const std::string& name) const {
    const auto found = members_.find(name);
    if (found == members_.end()) throw Error("its member " + name + " is missing");
    return found->second;
  }

  Bytes read(const std::string& name) const {
    const Member& member = find(name);
    const Bytes packed = file_.part(member.offset, member.packed);
    if (member.stored) return packed;
    if (member.size > kMaxInflated || (inflated_ += member.size) > kMaxInflated)
      throw Error("its member " + name + " is compressed and grows to " + std::to_string(member.size >> 20) +
                  " MiB; save it again with torch.save");
    const Bytes whole = inflate_member(packed, member.size);
    verify(name, whole, member.crc);
    return whole;
  }

  static void verify(const std::string& name, const Bytes& bytes, std::uint32_t crc) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION  // else nearly nothing that a fuzzer changes would get past here
    return;
#endif
    if (checksum(bytes) != crc) throw Error("its member " + name + " is damaged: the checksum differs");
  }

  const Bytes file_;
  const std::map<std::string, Member> members_;
  std::string root_;
  mutable std::uint64_t inflated_ = 0;
};

}  // namespace

bool looks_like_zip(const Bytes& file) { return file.text().substr(0, 4) == std::string_view("PK\3\4", 4); }

void read_torch_zip(const Bytes& file, Checkpoint& checkpoint) {
  const auto archive = std::make_shared<const Archive>(file);
  if (archive->size_in_root("data.pkl") > kMaxPickle) throw Error("its pickle is larger than 64 MiB");
  const Bytes pickled = archive->read_in_root("data.pkl");
  const auto arena = std::make_shared<pickle::Arena>();
  const pickle::Result result = pickle::read(pickled, *arena);
  std::map<std::string, Bytes> inflated;  // views of one storage share it
  const StorageReader read_storage = [&](const std::string& key, std::size_t size) {
    const std::string name = "data/" + key;
    auto found = inflated.find(name);
    if (found == inflated.end()) found = inflated.emplace(name, archive->read_in_root(name)).first;
    if (found->second.size < size)
      throw Error("its member " + name + " has " + std::to_string(found->second.size) + " bytes and " +
                  std::to_string(size) + " are needed");
    return found->second;
  };
  fill_from_pickle(result, arena, read_storage, checkpoint);
  checkpoint.format = "PyTorch zip";
}

}  // namespace miafr
