// The test starts itself again, once for each rank, with the part that it plays in MIAFR_TEST_PART.
#include "core/train/ranks.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#include <vector>

#include "core/base/errors.h"
#include "core/train/gradient_reducer.h"
#include "core/train/rank_environment.h"
#include "core/train/rank_watch.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::ProcessResult;

#define REQUIRE(condition)                                                         \
  if (!(condition)) {                                                              \
    std::fprintf(stderr, "rank %d: %s does not hold\n", ranks.rank(), #condition); \
    std::exit(3);                                                                  \
  }

// ---- the parts

void play_collectives(Ranks& ranks) {
  REQUIRE(ranks.of_first("logs/of rank " + std::to_string(ranks.rank())) == "logs/of rank 0");
  const float rank = static_cast<float>(ranks.rank());
  std::vector<at::Tensor> gradients = {at::full({2, 3}, rank), at::arange(6, at::kFloat).view({2, 3}).t() * (rank + 1),
                                       at::full({3}, rank).to(at::kBFloat16), at::full({0}, rank)};
  ranks.average(gradients);
  REQUIRE(at::equal(gradients[0], at::full({2, 3}, 0.5)));
  REQUIRE(at::equal(gradients[1], at::arange(6, at::kFloat).view({2, 3}).t() * 1.5));
  REQUIRE(at::equal(gradients[2].to(at::kFloat), at::full({3}, 0.5)));

  const at::Tensor channels_last =
      at::arange(24, at::kFloat).view({1, 2, 3, 4}).contiguous(at::MemoryFormat::ChannelsLast);
  const std::vector<at::Tensor> tensors = {channels_last + rank, at::full({2}, ranks.rank() == 0, at::kBool),
                                           at::full({2, 2}, ranks.rank(), at::kLong).t(), at::empty({0})};
  ranks.broadcast(tensors);
  REQUIRE(at::equal(tensors[0], channels_last));
  REQUIRE(tensors[1].all().item<bool>());
  REQUIRE(at::equal(tensors[2], at::zeros({2, 2}, at::kLong)));

  REQUIRE((ranks.all_gather(rank + 0.25) == std::vector<double>{0.25, 1.25}));
  ranks.barrier();
}

std::vector<at::Tensor> random_gradients(int rank) {
  at::manual_seed(rank);
  return {at::randn({5000000}), at::randn({3000000}), at::randn({7})};
}

// Larger than a piece: the mean, and all ranks get the same bits.
void play_large(Ranks& ranks) {
  std::vector<at::Tensor> gradients = random_gradients(ranks.rank()), mean = random_gradients(0), first;
  ranks.average(gradients);
  for (int rank = 1; rank < ranks.size(); ++rank)
    for (int i = 0; i < 3; ++i) mean[i] += random_gradients(rank)[i];
  for (int i = 0; i < 3; ++i) REQUIRE(at::allclose(gradients[i], mean[i] / ranks.size(), 1e-6, 1e-6));
  for (const at::Tensor& gradient : gradients) first.push_back(gradient.clone());
  ranks.broadcast(first);
  for (int i = 0; i < 3; ++i) REQUIRE(at::equal(gradients[i], first[i]));
}

at::Tensor loss(const std::vector<at::Tensor>& weights, const at::Tensor& x) {
  at::Tensor h = x;
  for (std::size_t i = 0; i < 4; ++i) h = h.matmul(weights[i]).tanh();
  return h.square().sum();
}

// Four layers (each a bucket), one weight that no rank uses, one that rank 1 alone uses.
void play_reducer(Ranks& ranks) {
  at::manual_seed(7);
  std::vector<at::Tensor> weights;
  for (int i = 0; i < 4; ++i) weights.push_back((at::randn({8, 8}) / 3).requires_grad_());
  weights.push_back(at::ones({5}).requires_grad_());
  weights.push_back(at::ones({6}).requires_grad_());
  GradientReducer reducer(ranks, weights, /*bucket_bytes=*/8 * 8 * 4);

  at::manual_seed(100 + ranks.rank());
  for (int step = 0; step < 3; ++step) {
    for (const at::Tensor& weight : weights) weight.mutable_grad().reset();
    const at::Tensor micro_batches = at::randn({2, 4, 8});
    loss(weights, micro_batches[0]).backward();
    std::vector<at::Tensor> expected =
        torch::autograd::grad({loss(weights, micro_batches[0]) + loss(weights, micro_batches[1])},
                              {weights[0], weights[1], weights[2], weights[3]});
    ranks.average(expected);
    reducer.start();
    at::Tensor last = loss(weights, micro_batches[1]);
    if (ranks.rank() == 1) last = last + weights[5].sum() * 3;
    last.backward();
    reducer.finish();
    for (int i = 0; i < 4; ++i) REQUIRE(at::allclose(weights[i].grad(), expected[i], 1e-5, 1e-6));
    REQUIRE(!weights[4].grad().defined());
    REQUIRE(at::equal(weights[5].grad(), at::full({6}, 1.5)));

    std::vector<at::Tensor> first;
    for (int i = 0; i < 4; ++i) first.push_back(weights[i].grad().clone());
    ranks.broadcast(first);
    for (int i = 0; i < 4; ++i) REQUIRE(at::equal(weights[i].grad(), first[i]));
  }
}

void play_overlap(Ranks& ranks) {
  std::vector<at::Tensor> weights;
  for (int i = 0; i < 4; ++i) weights.push_back(at::eye(8).requires_grad_());
  GradientReducer reducer(ranks, weights, 8 * 8 * 4 + 4);
  int begun_before_last = 0;
  weights[0].register_hook([&](const at::Tensor&) { begun_before_last = reducer.begun(); });
  reducer.start();
  loss(weights, at::ones({2, 8})).backward();
  reducer.finish();
  REQUIRE(begun_before_last == 3);
  REQUIRE(reducer.begun() == 4);
}

void play_unlike(Ranks& ranks) { GradientReducer(ranks, {at::zeros({ranks.rank() + 1}).requires_grad_()}); }

void average_for_ever(Ranks& ranks) {
  for (;;) {
    std::vector<at::Tensor> gradients = {at::ones({1000})};
    ranks.average(gradients);
  }
}

void play_killed(Ranks& ranks, int victim) {
  ranks.barrier();
  if (ranks.rank() == victim) std::raise(SIGKILL);
  average_for_ever(ranks);
}

void play_error(Ranks& ranks) {
  ranks.barrier();
  if (ranks.rank() == 1) throw Error("photo.jpg: no face");
  average_for_ever(ranks);
}

// Rank 1 lives on, but does not come until rank 0 has lost its patience.
void play_late(Ranks& ranks) {
  const std::filesystem::path over = std::filesystem::path(std::getenv("TEST_TMPDIR")) / "rank 0 is over";
  ranks.barrier();
  if (ranks.rank() == 0) {
    try {
      ranks.barrier();
    } catch (const Error&) {
      std::ofstream{over};
      throw;
    }
  }
  for (int tenths = 0; tenths < 600 && !std::filesystem::exists(over); ++tenths)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::fflush(stdout);
  ::_exit(0);
}

int play(const std::string& part) {
  try {
    Ranks ranks = Ranks::from_environment();
    if (part == "collectives") play_collectives(ranks);
    if (part == "large") play_large(ranks);
    if (part == "reducer") play_reducer(ranks);
    if (part == "overlap") play_overlap(ranks);
    if (part == "unlike") play_unlike(ranks);
    if (part == "rank 1 killed") play_killed(ranks, 1);
    if (part == "rank 0 killed") play_killed(ranks, 0);
    if (part == "error") play_error(ranks);
    if (part == "late") play_late(ranks);
    return 0;
  } catch (const Error& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}

// ---- the director

std::string free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(listener);
  return std::to_string(ntohs(address.sin_port));
}

std::vector<ProcessResult> start(const std::string& part, const std::vector<int>& ranks, int size,
                                 const std::string& timeout = "60") {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe"), port = free_port();
  std::vector<std::future<ProcessResult>> running;
  for (const int rank : ranks)
    running.push_back(std::async(std::launch::async, [=] {
      return miafr_tests::run_process({self}, {{"MIAFR_TEST_PART", part},
                                               {"RANK", std::to_string(rank)},
                                               {"WORLD_SIZE", std::to_string(size)},
                                               {"MASTER_ADDR", "127.0.0.1"},
                                               {"MASTER_PORT", port},
                                               {"MIAFR_RANK_TIMEOUT", timeout}});
    }));
  std::vector<ProcessResult> results;
  for (auto& process : running) results.push_back(process.get());
  return results;
}

void expect_success(const std::string& part, int size = 2) {
  std::vector<int> all(size);
  for (int rank = 0; rank < size; ++rank) all[rank] = rank;
  for (const ProcessResult& result : start(part, all, size)) {
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(result.err, "");
  }
}

TEST(Ranks, AverageBroadcastGather) { expect_success("collectives"); }
TEST(Ranks, HaveTheSameBits) { expect_success("large", 3); }
TEST(GradientReducer, GivesTheMeanOfAccumulatedGradients) { expect_success("reducer"); }
TEST(GradientReducer, BeginsDuringBackward) { expect_success("overlap"); }

TEST(GradientReducer, RefusesOtherParameters) {
  for (const ProcessResult& result : start("unlike", {0, 1}, 2)) {
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_EQ(result.out, "rank 1 trains 2 numbers in 1 tensors, rank 0 1 in 1: all need the same configuration\n");
  }
}

TEST(RanksFail, AKilledRankIsNamed) {
  const auto results = start("rank 1 killed", {0, 1, 2}, 3);
  EXPECT_EQ(results[1].exit_code, 128 + SIGKILL);
  for (const int other : {0, 2}) {
    EXPECT_EQ(results[other].exit_code, 1) << results[other].err;
    EXPECT_EQ(results[other].out,
              "rank " + std::to_string(other) + " of 3 stops: rank 1 is gone (no sign of life for 3 s)\n");
  }
}

TEST(RanksFail, TheKilledFirstRankIsNamed) {
  const auto results = start("rank 0 killed", {0, 1}, 2);
  EXPECT_EQ(results[1].exit_code, 1) << results[1].err;
  EXPECT_EQ(results[1].out, "rank 1 of 2 stops: rank 0 is gone (it does not answer)\n");
}

TEST(RanksFail, AnErrorIsToldToTheOthers) {
  const auto results = start("error", {0, 1}, 2);
  EXPECT_EQ(results[1].out, "photo.jpg: no face\n");
  EXPECT_EQ(results[0].exit_code, 1) << results[0].err;
  EXPECT_EQ(results[0].out, "rank 0 of 2 stops: rank 1 ended with an error, which it says itself\n");
}

TEST(RanksFail, ALateRankIsNamedAfterTheTimeout) {
  const auto results = start("late", {0, 1}, 2, /*timeout=*/"2");
  EXPECT_EQ(results[0].exit_code, 1) << results[0].err;
  EXPECT_EQ(results[0].out,
            "rank 0 of 2 stops: rank 1 lives, but did not come to this point within 2 s (MIAFR_RANK_TIMEOUT)\n");
}

TEST(RanksFail, WhoDoesNotComeIsWaitedForNoLonger) {
  const auto results = start("collectives", {0}, 2, /*timeout=*/"2");
  EXPECT_EQ(results[0].exit_code, 1);
  EXPECT_EQ(results[0].out.rfind("rank 0 of 2: the ranks do not meet at 127.0.0.1:", 0), 0u) << results[0].out;
  EXPECT_NE(results[0].out.find(" within 2 s (MIAFR_RANK_TIMEOUT): "), std::string::npos);
}

// The log of a program that has not set it up goes to stdout.
TEST(RanksFail, AWaitIsTold) {
  const std::string out = start("collectives", {0, 2}, 4, /*timeout=*/"5")[0].out;
  EXPECT_NE(out.find("rank 0 waits at 127.0.0.1:"), std::string::npos) << out;
  EXPECT_NE(out.find(" for 2 more of 4; have all been started?"), std::string::npos) << out;
  EXPECT_NE(out.find("MIAFR_RANK_TIMEOUT): 2 of 4 have come; all need"), std::string::npos) << out;
  const std::string without_first = start("collectives", {1}, 2, /*timeout=*/"5")[0].out;
  EXPECT_NE(without_first.find("rank 1 of 2 waits for rank 0 at 127.0.0.1:"), std::string::npos) << without_first;
}

// Two ranks of one process; the second does not come.
TEST(RankWatchTest, AWaitForALivingRankIsTold) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  testing::internal::CaptureStdout();
  {
    RankWatch first(store, 0, 2, "rank 0", std::chrono::seconds(1)), second(store, 1, 2, "rank 0");
    first.count_operation();
    const RankWatch::Wait wait(first);
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  }
  const std::string told = testing::internal::GetCapturedStdout();
  EXPECT_NE(told.find("rank 0 has waited 1 s for rank 1, which lives and is not yet there"), std::string::npos) << told;
}

