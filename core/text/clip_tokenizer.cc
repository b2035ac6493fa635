#include "core/text/clip_tokenizer.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <zlib.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <sstream>
#include <tuple>

#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr int kMerges = 49152 - 256 - 2;  // of the lines that the file has, as many as the vocabulary took

std::string read_gzip(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw Error(path.string() + ": CLIP's vocabulary is missing; ./miafr setup installs it");
  std::string text;
  char buffer[1 << 16];
  int count = 0;
  constexpr std::size_t kMaxSize = 16 << 20;  // it has 3 MB
  while (text.size() < kMaxSize && (count = gzread(file, buffer, sizeof buffer)) > 0) text.append(buffer, count);
  gzclose(file);
  if (count != 0) throw Error(path.string() + ": damaged; ./miafr setup installs CLIP's vocabulary anew");
  return text;
}

// The published vocabulary spells each byte as a printable character: itself, or one from U+0100 on.
struct ByteSpelling {
  std::vector<int> order;  // the bytes in the order of their ids
  std::unordered_map<std::string, int> ids;
};

ByteSpelling byte_spelling() {
  ByteSpelling spelling;
  const auto printable = [](int byte) {
    return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
  };
  for (int byte = 0; byte < 256; ++byte)
    if (printable(byte)) spelling.order.push_back(byte);
  for (int byte = 0; byte < 256; ++byte)
    if (!printable(byte)) spelling.order.push_back(byte);
  UChar32 other = 0x100;
  for (int id = 0; id < 256; ++id) {
    const int byte = spelling.order[id];
    std::string character;
    icu::UnicodeString(printable(byte) ? static_cast<UChar32>(byte) : other++).toUTF8String(character);
    spelling.ids[character] = id;
    spelling.ids[character + "</w>"] = id + 256;
  }
  return spelling;
}

// Canonical decomposition. ICU's own takes quadratic time for a long run of marks in the wrong order.
icu::UnicodeString decompose(const icu::UnicodeString& text, const icu::Normalizer2& nfc) {
  std::vector<UChar32> characters;
  icu::UnicodeString parts;
  for (int i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (!nfc.getDecomposition(c, parts)) parts = c;
    for (int j = 0; j < parts.length(); j = parts.moveIndex32(j, 1)) characters.push_back(parts.char32At(j));
  }
  const auto is_base = [](UChar32 c) { return u_getCombiningClass(c) == 0; };
  for (auto begin = characters.begin(); begin != characters.end();) {
    begin = std::find_if_not(begin, characters.end(), is_base);
    const auto end = std::find_if(begin, characters.end(), is_base);
    std::stable_sort(begin, end, [](UChar32 a, UChar32 b) { return u_getCombiningClass(a) < u_getCombiningClass(b); });
    begin = end;
  }
  return icu::UnicodeString::fromUTF32(characters.data(), static_cast<int>(characters.size()));
}

icu::UnicodeString to_nfc(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const auto* nfc = icu::Normalizer2::getNFCInstance(status);
  const auto raw = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  if (U_SUCCESS(status) && nfc->quickCheck(raw, status) == UNORM_YES) return raw;
  const icu::UnicodeString normal = U_SUCCESS(status) ? nfc->normalize(decompose(raw, *nfc), status) : raw;
  if (U_FAILURE(status)) throw Error(std::string("ICU cannot normalise text: ") + u_errorName(status));
  return normal;
}

// NFC, white space collapsed, each character in lower case (alone: no final sigma, as the fast tokenizer has it).
std::string normalise(std::string_view text) {
  const icu::UnicodeString raw = to_nfc(text);
  icu::UnicodeString out;
  bool space = false;
  for (int i = 0; i < raw.length(); i = raw.moveIndex32(i, 1)) {
    const UChar32 c = raw.char32At(i);
    const bool is_space = u_isUWhiteSpace(c);
    if (is_space && !space) out.append(UChar32(' '));
    if (!is_space) out.append(icu::UnicodeString(c).toLower(icu::Locale::getRoot()));
    space = is_space;
  }
  std::string utf8;
  return out.toUTF8String(utf8);
}

enum class Class { kSpace, kLetter, kNumber, kOther };

Class class_of(UChar32 c) {
  if (u_isUWhiteSpace(c)) return Class::kSpace;
  const auto mask = U_GET_GC_MASK(c);
  return mask & U_GC_L_MASK ? Class::kLetter : mask & U_GC_N_MASK ? Class::kNumber : Class::kOther;
}

UChar32 character_at(std::string_view text, std::size_t& at) {
  UChar32 c = 0;
  auto i = static_cast<int32_t>(at);
  U8_NEXT_OR_FFFD(text.data(), i, static_cast<int32_t>(text.size()), c);
  at = i;
  return c;
}

