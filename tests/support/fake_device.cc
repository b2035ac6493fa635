#include "tests/support/fake_device.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/HPUHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/native/Resize.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <signal.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <torch/types.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace {

const c10::Device kDevice(c10::DeviceType::HPU, 0);
const c10::DispatchKeySet kKeys(c10::DispatchKey::HPU);

// ---- memory

// Addresses that stand for device memory: reserved and never accessible. They are given out in turn and again from the
// beginning once all are used; nothing asks whose they are.
class AddressSpace {
 public:
  static constexpr std::size_t kSize = std::size_t{1} << 36;

  AddressSpace() {
    void* begin = ::mmap(nullptr, 2 * kSize, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    TORCH_CHECK(begin != MAP_FAILED, "fake device: no address space: ", std::strerror(errno));
    begin_ = static_cast<std::byte*>(begin);
  }

  std::byte* take(std::size_t size) { return begin_ + next_.fetch_add(size) % kSize; }
  bool contains(const void* address) const { return address >= begin_ && address < begin_ + 2 * kSize; }

 private:
  std::byte* begin_;
  std::atomic<std::size_t> next_{0};
};

AddressSpace& addresses() {
  static auto& space = *new AddressSpace;
  return space;
}

// Which numbers belong to which address.
class Blocks {
 public:
  void add(std::byte* address, std::byte* numbers, std::size_t size) {
    const std::lock_guard lock(mutex_);
    blocks_[address] = {numbers, static_cast<std::ptrdiff_t>(size)};
    addresses_[numbers] = address;
  }

  void remove(void* numbers) {
    const std::lock_guard lock(mutex_);
    const auto address = addresses_.find(numbers);
    blocks_.erase(address->second);
    addresses_.erase(address);
  }

  std::byte* find(std::byte* address) {
    const std::lock_guard lock(mutex_);
    auto block = blocks_.upper_bound(address);
    TORCH_CHECK(block != blocks_.begin(), "fake device: no tensor lies at address ", address);
    --block;
    const std::ptrdiff_t offset = address - block->first;
    TORCH_CHECK(offset < block->second.second, "fake device: no tensor lies at address ", address);
    return block->second.first + offset;
  }

 private:
  std::mutex mutex_;
  std::map<std::byte*, std::pair<std::byte*, std::ptrdiff_t>> blocks_;  // numbers and size, by address
  std::map<void*, std::byte*> addresses_;                               // by numbers
};

Blocks& blocks() {
  static auto& blocks = *new Blocks;
  return blocks;
}

void release(void* numbers) {
  blocks().remove(numbers);
  std::free(numbers);
}

// data: where the tensor claims to be. context: where its numbers are.
class Allocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t size) override {
    if (size == 0) return {nullptr, kDevice};
    constexpr std::size_t kAlignment = 64;
    const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
    void* numbers = std::aligned_alloc(kAlignment, rounded);
    TORCH_CHECK(numbers != nullptr && rounded <= AddressSpace::kSize, "fake device: no memory for ", size, " bytes");
    std::byte* const address = addresses().take(rounded);
    blocks().add(address, static_cast<std::byte*>(numbers), rounded);
    return {address, numbers, &release, kDevice};
  }
  void copy_data(void*, const void*, std::size_t) const override {
    TORCH_CHECK(false, "fake device: storages are not cloned");
  }
};
Allocator allocator;

// The same numbers as a CPU tensor.
at::Tensor on_host(const at::Tensor& tensor) {
  if (tensor.device() != kDevice) return tensor;
  const c10::Storage& storage = tensor.storage();
  const auto elements = static_cast<std::int64_t>(storage.nbytes() / tensor.element_size());
  return at::from_blob(storage.data_ptr().get_context(), {elements}, at::dtype(tensor.scalar_type()))
      .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

// ---- operators that are about memory

at::Tensor empty(at::IntArrayRef sizes, std::optional<at::ScalarType> dtype, std::optional<at::Layout>,
                 std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &allocator, kKeys, c10::dtype_or_default(dtype), format);
}

at::Tensor empty_strided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &allocator, kKeys, c10::dtype_or_default(dtype));
}

const at::Tensor& resize(const at::Tensor& self, at::IntArrayRef sizes, std::optional<at::MemoryFormat> format) {
  c10::StorageImpl& storage = *self.storage().unsafeGetStorageImpl();
  const std::size_t size =
      at::detail::computeStorageNbytesContiguous(sizes, self.element_size(), self.storage_offset());
  if (size > storage.nbytes()) {
    c10::DataPtr larger = allocator.allocate(size);
    if (storage.nbytes() > 0) std::memcpy(larger.get_context(), storage.data_ptr().get_context(), storage.nbytes());
    storage.set_data_ptr_noswap(std::move(larger));
    storage.set_nbytes(size);
  }
  self.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  if (format) self.unsafeGetTensorImpl()->empty_tensor_restride(*format);
  return self;
}

// What copy_ and to() become as soon as one side is here.
at::Tensor copy_from(const at::Tensor& source, const at::Tensor& target, bool) {
  on_host(target).copy_(on_host(source));
  return target;
}

at::Tensor copy_from_and_resize(const at::Tensor& source, const at::Tensor& target) {
  if (target.sizes() != source.sizes()) target.resize_(source.sizes());
  return copy_from(source, target, false);
}

// ---- all other operators

