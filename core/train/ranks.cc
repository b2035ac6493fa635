#include "core/train/ranks.h"

#include <torch/types.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <thread>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/wait_notice.h"
#include "core/plugin/host_context.h"
#include "core/train/nccl.h"
#include "core/train/rank_environment.h"
#include "core/train/rank_watch.h"

namespace miafr {
namespace {

// Of LibTorch's messages the first line, without where in LibTorch it was.
std::string first_line(const std::exception& error) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  const std::string text = of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
  return text.substr(0, text.find('\n'));
}

std::string name_of(const RankEnvironment& environment) {
  return "rank " + std::to_string(environment.rank) + " of " + std::to_string(environment.size);
}

std::string place_of(const RankEnvironment& environment) {
  return environment.address + ":" + std::to_string(environment.port);
}

// The store in which all meet, held by rank 0 or by torchrun.
c10::intrusive_ptr<c10d::Store> open_store(const RankEnvironment& environment) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(environment.port);
  options.isServer = environment.rank == 0 && !environment.launcher_has_store;
  options.waitWorkers = false;  // meet() waits, and tells for whom
  options.timeout = environment.timeout;
  const WaitNotice notice([&] {
    return name_of(environment) + " waits for " + (environment.launcher_has_store ? "the launcher" : "rank 0") +
           " at " + place_of(environment);
  });
  auto store = c10::make_intrusive<c10d::TCPStore>(environment.address, options);
  return c10::make_intrusive<c10d::PrefixStore>("miafr/" + environment.attempt, store);
}

// Returns when all have come.
void meet(c10d::Store& store, const RankEnvironment& environment) {
  constexpr std::chrono::milliseconds kLook{20};
  std::atomic<std::int64_t> here{store.add("here", 1)};
  const auto begin = std::chrono::steady_clock::now();
  const WaitNotice notice([&] {
    return "rank " + std::to_string(environment.rank) + " waits at " + place_of(environment) + " for " +
           std::to_string(environment.size - here) + " more of " + std::to_string(environment.size) + "; " +
           (environment.by_slurm ? "was srun forgotten?" : "have all been started?");
  });
  while (here < environment.size) {
    throw_if_interrupted();
    if (std::chrono::steady_clock::now() - begin > environment.timeout)
      throw std::runtime_error(std::to_string(here) + " of " + std::to_string(environment.size) + " have come");
    std::this_thread::sleep_for(kLook);
    here = store.add("here", 0);
  }
}

void take_rank(c10d::Store& store, const RankEnvironment& environment) {
  if (store.add("taken/" + std::to_string(environment.rank), 1) > 1)
    throw Error(name_of(environment) + ": another process is that rank already; give each a RANK of its own");
}

}  // namespace

struct Ranks::Group {
  RankEnvironment environment;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> backend;
  c10::intrusive_ptr<c10d::Backend> nccl;  // of CUDA devices; null where it is not used
  std::unique_ptr<RankWatch> watch;
  bool failed = false;

  explicit Group(const RankEnvironment& from);
  ~Group();

  // What an operation does, with its failure put in words.
  void guarded(const std::function<void()>& operation);
  void wait(const c10::intrusive_ptr<c10d::Work>& work) {
    guarded([&] { work->wait(); });
  }
  void wait_for_gpu(const c10::intrusive_ptr<c10d::Work>& work);
};

Ranks::Group::Group(const RankEnvironment& from) : environment(from) {
  try {
    store = open_store(environment);
    take_rank(*store, environment);
    meet(*store, environment);
    backend = c10::make_intrusive<c10d::ProcessGroupGloo>(
        store, environment.rank, environment.size,
        c10d::ProcessGroupGloo::Options::create_default(environment.timeout));
  } catch (const Error&) {
    throw;
  } catch (const Cancelled&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(name_of(environment) + ": the ranks do not meet at " + place_of(environment) + " within " +
                std::to_string(environment.timeout.count()) + " s (MIAFR_RANK_TIMEOUT): " + first_line(error) +
                "; all need the same MASTER_ADDR, MASTER_PORT and WORLD_SIZE. A process alone needs WORLD_SIZE=1");
  }
  watch = std::make_unique<RankWatch>(store->clone(), environment.rank, environment.size,
                                      environment.launcher_has_store ? "the launcher" : "rank 0");
}

Ranks::Group::~Group() {
  if (!failed && std::uncaught_exceptions() > 0) {
    watch->announce_failure();
    failed = true;
  }
  if (!failed) {
    watch.reset();
    try {
      // Whoever holds the store ends last.
      backend->barrier()->wait();
    } catch (const std::exception&) {
      failed = true;
    }
  }
  // After a failure these would wait for what never comes; the process ends soon.
  if (failed) {
    nccl.release();
    backend.release();
    store.release();
  }
}

void Ranks::Group::guarded(const std::function<void()>& operation) {
  try {
    const RankWatch::Wait wait(*watch);
    operation();
  } catch (const std::exception& error) {
    failed = true;
    throw Error(name_of(environment) + " stops: " + watch->diagnosis(environment.timeout, first_line(error)));
  }
}

