#include "core/train/rank_watch.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>
#include <vector>

#include "core/base/log.h"

namespace miafr {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBeat{500};
constexpr std::chrono::seconds kSilence{3};  // who shows nothing for so long is gone

const char* const kVerdict = "verdict";

std::string key_of(int rank) { return "alive/" + std::to_string(rank); }

}  // namespace

// Shared with the thread, which outlives the watch where the store answers no more.
struct RankWatch::State {
  struct Sign {
    std::uint64_t beats = 0, operations = 0;
    Clock::time_point changed = Clock::now();
  };

  c10::intrusive_ptr<c10d::Store> store;
  int rank = 0;
  std::string store_holder;
  std::vector<Sign> signs;  // by rank
  std::chrono::seconds patience{0};
  std::optional<Clock::time_point> waits_since, told;  // told: of this wait
  Clock::time_point answered = Clock::now();
  bool store_is_gone = false;
  std::string verdict, to_publish;
  bool stopping = false;
  std::mutex mutex;
  std::condition_variable changed;
  std::thread thread;

  void run();
  void beat();
  bool store_is_lost() const { return store_is_gone || Clock::now() - answered > kSilence; }
  std::string late() const;
  void tell_of_wait();
  std::string suspects(std::chrono::seconds timeout, Clock::time_point failed_at) const;
};

void RankWatch::State::run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    try {
      lock.unlock();
      beat();
      lock.lock();
    } catch (const std::exception&) {
      lock.lock();
      store_is_gone = true;
      changed.notify_all();
      return;
    }
    changed.wait_for(lock, kBeat, [this] { return stopping || (!to_publish.empty() && verdict.empty()); });
  }
}

// Talks with the store without holding the mutex: it may never answer.
void RankWatch::State::beat() {
  std::string own, publish;
  std::vector<std::string> keys;
  {
    const std::lock_guard lock(mutex);
    own = std::to_string(++signs[rank].beats) + " " + std::to_string(signs[rank].operations);
    publish = to_publish;
    for (std::size_t other = 0; other < signs.size(); ++other) keys.push_back(key_of(static_cast<int>(other)));
  }
  store->set(key_of(rank), own);
  if (!publish.empty()) store->compareSet(kVerdict, "", publish);  // the first one stands
  const auto found = store->multiGet(keys);
  const std::string decided = store->check({kVerdict}) ? store->get_to_str(kVerdict) : "";

  const std::lock_guard lock(mutex);
  answered = Clock::now();
  if (!decided.empty()) verdict = decided;
  for (std::size_t other = 0; other < signs.size(); ++other) {
    const std::string text(found[other].begin(), found[other].end());
    const std::uint64_t beats = std::stoull(text), operations = std::stoull(text.substr(text.find(' ')));
    if (beats != signs[other].beats || static_cast<int>(other) == rank) signs[other].changed = answered;
    if (static_cast<int>(other) != rank) signs[other] = {beats, operations, signs[other].changed};
  }
  tell_of_wait();
  changed.notify_all();
}

// Ranks that have begun fewer operations than this one. The mutex is held.
std::string RankWatch::State::late() const {
  std::string late;
  for (std::size_t other = 0; other < signs.size(); ++other)
    if (signs[other].operations < signs[rank].operations)
      late += (late.empty() ? "" : ", ") + std::string("rank ") + std::to_string(other);
  return late;
}

void RankWatch::State::tell_of_wait() {
  if (!waits_since || Clock::now() - told.value_or(*waits_since) < patience) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - *waits_since).count();
  if (const std::string who = late(); !who.empty())
    log_info("rank " + std::to_string(rank) + " has waited " + std::to_string(seconds) + " s for " + who +
             ", which lives and is not yet there");
  told = Clock::now();
}

// Whose fault it is, "" while that cannot be told yet. The mutex is held.
std::string RankWatch::State::suspects(std::chrono::seconds timeout, Clock::time_point failed_at) const {
  if (store_is_lost()) return store_holder + " is gone (it does not answer)";
  const auto now = Clock::now();
  std::string gone;
  for (std::size_t other = 0; other < signs.size(); ++other) {
    const std::string name = "rank " + std::to_string(other);
    if (now - signs[other].changed > kSilence) gone += (gone.empty() ? "" : ", ") + name;
  }
  const std::string late = this->late();
  if (!gone.empty()) return gone + " is gone (no sign of life for 3 s)";
  if (now - failed_at <= kSilence + 2 * kBeat || late.empty()) return "";
  return late + " lives, but did not come to this point within " + std::to_string(timeout.count()) +
         " s (MIAFR_RANK_TIMEOUT)";
}

RankWatch::RankWatch(c10::intrusive_ptr<c10d::Store> store, int rank, int size, std::string store_holder,
                     std::chrono::seconds patience)
    : state_(std::make_shared<State>()) {
  state_->patience = patience;
  state_->store = std::move(store);
  state_->store_holder = std::move(store_holder);
  state_->rank = rank;
  state_->signs.resize(size);
  state_->store->set(key_of(rank), "0 0");
  state_->thread = std::thread([state = state_] { state->run(); });
}

RankWatch::~RankWatch() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  if (failed_)
    state_->thread.detach();
  else
    state_->thread.join();
}

RankWatch::Wait::Wait(RankWatch& watch) : watch_(watch) {
  const std::lock_guard lock(watch_.state_->mutex);
  watch_.state_->waits_since = Clock::now();
  watch_.state_->told.reset();
}

RankWatch::Wait::~Wait() {
  const std::lock_guard lock(watch_.state_->mutex);
  watch_.state_->waits_since.reset();
}

void RankWatch::count_operation() {
  const std::lock_guard lock(state_->mutex);
  ++state_->signs[state_->rank].operations;
}

bool RankWatch::someone_is_gone() const {
  const std::lock_guard lock(state_->mutex);
  const auto now = Clock::now();
  return !state_->verdict.empty() || state_->store_is_lost() ||
         std::any_of(state_->signs.begin(), state_->signs.end(),
                     [&](const State::Sign& sign) { return now - sign.changed > kSilence; });
}

std::string RankWatch::diagnosis(std::chrono::seconds timeout, const std::string& otherwise) {
  failed_ = true;
  const auto failed_at = Clock::now();
  std::unique_lock lock(state_->mutex);
  while (state_->verdict.empty() && Clock::now() - failed_at < kSilence + 4 * kBeat) {
    const std::string suspects = state_->suspects(timeout, failed_at);
    if (!suspects.empty()) {
      if (state_->store_is_lost()) return suspects;
      state_->to_publish = suspects;  // the thread hands it to the store, and reads back whose came first
      state_->changed.notify_all();
    }
    state_->changed.wait_for(lock, kBeat);
  }
  if (!state_->verdict.empty()) {
    const std::string verdict = state_->verdict;
    // Who holds the store stays until the others have read it.
    state_->changed.wait_for(lock, 4 * kBeat, [this] { return state_->store_is_gone; });
    return verdict;
  }
  return otherwise;
}

void RankWatch::announce_failure() {
  failed_ = true;
  std::unique_lock lock(state_->mutex);
  state_->to_publish = "rank " + std::to_string(state_->rank) + " ended with an error, which it says itself";
  state_->changed.notify_all();
  state_->changed.wait_for(lock, 2 * kBeat, [this] { return state_->store_is_gone || !state_->verdict.empty(); });
  if (!state_->store_is_gone) state_->changed.wait_for(lock, 2 * kBeat, [this] { return state_->store_is_gone; });
}

}  // namespace miafr
