#include "core/io/pickle.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "core/base/errors.h"

namespace miafr::pickle {
namespace {

constexpr std::size_t kMaxValues = 400'000;   // a checkpoint of Stable Diffusion has some 20,000
constexpr std::size_t kMaxCopied = 32 << 20;  // bytes that instructions may copy out of values made before
constexpr std::size_t kMaxStack = 1'000'000;  // values, and marks
constexpr std::size_t kMaxDimensions = 32;
constexpr int kMaxProtocol = 5;

// What torch.save calls its storages.
const std::map<std::string, DType>& storage_types() {
  static const auto& types = *new std::map<std::string, DType>{
      {"torch.FloatStorage", DType::kFloat32},        {"torch.DoubleStorage", DType::kFloat64},
      {"torch.HalfStorage", DType::kFloat16},         {"torch.BFloat16Storage", DType::kBfloat16},
      {"torch.LongStorage", DType::kInt64},           {"torch.IntStorage", DType::kInt32},
      {"torch.ShortStorage", DType::kInt16},          {"torch.CharStorage", DType::kInt8},
      {"torch.ByteStorage", DType::kUint8},           {"torch.BoolStorage", DType::kBool},
      {"torch.storage.UntypedStorage", DType::kUint8}};
  return types;
}

class Machine {
 public:
  Machine(const Bytes& bytes, Arena& arena) : text_(bytes.text()), arena_(arena) {}

  Result run() {
    while (!stopped_) step(static_cast<unsigned char>(take(1)[0]));
    return {pop(), at_, skipped_};
  }

 private:
  // ---- the input

  std::string_view take(std::uint64_t length) {
    if (length > text_.size() - at_) throw Error("its pickle is cut off");
    const std::string_view part = text_.substr(at_, length);
    at_ += length;
    return part;
  }

  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    std::memcpy(&value, take(bytes).data(), bytes);
    return value;
  }

  std::string_view line() {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos) throw Error("its pickle is cut off");
    const std::string_view part = text_.substr(at_, end - at_);
    at_ = end + 1;
    return part;
  }

