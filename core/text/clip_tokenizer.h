// CLIP's tokenizer (Radford et al., arXiv 2103.00020): text to the ids that its text encoder knows, by byte pair
// encoding. It does as the fast tokenizer of Transformers: NFC, runs of white space as one space, lower case, then the
// words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace miafr {

class ClipTokenizer {
 public:
  static constexpr int kStart = 49406, kEnd = 49407, kLength = 77;

  // vocabulary: bpe_simple_vocab_16e6.txt.gz, as OpenAI published it. Throws Error "FILE: …" where it is not that.
  explicit ClipTokenizer(const std::filesystem::path& vocabulary);

  // A word's ids, and where the word begins in the normalised text.
  struct Word {
    std::vector<int> ids;
    std::size_t begin;
  };
  struct Words {
    std::string text;  // normalised
    std::vector<Word> words;
  };

  // Any text; bytes that are not UTF-8 count as U+FFFD.
  Words split(std::string_view text) const;

 private:
  struct Merge {
    int rank, id;
  };
  static std::uint64_t pair_key(int left, int right) {
    return std::uint64_t(std::uint32_t(left)) << 32 | std::uint32_t(right);
  }

  void split_plain(std::string_view text, Words& words) const;  // appends
  std::vector<int> encode_word(std::string_view bytes) const;

  std::unordered_map<std::uint64_t, Merge> merges_;  // by the ids of the two parts
  int byte_ids_[256];                                // of a byte that does not end a word; + 256 where it does
};

}  // namespace miafr