TEST(RanksFail, ARankIsTakenOnce) {
  int refused = 0;
  for (const ProcessResult& result : start("collectives", {0, 1, 1}, 3, /*timeout=*/"5"))
    if (result.out == "rank 1 of 3: another process is that rank already; give each a RANK of its own\n") ++refused;
  EXPECT_EQ(refused, 1);
}

// ---- the environment

class RankEnvironmentTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "MIAFR_RANK_TIMEOUT",
                             "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_STEP_ID", "SLURM_STEPID"})
      ::unsetenv(name);
  }
  static void set(const std::map<std::string, std::string>& environment) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  }
  static std::string message() {
    try {
      rank_environment();
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(RankEnvironmentTest, AloneWithoutIt) {
  const RankEnvironment environment = rank_environment();
  EXPECT_EQ(environment.rank, 0);
  EXPECT_EQ(environment.size, 1);
  set({{"WORLD_SIZE", "1"}, {"RANK", "0"}});
  EXPECT_EQ(rank_environment().size, 1);

  Ranks ranks = Ranks::from_environment();
  std::vector<at::Tensor> gradients = {at::ones({2})};
  ranks.average(gradients);
  EXPECT_TRUE(at::equal(gradients[0], at::ones({2})));
  EXPECT_EQ(ranks.all_gather(0.5), std::vector<double>{0.5});
  GradientReducer reducer(ranks, {});
  reducer.start();
  reducer.finish();
}

TEST_F(RankEnvironmentTest, FromTorchrun) {
  set({{"RANK", "5"}, {"WORLD_SIZE", "8"}, {"LOCAL_RANK", "1"}, {"MASTER_ADDR", "node0"}, {"MASTER_PORT", "29500"}});
  set({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}});
  const RankEnvironment environment = rank_environment();
  EXPECT_EQ(environment.rank, 5);
  EXPECT_EQ(environment.size, 8);
  EXPECT_EQ(environment.local_rank, 1);
  EXPECT_EQ(environment.address, "node0");
  EXPECT_EQ(environment.port, 29500);
  EXPECT_EQ(environment.timeout, std::chrono::seconds(1800));
}

TEST_F(RankEnvironmentTest, FromSlurm) {
  set({{"SLURM_PROCID", "3"}, {"SLURM_NTASKS", "4"}, {"SLURM_LOCALID", "1"}});
  set({{"MASTER_ADDR", "node0"}, {"MASTER_PORT", "1"}, {"MIAFR_RANK_TIMEOUT", "7"}});
  const RankEnvironment environment = rank_environment();
  EXPECT_EQ(environment.rank, 3);
  EXPECT_EQ(environment.size, 4);
  EXPECT_EQ(environment.local_rank, 1);
  EXPECT_EQ(environment.timeout, std::chrono::seconds(7));
}

// Slurm gives a batch script's own process the variables of a first rank.
TEST_F(RankEnvironmentTest, RefusesABatchScriptWithoutSrun) {
  set({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "4"}, {"MASTER_ADDR", "node0"}, {"MASTER_PORT", "1"}});
  EXPECT_EQ(message().rfind("SLURM_NTASKS=4, but srun has not started this process (SLURM_STEP_ID is not set)", 0), 0u)
      << message();
  for (const char* batch : {"4294967291", "-5", "4294967290"}) {
    set({{"SLURM_STEP_ID", batch}});
    EXPECT_NE(message().find("(SLURM_STEP_ID=" + std::string(batch) + ")"), std::string::npos) << message();
  }
  set({{"SLURM_STEP_ID", "0"}});
  EXPECT_TRUE(rank_environment().by_slurm);
  set({{"SLURM_STEP_ID", "4294967291"}, {"SLURM_NTASKS", "+1"}});
  EXPECT_EQ(rank_environment().size, 1);  // alone, as it should be
  set({{"SLURM_NTASKS", "4"}, {"RANK", "0"}, {"WORLD_SIZE", "2"}});
  EXPECT_EQ(rank_environment().size, 2);  // started by hand
}

