#include "core/io/sha256.h"

#include <nettle/sha2.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/io/cache_folder.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

class Sha256 {
 public:
  Sha256() { sha256_init(&context_); }
  void add(const void* data, std::size_t size) {
    sha256_update(&context_, size, static_cast<const std::uint8_t*>(data));
  }
  std::string hex() {
    std::uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&context_, sizeof digest, digest);
    std::string text;
    for (const std::uint8_t byte : digest)
      for (const int nibble : {byte >> 4, byte & 15}) text += "0123456789abcdef"[nibble];
    return text;
  }

 private:
  sha256_ctx context_;
};

using Between = std::function<void()>;

std::string read_and_hash(const fs::path& file, const Between& between) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rbe"), std::fclose);
  if (!in) throw Error(file.string() + ": " + std::strerror(errno));
  std::vector<char> buffer(1 << 20);
  Sha256 hash;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), in.get())) {
    hash.add(buffer.data(), got);
    if (between) between();
  }
  if (std::ferror(in.get())) throw Error(file.string() + ": cannot be read: " + std::strerror(errno));
  return hash.hex();
}

// A line of the cache: what tells that a file is the one that was hashed.
std::string key_of(const fs::path& file) {
  struct stat status = {};
  if (::stat(file.c_str(), &status) != 0) throw Error(file.string() + ": " + std::strerror(errno));
  const auto number = [](auto n) { return std::to_string(n); };
  return number(status.st_dev) + ":" + number(status.st_ino) + ":" + number(status.st_size) + ":" +
         number(status.st_mtim.tv_sec) + "." + number(status.st_mtim.tv_nsec) + ":" + number(status.st_ctim.tv_sec) +
         "." + number(status.st_ctim.tv_nsec);
}

// A cache that cannot be read or written is done without.
std::string remembered_hash(const fs::path& file, const Between& between) {
  const auto folder = cache_folder();
  const std::string key = key_of(file);
  if (folder) {
    std::ifstream in(*folder / "sha256");
    for (std::string known, hash; in >> known >> hash;)
      if (known == key && hash.size() == 64) return hash;
  }
  const std::string hash = read_and_hash(file, between);
  if (folder && key == key_of(file)) {
    std::error_code ignored;
    fs::create_directories(*folder, ignored);
    std::ofstream(*folder / "sha256", std::ios::app) << key + " " + hash + "\n" << std::flush;
  }
  return hash;
}

std::string hash_folder(const fs::path& folder, const Between& between) {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[entry.path().lexically_relative(folder).string()] = entry.path();
  Sha256 hash;
  for (const auto& [name, file] : files) {
    const std::string line = sha256_of(file, between) + "  " + name + "\n";
    hash.add(line.data(), line.size());
  }
  return hash.hex();
}

}  // namespace

std::string sha256_of(const fs::path& path, const Between& between) {
  std::error_code error;
  if (fs::is_directory(path, error)) return hash_folder(path, between);
  const auto size = fs::file_size(path, error);
  if (error) throw Error(path.string() + ": " + error.message());
  return size > kRememberedSize ? remembered_hash(path, between) : read_and_hash(path, between);
}

std::string sha256_of_bytes(const void* data, std::size_t size) {
  Sha256 hash;
  hash.add(data, size);
  return hash.hex();
}

}  // namespace miafr