[[noreturn]] void refuse(const c10::OperatorHandle& op, const c10::Argument& argument, const at::Device& device) {
  TORCH_CHECK(false, "fake device: ", op.operator_name(), ": argument '", argument.name(), "' is on ", device,
              ", must be on ", kDevice);
}

void check_tensor(const c10::OperatorHandle& op, const c10::Argument& argument, const at::Tensor& tensor) {
  if (!tensor.defined() || tensor.device() == kDevice) return;
  const bool written = argument.alias_info() != nullptr && argument.alias_info()->isWrite();
  const bool elementwise = op.hasTag(at::Tag::pointwise) || op.operator_name().name == "aten::where";
  const bool number = tensor.is_cpu() && tensor.dim() == 0 && !written && elementwise;
  if (!number) refuse(op, argument, tensor.device());
}

void check_argument(const c10::OperatorHandle& op, const c10::Argument& argument, const c10::IValue& value) {
  if (value.isTensor()) {
    check_tensor(op, argument, value.toTensor());
  } else if (value.isGenerator()) {
    if (value.toGenerator().defined()) refuse(op, argument, value.toGenerator().device());
  } else if (value.isList()) {  // Tensor[] or Tensor?[]
    for (const c10::IValue& item : value.toListRef()) check_argument(op, argument, item);
  }
}

void run_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::vector<c10::Argument>& arguments = op.schema().arguments();
  const auto values = torch::jit::last(*stack, arguments.size());
  for (std::size_t i = 0; i < arguments.size(); ++i) check_argument(op, arguments[i], values[i]);
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

TORCH_LIBRARY_IMPL(aten, HPU, library) {
  library.impl("empty.memory_format", empty);
  library.impl("empty_strided", empty_strided);
  library.impl("resize_", resize);
  library.impl("_copy_from", copy_from);
  library.impl("_copy_from_and_resize", copy_from_and_resize);
  // Views and their like look at sizes only.
  library.impl("as_strided", at::native::as_strided_tensorimpl);
  library.impl("view", at::native::view);
  library.impl("_reshape_alias", at::native::_reshape_alias);
  library.impl("unfold", at::native::unfold);
  library.impl("set_.source_Storage_storage_offset", at::native::set_storage_cpu_);
  library.impl("set_.source_Tensor", at::native::set_tensor_);
  // Composite, but they choose their kernel by the device.
  for (const char* name : {"convolution", "convolution_backward"})
    library.impl(name, torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
}

// The operators that have a CPU kernel and were not registered above.
void register_operators() {
  static auto& library = *new torch::Library(torch::Library::IMPL, "aten", c10::DispatchKey::HPU, __FILE__, __LINE__);
  auto& dispatcher = c10::Dispatcher::singleton();
  for (const c10::OperatorName& name : dispatcher.getRegistrationsForDispatchKey(c10::DispatchKey::CPU)) {
    if (name.getNamespace() != "aten" || name.name.find("mkldnn") != std::string::npos) continue;
    if (dispatcher.findOp(name)->hasKernelForDispatchKey(c10::DispatchKey::HPU)) continue;
    library.impl(c10::toString(name).c_str(), torch::CppFunction::makeFromBoxedFunction<&run_on_host>());
  }
}

// ---- what LibTorch asks of a device

class Guard final : public c10::impl::DeviceGuardImplInterface {
 public:
  c10::DeviceType type() const override { return kDevice.type(); }
  c10::Device exchangeDevice(c10::Device) const override { return kDevice; }
  c10::Device getDevice() const override { return kDevice; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  c10::Stream getStream(c10::Device device) const override { return c10::Stream(c10::Stream::DEFAULT, device); }
  c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void* getStreamNativeHandle(const c10::Stream) const override { return nullptr; }
  void synchronizeStream(const c10::Stream&) const override {}
};
C10_REGISTER_GUARD_IMPL(HPU, Guard)

class Hooks final : public at::HPUHooksInterface {
 public:
  explicit Hooks(at::HPUHooksArgs) {}
  void init() const override {}
  bool hasHPU() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
  // What draws without an explicit generator draws from the CPU's, so that at::manual_seed() serves both.
  const at::Generator& getDefaultGenerator(c10::DeviceIndex) const override {
    return at::detail::getDefaultCPUGenerator();
  }
};

// ---- stray accesses

struct sigaction handler_before;

void on_fault(int, siginfo_t* info, void*) {
  static constexpr char kLine[] = "fake device: host code reads or writes the device's memory\n";
  if (addresses().contains(info->si_addr)) (void)!::write(STDERR_FILENO, kLine, sizeof kLine - 1);
  ::sigaction(SIGSEGV, &handler_before, nullptr);  // the access is tried again and now has its usual end
}

void report_faults() {
  struct sigaction handler = {};
  handler.sa_sigaction = on_fault;
  handler.sa_flags = SA_SIGINFO;
  ::sigaction(SIGSEGV, &handler, &handler_before);
}

}  // namespace

namespace at {
C10_REGISTER_TYPED_CLASS(HPUHooksRegistry, "HPUHooks", ::Hooks)
}

namespace miafr_tests {

at::Device fake_device() {
  static const bool registered = [] {
    c10::SetAllocator(kDevice.type(), &allocator);
    addresses();
    register_operators();
    report_faults();
    return true;
  }();
  (void)registered;
  return kDevice;
}

void* host_address(const void* device_address) {
  if (device_address == nullptr) return nullptr;
  return blocks().find(static_cast<std::byte*>(const_cast<void*>(device_address)));
}

}  // namespace miafr_tests