TEST_F(RankEnvironmentTest, RefusesWhatCannotBe) {
  set({{"WORLD_SIZE", "two"}});
  EXPECT_EQ(message(), "WORLD_SIZE=two, must be a whole number from 1 to 65536");
  set({{"WORLD_SIZE", "2"}});
  EXPECT_EQ(message().rfind("RANK is not set, which 2 ranks need", 0), 0u);
  set({{"RANK", "2"}});
  EXPECT_EQ(message(), "RANK=2, must be a whole number from 0 to 1");
  set({{"RANK", "1"}});
  EXPECT_EQ(message().rfind("MASTER_ADDR is not set", 0), 0u);
  set({{"MASTER_ADDR", "localhost"}});
  EXPECT_EQ(message().rfind("MASTER_PORT is not set", 0), 0u);
  set({{"MASTER_PORT", "70000"}});
  EXPECT_EQ(message(), "MASTER_PORT=70000, must be a whole number from 1 to 65535");
  set({{"MASTER_PORT", "29500"}, {"LOCAL_RANK", "-1"}});
  EXPECT_EQ(message(), "LOCAL_RANK=-1, must be a whole number from 0 to 1");
  set({{"LOCAL_RANK", "0"}, {"MIAFR_RANK_TIMEOUT", "0"}});
  EXPECT_EQ(message(), "MIAFR_RANK_TIMEOUT=0, must be a whole number from 1 to 1000000");
}

}  // namespace
}  // namespace miafr

int main(int argc, char** argv) {
  if (const char* part = std::getenv("MIAFR_TEST_PART")) return miafr::play(part);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
