// What torchrun, srun or a user's script says of the processes that train together, in environment variables.
#pragma once

#include <chrono>
#include <string>

namespace miafr {

// RANK (0 .. WORLD_SIZE - 1), WORLD_SIZE, LOCAL_RANK (on its machine; RANK where it is unset), MASTER_ADDR and
// MASTER_PORT (where rank 0 listens). Where RANK and WORLD_SIZE are unset, srun's SLURM_PROCID, SLURM_NTASKS and
// SLURM_LOCALID; SLURM_STEP_ID tells whether srun started it. MIAFR_RANK_TIMEOUT: seconds.
struct RankEnvironment {
  int rank = 0, size = 1, local_rank = 0;
  std::string address;
  int port = 0;
  bool launcher_has_store = false;  // torchrun listens at the address itself, not rank 0
  bool by_slurm = false;            // srun started it, or should have
  std::string attempt;              // which of torchrun's restarts this is
  std::chrono::seconds timeout{1800};
};

// Throws Error naming the variable: what it is and what is allowed. Without WORLD_SIZE (and SLURM_PROCID), or with 1,
// rank 0 of 1, whatever the others say. A batch script's own process, which Slurm gives the variables of a first rank,
// too, is refused where others would be waited for.
RankEnvironment rank_environment();

}  // namespace miafr