  // Nothing where it does not fit 64 bits.
  static std::optional<std::int64_t> decimal(std::string_view text) {
    if (!text.empty() && text.back() == 'L') text.remove_suffix(1);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || end != text.data() + text.size() || error == std::errc::invalid_argument)
      throw Error("its pickle holds a number that is none");
    return error == std::errc() ? std::optional(value) : std::nullopt;
  }

  std::uint64_t memo_line() {
    const auto key = decimal(line());
    if (!key || *key < 0) throw Error("its pickle has an impossible memo key");
    return static_cast<std::uint64_t>(*key);
  }

  // A short pickle could otherwise ask for the same long value again and again.
  void spend(std::size_t bytes) {
    copied_ += bytes;
    if (copied_ > kMaxCopied) throw Error("its pickle blows up in memory");
  }

  // ---- the stack

  Value* make(Value::Kind kind) { return arena_.make(kind); }
  void push(Value* value) {
    if (stack_.size() >= kMaxStack) throw Error("its pickle piles up too many values");
    stack_.push_back(value);
  }

  void mark() {
    if (marks_.size() >= kMaxStack) throw Error("its pickle piles up too many marks");
    marks_.push_back(stack_.size());
  }

  Value* pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back()))
      throw Error("its pickle takes a value where none is");
    Value* top = stack_.back();
    stack_.pop_back();
    return top;
  }

  Value* top() {
    Value* value = pop();
    push(value);
    return value;
  }

  // The values above the last mark, which is taken away.
  Items pop_to_mark() {
    if (marks_.empty()) throw Error("its pickle takes values to a mark that is not there");
    const Items items(stack_.begin() + marks_.back(), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }

  void push_items(Value::Kind kind, Items items) {
    spend(items.size() * sizeof(Value*));
    Value* value = make(kind);
    value->items = std::move(items);
    push(value);
  }

  void push_tuple(int count) {
    Items items(count);
    for (int i = count; i-- > 0;) items[i] = pop();
    push_items(Value::kTuple, std::move(items));
  }

  void push_decimal(std::string_view text) {
    if (const auto value = decimal(text))
      push_int(*value);
    else
      push_text("big integer", Value::kOpaque);
  }

  void push_int(std::int64_t value, Value::Kind kind = Value::kInt) {
    push(make(kind));
    stack_.back()->integer = value;
  }

  void push_text(std::string_view text, Value::Kind kind = Value::kText) {
    push(make(kind));
    stack_.back()->text = text;
  }

  // Little-endian two's complement; what does not fit 64 bits is of no use to us.
  void push_long(std::string_view digits) {
    if (digits.size() > 8) {
      push_text("big integer", Value::kOpaque);
      return;
    }
    std::uint64_t value = 0;
    if (digits.empty()) return push_int(0);
    std::memcpy(&value, digits.data(), digits.size());
    const int unused = 64 - 8 * static_cast<int>(digits.size());
    push_int(static_cast<std::int64_t>(value << unused) >> unused);
  }

  void append(Value* list, const Items& items) {
    spend(items.size() * sizeof(Value*));
    if (list->is(Value::kList))
      list->items.insert(list->items.end(), items.begin(), items.end());
    else if (!list->is(Value::kOpaque))
      throw Error("its pickle appends to what is no list");
  }

  void set_items(Value* dict, const Items& items) {
    spend(items.size() * sizeof(Value*));
    if (items.size() % 2 != 0) throw Error("its pickle has a key without a value");
    if (dict->is(Value::kDict))
      dict->items.insert(dict->items.end(), items.begin(), items.end());
    else if (!dict->is(Value::kOpaque))
      throw Error("its pickle sets a key of what is no dictionary");
  }

  void remember(std::uint64_t key) {
    if (memo_.size() >= kMaxValues) throw Error("its pickle remembers too many values");
    memo_[key] = top();
  }

  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) throw Error("its pickle asks for a value that it never stored");
    push(found->second);
  }

  // ---- what would be calls

  void skip(const std::string& name) {
    spend(name.size());
    if (skipped_.size() < 100 && std::count(skipped_.begin(), skipped_.end(), name) == 0) skipped_.push_back(name);
  }

  Value* opaque(const std::string& name) {
    skip(name);
    Value* value = make(Value::kOpaque);
    value->text = name;
    return value;
  }

  void push_global(std::string_view module, std::string_view name) {
    spend(module.size() + name.size());
    push_text(std::string(module) + "." + std::string(name), Value::kGlobal);
  }

  void push_opaque(const Value* type) {
    push(opaque(type->is(Value::kGlobal) || type->is(Value::kOpaque) ? type->text : "an unknown class"));
  }

  void reduce() {
    const Value* arguments = pop();
    const Value* function = pop();
    if (!arguments->is(Value::kTuple)) throw Error("its pickle calls with arguments that are no tuple");
    const std::string& name = function->text;
    const Items& a = arguments->items;
    if (!function->is(Value::kGlobal))
      push_opaque(function);
    else if (name == "collections.OrderedDict")
      push_ordered_dict(a);
    else if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor")
      push_tensor(a);
    else if (name == "torch._utils._rebuild_tensor_v3")
      push_untyped_tensor(a, function);
    else if (name == "torch._tensor._rebuild_from_type_v2" && a.size() > 2 && is_tensor_v2(*a[0]))
      push_tensor(a[2]->items);  // of a class such as torch.nn.Buffer
    else if ((name == "torch._utils._rebuild_parameter" || name == "torch._utils._rebuild_parameter_with_state") &&
             !a.empty())
      push(a[0]);
    else if (name == "torch.Size" && a.size() == 1)
      push(a[0]);
    else if (name == "_codecs.encode" && !a.empty() && a[0]->is(Value::kText))
      push_latin1(a[0]->text);
    else if ((name == "numpy.dtype" || name == "numpy.core.multiarray._reconstruct" ||
              name == "numpy._core.multiarray._reconstruct") &&
             !a.empty())
      push_numpy(name, a);
    else if ((name == "numpy.core.multiarray.scalar" || name == "numpy._core.multiarray.scalar") && a.size() == 2)
      push_numpy_scalar(a);
    else if ((name == "__builtin__.set" || name == "builtins.set" || name == "builtins.frozenset") && a.size() == 1)
      push(a[0]);
    else
      push_opaque(function);
  }

  static bool is_tensor_v2(const Value& function) {
    return function.is(Value::kGlobal) && function.text == "torch._utils._rebuild_tensor_v2";
  }

  void push_ordered_dict(const Items& arguments) {
    push(make(Value::kDict));
    if (arguments.empty()) return;
    for (const Value* pair : arguments[0]->items) {
      if (pair->items.size() != 2) throw Error("its pickle has an OrderedDict of what are no pairs");
      set_items(stack_.back(), pair->items);
    }
  }

  static std::vector<std::int64_t> integers(const Value* value) {
    std::vector<std::int64_t> out;
    if (value->items.size() > kMaxDimensions) throw Error("its pickle has a tensor of more than 32 dimensions");
    for (const Value* item : value->items) {
      if (!item->is(Value::kInt)) throw Error("its pickle has a tensor whose shape is not whole numbers");
      out.push_back(item->integer);
    }
    return out;
  }

  void push_tensor(const Items& a) {  // storage, offset, shape, strides, …
    if (a.size() > 3 && a[0]->is(Value::kOpaque)) return push(make(Value::kOpaque));  // which is among the skipped
    if (a.size() < 4 || !a[0]->is(Value::kStorage) || !a[1]->is(Value::kInt))
      throw Error("its pickle has a tensor without a storage");
    Value* tensor = make(Value::kTensor);
    tensor->storage = a[0];
    tensor->offset = a[1]->integer;
    tensor->info = {a[0]->info.dtype, integers(a[2]), integers(a[3])};
    push(tensor);
  }

  // The dtypes that have no storage class of their own: bytes, offset, shape, strides, …, …, dtype.
  void push_untyped_tensor(const Items& a, const Value* function) {
    static const auto& dtypes = *new std::map<std::string, DType>{{"torch.uint16", DType::kUint16},
                                                                  {"torch.uint32", DType::kUint32},
                                                                  {"torch.uint64", DType::kUint64},
                                                                  {"torch.float8_e4m3fn", DType::kFloat8E4m3},
                                                                  {"torch.float8_e5m2", DType::kFloat8E5m2}};
    const auto dtype = a.size() > 6 ? dtypes.find(a[6]->text) : dtypes.end();
    if (dtype == dtypes.end() || !a[0]->is(Value::kStorage) || a[0]->info.dtype != DType::kUint8)
      return push_opaque(function);
    spend(a[0]->text.size());
    Value* storage = make(Value::kStorage);
    *storage = *a[0];
    storage->info.dtype = dtype->second;
    storage->numel /= static_cast<std::int64_t>(size_of(dtype->second));
    Items typed = a;
    typed[0] = storage;
    push_tensor(typed);
  }

  // Bytes travel as text in protocol 2: each character is a byte.
  void push_latin1(const std::string& utf8) {
    spend(utf8.size());
    std::string bytes;
    for (std::size_t i = 0; i < utf8.size(); ++i) {
      const auto c = static_cast<unsigned char>(utf8[i]);
      if (c >= 0xC0 && i + 1 < utf8.size())
        bytes += static_cast<char>((c << 6) | (utf8[++i] & 0x3F));
      else
        bytes += utf8[i];
    }
    push_text(bytes, Value::kBytes);
  }

  // A dtype or an array yet without its state: opaque to begin with, and not among the skipped.
  void push_numpy(const std::string& name, const Items& arguments) {
    spend(arguments[0]->text.size());
    push_text(name == "numpy.dtype" ? "numpy.dtype:" + arguments[0]->text : "numpy.ndarray", Value::kOpaque);
  }

  static bool numpy_dtype(const Value* dtype, DType& out) {
    static const auto& known =
        *new std::map<std::string, DType>{{"f2", DType::kFloat16}, {"f4", DType::kFloat32}, {"f8", DType::kFloat64},
                                          {"i1", DType::kInt8},    {"i2", DType::kInt16},   {"i4", DType::kInt32},
                                          {"i8", DType::kInt64},   {"u1", DType::kUint8},   {"b1", DType::kBool}};
    const std::string prefix = "numpy.dtype:";
    if (dtype->text.compare(0, prefix.size(), prefix) != 0) return false;
    const auto found = known.find(dtype->text.substr(prefix.size()));
    if (found != known.end()) out = found->second;
    return found != known.end();
  }

  void push_numpy_scalar(const Items& a) {
    DType dtype;
    const std::string& bytes = a[1]->text;
    if (!numpy_dtype(a[0], dtype) || bytes.size() != size_of(dtype)) {
      push(opaque("numpy.scalar"));
      return;
    }
    if (dtype == DType::kFloat64 || dtype == DType::kFloat32) {
      float single = 0;
      double real = 0;
      if (dtype == DType::kFloat32)
        std::memcpy(&single, bytes.data(), 4), real = single;
      else
        std::memcpy(&real, bytes.data(), 8);
      push(make(Value::kFloat));
      stack_.back()->real = real;
    } else if (dtype == DType::kFloat16) {
      push(opaque("numpy.float16"));
    } else {
      push_long(bytes);
    }
  }

  // A dtype's state is (version, byte order, …); ours is little-endian, "|" is for single bytes.
  static void set_byte_order(Value* dtype, const Value* state) {
    if (state->items.size() > 1 && state->items[1]->text == ">") dtype->text = "numpy.dtype:big-endian";
  }

  void build() {
    const Value* state = pop();
    Value* object = top();
    if (!object->is(Value::kOpaque)) return;
    if (object->text.rfind("numpy.dtype:", 0) == 0) return set_byte_order(object, state);
    if (object->text == "numpy.ndarray" && !fill_array(object, *state)) skip("numpy.ndarray");
  }

  // An array's state is (version, shape, dtype, Fortran order, bytes); it becomes a tensor of its own bytes.
  bool fill_array(Value* array, const Value& state) {
    if (!state.is(Value::kTuple) || state.items.size() != 5 || !state.items[4]->is(Value::kBytes)) return false;
    const std::string& bytes = state.items[4]->text;
    DType dtype;
    if (!numpy_dtype(state.items[2], dtype)) return false;
    auto shape = integers(state.items[1]);
    spend(bytes.size());
    Value* storage = make(Value::kStorage);
    storage->info.dtype = dtype;
    storage->numel = static_cast<std::int64_t>(bytes.size() / size_of(dtype));
    storage->inside = true;
    storage->text = bytes;
    const bool fortran = state.items[3]->integer != 0;
    if (fortran) std::reverse(shape.begin(), shape.end());
    auto strides = contiguous_strides(shape);
    if (fortran) std::reverse(shape.begin(), shape.end()), std::reverse(strides.begin(), strides.end());
    array->kind = Value::kTensor;
    array->storage = storage;
    array->info = {dtype, std::move(shape), std::move(strides)};
    return true;
  }

  // Complex and quantised numbers: their tensors are left out, and a legacy stream's reader has to know their sizes.
  void push_unread_storage(const Items& a) {
    static const auto& of_the_same_size =
        *new std::map<std::string, DType>{{"torch.ComplexFloatStorage", DType::kInt64},
                                          {"torch.QInt8Storage", DType::kInt8},
                                          {"torch.QUInt8Storage", DType::kUint8},
                                          {"torch.QInt32Storage", DType::kInt32}};
    if (const auto type = of_the_same_size.find(a[1]->text); type != of_the_same_size.end()) {
      spend(a[2]->text.size());
      Value* storage = make(Value::kStorage);
      storage->info.dtype = type->second;
      storage->text = a[2]->text;
    }
    push_opaque(a[1]);
  }

  // ("storage", type, key, device, numel[, view]): the tensor's bytes, which lie elsewhere.
  void persistent(const Value* id) {
    const Items& a = id->items;
    if (!id->is(Value::kTuple) || a.size() < 5 || a[0]->text != "storage" || !a[1]->is(Value::kGlobal) ||
        !a[4]->is(Value::kInt))
      throw Error("its pickle refers to something that is no storage of PyTorch");
    const auto type = storage_types().find(a[1]->text);
    if (type == storage_types().end()) return push_unread_storage(a);
    if (a[4]->integer < 0) throw Error("its pickle has a storage of negative size");
    Value* storage = make(Value::kStorage);
    storage->info.dtype = type->second;
    storage->numel = a[4]->integer;
    spend(a[2]->text.size());
    storage->text = a[2]->is(Value::kInt) ? std::to_string(a[2]->integer) : a[2]->text;
    if (a.size() > 5 && a[5]->is(Value::kTuple)) {  // legacy: a view (key, offset, size) of a storage
      const Items& view = a[5]->items;
      if (view.size() != 3 || !view[1]->is(Value::kInt) || !view[2]->is(Value::kInt) || view[1]->integer < 0 ||
          view[2]->integer < 0)
        throw Error("its pickle has a view that is none");
      storage->offset = view[1]->integer;
      storage->numel = view[2]->integer;
    }
    push(storage);
  }

  // ---- the instructions

  struct Opcode {
    unsigned char code;
    void (*run)(Machine&);
  };
  static const Opcode kOpcodes[];

  using Instructions = std::array<void (*)(Machine&), 256>;
  static Instructions by_code();

  void step(unsigned char code) {
    static const Instructions instructions = by_code();
    if (!instructions[code]) throw Error("its pickle has an unknown instruction (" + std::to_string(code) + ")");
    instructions[code](*this);
  }

  void check_protocol(std::uint64_t protocol) {
    if (protocol > kMaxProtocol)
      throw Error("its pickle has protocol " + std::to_string(protocol) + "; at most 5 is known");
  }

  void pop_value_or_mark() {
    if (marks_.empty() || stack_.size() > marks_.back())
      pop();
    else
      marks_.pop_back();
  }

  void append_one() {
    Value* item = pop();
    append(top(), {item});
  }

  void append_to_mark() {
    const Items items = pop_to_mark();
    append(top(), items);
  }

  void push_dict_to_mark() {
    const Items items = pop_to_mark();
    push(make(Value::kDict));
    set_items(top(), items);
  }

  void set_one_item() {
    Value* value = pop();
    Value* key = pop();
    set_items(top(), {key, value});
  }

  void set_items_to_mark() {
    const Items items = pop_to_mark();
    set_items(top(), items);
  }

  void global_lines() {
    const auto module = line();
    push_global(module, line());
  }

  void global_from_stack() {
    const Value* name = pop();
    const Value* module = pop();
    push_global(module->text, name->text);
  }

  void instance_lines() {
    const auto module = std::string(line());
    const auto name = std::string(line());
    pop_to_mark();
    push(opaque(module + "." + name));
  }

  void object_to_mark() {
    const Items items = pop_to_mark();
    if (items.empty()) throw Error("its pickle makes an object of no class");
    push_opaque(items[0]);
  }

  void reduce_with_keywords() {
    pop();  // the keyword arguments
    reduce();
  }

  void int_line() {
    const std::string_view text = line();
    if (text == "00" || text == "01")
      push_int(text == "01", Value::kBool);
    else
      push_decimal(text);
  }

  void float_line() {
    push(make(Value::kFloat));
    stack_.back()->real = std::strtod(std::string(line()).c_str(), nullptr);
  }

  void float_bytes() {
    const std::uint64_t bits = __builtin_bswap64(number(8));
    push(make(Value::kFloat));
    std::memcpy(&stack_.back()->real, &bits, 8);
  }

  void quoted_line() {
    const std::string_view text = line();
    if (text.size() < 2) throw Error("its pickle has a text without quotes");
    push_text(text.substr(1, text.size() - 2));
  }

  const std::string_view text_;
  Arena& arena_;
  std::size_t at_ = 0;
  bool stopped_ = false;
  Items stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Value*> memo_;
  std::vector<std::string> skipped_;
  std::size_t copied_ = 0;
};