// NCCL's own wait() is the device's alone: the CPU would wait for a dead rank's part at its next look at a tensor, and
// for ever.
void Ranks::Group::wait_for_gpu(const c10::intrusive_ptr<c10d::Work>& work) {
  guarded([&] {
    const auto begin = std::chrono::steady_clock::now();
    while (!work->isCompleted()) {
      if (watch->someone_is_gone()) throw Error("the sum of the gradients does not come");
      if (std::chrono::steady_clock::now() - begin > environment.timeout)
        throw Error("the sum of the gradients is late");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (work->exception()) std::rethrow_exception(work->exception());
    work->wait();
  });
}

Ranks Ranks::from_environment() {
  const RankEnvironment environment = rank_environment();
  return Ranks(environment.size > 1 ? std::make_unique<Group>(environment) : nullptr);
}

Ranks::Ranks(std::unique_ptr<Group> group) : group_(std::move(group)) {
  if (!group_) return;
  rank_ = group_->environment.rank;
  size_ = group_->environment.size;
}

Ranks::Ranks(Ranks&&) noexcept = default;
Ranks::~Ranks() = default;

void Ranks::use_device(c10::Device device) {
  if (!group_) return;
  std::string obstacle;
  c10::intrusive_ptr<c10d::Backend> nccl;
  if (device.is_cuda()) {
    try {
      const std::filesystem::path file = nccl_file();
      load_nccl(file, file.parent_path())
          .make_backend(c10::make_intrusive<c10d::PrefixStore>("nccl", group_->store), rank_, size_,
                        group_->environment.timeout, nccl);
    } catch (const std::exception& error) {
      obstacle = first_line(error);
    }
  }
  const std::vector<double> able = all_gather(nccl ? 1 : 0);
  const auto unable = std::find(able.begin(), able.end(), 0) - able.begin();
  if (unable == size_)
    group_->nccl = nccl;
  else if (device.is_cuda())
    log_warning("gradients go through the CPU's memory: " +
                (obstacle.empty() ? "rank " + std::to_string(unable) + " cannot use NCCL" : obstacle));
}

std::function<void()> Ranks::begin_sum(const at::Tensor& tensor) {
  if (!group_) return [] {};
  const bool on_gpu = tensor.is_cuda() && group_->nccl;
  c10::intrusive_ptr<c10d::Work> work;
  group_->watch->count_operation();
  group_->guarded([&] {
    std::vector<at::Tensor> tensors = {tensor};
    work = (on_gpu ? group_->nccl : group_->backend)->allreduce(tensors);
  });
  return [group = group_.get(), work, on_gpu] { on_gpu ? group->wait_for_gpu(work) : group->wait(work); };
}

void Ranks::average(std::vector<at::Tensor>& gradients) {
  if (!group_) return;
  const at::NoGradGuard no_grad;
  for (std::size_t begin = 0, end = 0; begin < gradients.size(); begin = end) {
    // As many as fit into one piece, at least one; a piece has one dtype and device.
    std::int64_t bytes = 0;
    std::vector<at::Tensor> flat;
    for (end = begin; end < gradients.size(); ++end) {
      const at::Tensor& gradient = gradients[end];
      bytes += static_cast<std::int64_t>(gradient.nbytes());
      if (end > begin && (bytes > kBucketBytes || gradient.options().type_equal(flat[0].options()) == false)) break;
      flat.push_back(gradient.flatten());
    }
    at::Tensor bucket = at::cat(flat).div_(size_);
    begin_sum(bucket)();
    std::int64_t offset = 0;
    for (std::size_t i = begin; i < end; offset += gradients[i++].numel())
      gradients[i].copy_(bucket.narrow(0, offset, gradients[i].numel()).view(gradients[i].sizes()));
  }
}

void Ranks::broadcast(const std::vector<at::Tensor>& tensors) {
  if (!group_) return;
  const at::NoGradGuard no_grad;
  for (const at::Tensor& tensor : tensors) {
    // Gloo wants what lies in the order of its shape, and knows no bool or bfloat16 in some versions: bytes, then.
    at::Tensor contiguous = tensor.contiguous();
    std::vector<at::Tensor> bytes = {contiguous.flatten().view(at::kByte)};
    if (bytes[0].numel() == 0) continue;
    group_->watch->count_operation();
    group_->guarded([&] { group_->backend->broadcast(bytes)->wait(); });
    if (!contiguous.is_same(tensor)) at::Tensor(tensor).copy_(contiguous);
  }
}

std::string Ranks::of_first(const std::string& text) {
  if (!group_) return text;
  const at::Tensor size = at::scalar_tensor(static_cast<std::int64_t>(text.size()), at::kLong);
  broadcast({size});
  const at::Tensor bytes = at::zeros({size.item<std::int64_t>()}, at::kByte);
  if (rank_ == 0) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  broadcast({bytes});
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(bytes.numel())};
}

void Ranks::barrier() {
  if (!group_) return;
  group_->watch->count_operation();
  group_->guarded([&] { group_->backend->barrier()->wait(); });
}

std::vector<double> Ranks::all_gather(double value) {
  if (!group_) return {value};
  at::Tensor values = at::zeros({size_}, at::kDouble);
  values[rank_] = value;
  begin_sum(values)();  // zeros everywhere else
  return {values.data_ptr<double>(), values.data_ptr<double>() + size_};
}

}  // namespace miafr
