// Who of the ranks is alive: so that an operation that fails can say whose fault it is.
#pragma once

#include <c10/util/intrusive_ptr.h>

#include <chrono>
#include <memory>
#include <string>

namespace c10d {
class Store;
}  // namespace c10d

namespace miafr {

// A thread of each rank shows a sign of life twice a second in the store that all share, and reads the others'.
class RankWatch {
 public:
  // `store`: a connection for this object alone. `store_holder`: who it is that is gone when the store answers no more.
  // `patience`: how long a rank waits for the others before it says so, and again.
  RankWatch(c10::intrusive_ptr<c10d::Store> store, int rank, int size, std::string store_holder,
            std::chrono::seconds patience = std::chrono::seconds(60));
  ~RankWatch();

  // This rank begins one more operation in which all take part.
  void count_operation();

  // This rank waits for the others, as long as the object lives.
  class Wait {
   public:
    explicit Wait(RankWatch& watch);
    ~Wait();
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    RankWatch& watch_;
  };

  // Whether a rank, or the store, has shown nothing for seconds.
  bool someone_is_gone() const;

  // Says, after an operation has failed, why: "rank 1 is gone (…)", the same on all ranks that can still reach the
  // store; `otherwise` where all seem well. Takes up to 6 s. The destructor then waits for nobody.
  std::string diagnosis(std::chrono::seconds timeout, const std::string& otherwise);

  // This rank ends with an error; the others learn it in place of a diagnosis of their own.
  void announce_failure();

 private:
  struct State;
  std::shared_ptr<State> state_;
  bool failed_ = false;
};

}  // namespace miafr