// By code, with their names in Python's pickletools.
const Machine::Opcode Machine::kOpcodes[] = {
    {0x80, [](Machine& m) { m.check_protocol(m.number(1)); }},                      // PROTO
    {0x95, [](Machine& m) { m.number(8); }},                                        // FRAME
    {'.', [](Machine& m) { m.stopped_ = true; }},                                   // STOP
    {'(', [](Machine& m) { m.mark(); }},                                            // MARK
    {'0', [](Machine& m) { m.pop_value_or_mark(); }},                               // POP
    {'1', [](Machine& m) { m.pop_to_mark(); }},                                     // POP_MARK
    {'2', [](Machine& m) { m.push(m.top()); }},                                     // DUP
    {'N', [](Machine& m) { m.push(m.make(Value::kNone)); }},                        // NONE
    {0x88, [](Machine& m) { m.push_int(1, Value::kBool); }},                        // NEWTRUE
    {0x89, [](Machine& m) { m.push_int(0, Value::kBool); }},                        // NEWFALSE
    {'I', [](Machine& m) { m.int_line(); }},                                        // INT
    {'L', [](Machine& m) { m.push_decimal(m.line()); }},                            // LONG
    {'J', [](Machine& m) { m.push_int(static_cast<std::int32_t>(m.number(4))); }},  // BININT
    {'K', [](Machine& m) { m.push_int(m.number(1)); }},                             // BININT1
    {'M', [](Machine& m) { m.push_int(m.number(2)); }},                             // BININT2
    {0x8a, [](Machine& m) { m.push_long(m.take(m.number(1))); }},                   // LONG1
    {0x8b, [](Machine& m) { m.push_long(m.take(m.number(4))); }},                   // LONG4
    {'F', [](Machine& m) { m.float_line(); }},                                      // FLOAT
    {'G', [](Machine& m) { m.float_bytes(); }},                                     // BINFLOAT
    {'X', [](Machine& m) { m.push_text(m.take(m.number(4))); }},                    // BINUNICODE
    {0x8c, [](Machine& m) { m.push_text(m.take(m.number(1))); }},                   // SHORT_BINUNICODE
    {0x8d, [](Machine& m) { m.push_text(m.take(m.number(8))); }},                   // BINUNICODE8
    {'V', [](Machine& m) { m.push_text(m.line()); }},                               // UNICODE
    {'S', [](Machine& m) { m.quoted_line(); }},                                     // STRING
    {'T', [](Machine& m) { m.push_text(m.take(m.number(4))); }},                    // BINSTRING
    {'U', [](Machine& m) { m.push_text(m.take(m.number(1))); }},                    // SHORT_BINSTRING
    {'B', [](Machine& m) { m.push_text(m.take(m.number(4)), Value::kBytes); }},     // BINBYTES
    {'C', [](Machine& m) { m.push_text(m.take(m.number(1)), Value::kBytes); }},     // SHORT_BINBYTES
    {0x8e, [](Machine& m) { m.push_text(m.take(m.number(8)), Value::kBytes); }},    // BINBYTES8
    {0x96, [](Machine& m) { m.push_text(m.take(m.number(8)), Value::kBytes); }},    // BYTEARRAY8
    {')', [](Machine& m) { m.push(m.make(Value::kTuple)); }},                       // EMPTY_TUPLE
    {'t', [](Machine& m) { m.push_items(Value::kTuple, m.pop_to_mark()); }},        // TUPLE
    {0x85, [](Machine& m) { m.push_tuple(1); }},                                    // TUPLE1
    {0x86, [](Machine& m) { m.push_tuple(2); }},                                    // TUPLE2
    {0x87, [](Machine& m) { m.push_tuple(3); }},                                    // TUPLE3
    {']', [](Machine& m) { m.push(m.make(Value::kList)); }},                        // EMPTY_LIST
    {'l', [](Machine& m) { m.push_items(Value::kList, m.pop_to_mark()); }},         // LIST
    {'a', [](Machine& m) { m.append_one(); }},                                      // APPEND
    {'e', [](Machine& m) { m.append_to_mark(); }},                                  // APPENDS
    {0x8f, [](Machine& m) { m.push(m.make(Value::kList)); }},                       // EMPTY_SET
    {0x90, [](Machine& m) { m.append_to_mark(); }},                                 // ADDITEMS
    {0x91, [](Machine& m) { m.push_items(Value::kList, m.pop_to_mark()); }},        // FROZENSET
    {'}', [](Machine& m) { m.push(m.make(Value::kDict)); }},                        // EMPTY_DICT
    {'d', [](Machine& m) { m.push_dict_to_mark(); }},                               // DICT
    {'s', [](Machine& m) { m.set_one_item(); }},                                    // SETITEM
    {'u', [](Machine& m) { m.set_items_to_mark(); }},                               // SETITEMS
    {'p', [](Machine& m) { m.remember(m.memo_line()); }},                           // PUT
    {'q', [](Machine& m) { m.remember(m.number(1)); }},                             // BINPUT
    {'r', [](Machine& m) { m.remember(m.number(4)); }},                             // LONG_BINPUT
    {0x94, [](Machine& m) { m.remember(m.memo_.size()); }},                         // MEMOIZE
    {'g', [](Machine& m) { m.recall(m.memo_line()); }},                             // GET
    {'h', [](Machine& m) { m.recall(m.number(1)); }},                               // BINGET
    {'j', [](Machine& m) { m.recall(m.number(4)); }},                               // LONG_BINGET
    {'c', [](Machine& m) { m.global_lines(); }},                                    // GLOBAL
    {0x93, [](Machine& m) { m.global_from_stack(); }},                              // STACK_GLOBAL
    {'R', [](Machine& m) { m.reduce(); }},                                          // REDUCE
    {0x81, [](Machine& m) { m.reduce(); }},                                         // NEWOBJ
    {0x92, [](Machine& m) { m.reduce_with_keywords(); }},                           // NEWOBJ_EX
    {'b', [](Machine& m) { m.build(); }},                                           // BUILD
    {'i', [](Machine& m) { m.instance_lines(); }},                                  // INST
    {'o', [](Machine& m) { m.object_to_mark(); }},                                  // OBJ
    {'Q', [](Machine& m) { m.persistent(m.pop()); }},                               // BINPERSID
};

Machine::Instructions Machine::by_code() {
  Instructions all = {};
  for (const Opcode& opcode : kOpcodes) all[opcode.code] = opcode.run;
  return all;
}

}  // namespace

const Value* Value::find(const std::string& key) const {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i]->is(kText) && items[i]->text == key) return items[i + 1];
  return nullptr;
}

Value* Arena::make(Value::Kind kind) {
  if (values_.size() >= kMaxValues) throw Error("its pickle holds too many values");
  values_.emplace_back();
  values_.back().kind = kind;
  return &values_.back();
}

Result read(const Bytes& bytes, Arena& arena) { return Machine(bytes, arena).run(); }

}  // namespace miafr::pickle