// The end of the word that begins at `begin`, where no white space is: a contraction, letters, one number, or others.
std::size_t word_end(std::string_view text, std::size_t begin) {
  for (const std::string_view contraction : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"})
    if (text.substr(begin, contraction.size()) == contraction) return begin + contraction.size();
  std::size_t end = begin;
  const Class first = class_of(character_at(text, end));
  if (first == Class::kNumber) return end;
  for (std::size_t next = end; next < text.size(); end = next)
    if (class_of(character_at(text, next)) != first) break;
  return end;
}

}  // namespace

ClipTokenizer::ClipTokenizer(const std::filesystem::path& vocabulary) {
  ByteSpelling spelling = byte_spelling();
  for (int id = 0; id < 256; ++id) byte_ids_[spelling.order[id]] = id;
  std::istringstream lines(read_gzip(vocabulary));
  std::string line;
  std::getline(lines, line);  // a comment
  for (int rank = 0; rank < kMerges; ++rank) {
    std::getline(lines, line);
    const std::size_t space = line.find(' ');
    const auto left = spelling.ids.find(line.substr(0, space));
    const auto right = space == std::string::npos ? spelling.ids.end() : spelling.ids.find(line.substr(space + 1));
    if (left == spelling.ids.end() || right == spelling.ids.end())
      throw Error(vocabulary.string() + ": not CLIP's vocabulary (line " + std::to_string(rank + 2) + ")");
    const int id = 512 + rank;
    merges_[pair_key(left->second, right->second)] = {rank, id};
    spelling.ids[left->first + right->first] = id;
  }
}

// Merges the pair of the lowest rank, leftmost first, until none is left. A heap over a linked list: n log n.
std::vector<int> ClipTokenizer::encode_word(std::string_view bytes) const {
  const int count = static_cast<int>(bytes.size());
  std::vector<int> id(count), next(count), previous(count);
  for (int i = 0; i < count; ++i) {
    id[i] = byte_ids_[static_cast<unsigned char>(bytes[i])];
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  id[count - 1] += 256;
  using Candidate = std::tuple<int, int, int, int>;  // rank, position, the two ids
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates;
  const auto consider = [&](int i) {
    if (i < 0 || next[i] >= count) return;
    const auto merge = merges_.find(pair_key(id[i], id[next[i]]));
    if (merge != merges_.end()) candidates.emplace(merge->second.rank, i, id[i], id[next[i]]);
  };
  for (int i = 0; i < count; ++i) consider(i);
  while (!candidates.empty()) {
    const auto [rank, i, left, right] = candidates.top();
    candidates.pop();
    if (id[i] != left || next[i] >= count || id[next[i]] != right) continue;  // a neighbour was merged meanwhile
    const int gone = next[i];
    id[i] = 512 + rank;
    id[gone] = -1;
    next[i] = next[gone];
    if (next[i] < count) previous[next[i]] = i;
    consider(previous[i]);
    consider(i);
  }
  std::vector<int> ids;
  for (int i = 0; i < count; i = next[i]) ids.push_back(id[i]);
  return ids;
}

void ClipTokenizer::split_plain(std::string_view text, Words& words) const {
  std::size_t at = words.text.size();
  words.text += normalise(text);
  while (at < words.text.size()) {
    std::size_t after = at;
    if (class_of(character_at(words.text, after)) != Class::kSpace) {
      after = word_end(words.text, at);
      words.words.push_back({encode_word(std::string_view(words.text).substr(at, after - at)), at});
    }
    at = after;
  }
}

ClipTokenizer::Words ClipTokenizer::split(std::string_view text) const {
  static constexpr std::string_view kStartText = "<|startoftext|>", kEndText = "<|endoftext|>";
  Words words;
  std::size_t begin = 0, start = 0, end = 0;
  const auto find_from = [&](std::string_view token, std::size_t& found) {  // anew only once the last one is passed
    if (found != std::string_view::npos && (begin == 0 || found < begin)) found = text.find(token, begin);
  };
  while (begin < text.size()) {
    // The two special tokens are found in the text as it is; what lies between them is normalised.
    find_from(kStartText, start);
    find_from(kEndText, end);
    const std::size_t special = std::min(start, end);
    split_plain(text.substr(begin, special - begin), words);
    if (special == std::string_view::npos) break;
    const std::string_view token = start < end ? kStartText : kEndText;
    words.words.push_back({{start < end ? kStart : kEnd}, words.text.size()});
    words.text += token;
    begin = special + token.size();
  }
  return words;
}

}  // namespace miafr
