// Half precision for the operations that bear it, while the object lives (torch.autocast).
#pragma once

#include <ATen/autocast_mode.h>

namespace miafr {

class Autocast {
 public:
  // float32: nothing is cast.
  Autocast(at::DeviceType type, at::ScalarType dtype)
      : type_(type), enabled_(at::autocast::is_autocast_enabled(type)), dtype_(at::autocast::get_autocast_dtype(type)) {
    if (dtype == at::kFloat) return;
    at::autocast::set_autocast_enabled(type, true);
    at::autocast::set_autocast_dtype(type, dtype);
    at::autocast::increment_nesting();
    entered_ = true;
  }

  ~Autocast() {
    if (!entered_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_, enabled_);
    at::autocast::set_autocast_dtype(type_, dtype_);
  }

  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  const at::DeviceType type_;
  const bool enabled_;
  const at::ScalarType dtype_;
  bool entered_ = false;
};

}  // namespace miafr
