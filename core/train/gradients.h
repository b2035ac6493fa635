// The gradients of many parameters as one vector.
#pragma once

#include "core/train/named_tensors.h"

namespace miafr {

// Sets the gradients to "none", not to zeros: the next backward pass then hands its own over instead of adding to them.
void clear_gradients(const NamedTensors& parameters);

// The Euclidean norm of all together; 0 where there are none.
double norm_of_gradients(const NamedTensors& parameters);

void scale_gradients(const NamedTensors& parameters, double factor);

}  // namespace miafr
