#include "core/contract/editor_photo.h"

#include <torch/types.h>

#include "core/contract/smooth_pictures.h"
#include "core/contract/stand_in_host.h"

namespace miafr {

EditPhoto photo_for(const EditorInfo& info, std::uint32_t needs, HostContext& host, int number) {
  constexpr int64_t kHeight = 160, kWidth = 128, kEmbedding = 512;
  const at::Tensor pictures = (smooth_pictures(4, kHeight, kWidth) / 255).to(host.device());
  EditPhoto photo;
  photo.name = "photo " + std::to_string(number);
  photo.photo = pictures[number].clone();
  const at::Tensor points = stand_in_face_points(pictures * 2 - 1);  // [4, 5, 2]
  if (needs & kEditNeedsFacePoints) photo.face_points = points[number];
  if (needs & kEditNeedsAttributes)
    for (const EditableAttribute& attribute : info.attributes) photo.attributes[attribute.name] = number % 2;
  if (needs & kEditNeedsMask) photo.mask = at::ones({kHeight, kWidth}, pictures.options());
  if (needs & kEditNeedsDepth) photo.depth = pictures[number].mean(0);
  if (needs & kEditNeedsReferences) photo.references = {pictures[2], pictures[3]};
  if ((needs & kEditNeedsReferences) && (needs & kEditNeedsFacePoints)) photo.reference_points = {points[2], points[3]};
  if (needs & kEditNeedsReferenceEmbeddings) photo.reference_embeddings = at::eye(2, kEmbedding, pictures.options());
  photo.seed = 7;
  return photo;
}

}  // namespace miafr
