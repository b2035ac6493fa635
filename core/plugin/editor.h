// Editors change a photo of a face: its age, an attribute, or whatever a text says.
//
// A photo goes in with what the editor asks for (EditorNeeds) and with a list of targets; for each target a picture
// comes out. The host reads photos, finds faces, refuses targets that the editor does not declare, pastes crops back
// and writes everything to disk, for `miafr edit` and for experiments. An editor that sets kCanBeFitted can also be
// trained: `miafr fit` gives it labelled photos and calls it step by step, with the run folder, checkpoints, resume,
// metrics and previews that `miafr train` has.
//
// An editor that is a network of its own crops the face in edit(), since every method was trained on a crop of its own;
// it says what it did, and the host can paste the result back into the photo.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/plugin/host_context.h"

namespace miafr {

// Bits of PluginDescriptor::flags.
enum EditorNeeds : std::uint32_t {
  kEditNeedsFacePoints = 1,            // EditPhoto::face_points; a photo without a face is then not edited
  kEditNeedsAttributes = 2,            // EditPhoto::attributes
  kEditNeedsMask = 4,                  // EditPhoto::mask
  kEditNeedsDepth = 8,                 // EditPhoto::depth
  kEditNeedsReferences = 16,           // EditPhoto::references, at least one
  kEditNeedsReferenceEmbeddings = 32,  // EditPhoto::reference_embeddings, with kEditNeedsReferences
  kCanBeFitted = 64,                   // begin_fit and what stands below it
};

// An age that an editor knows by a label, such as "elderly" or "51+", and the years that it stands for: --age 30 names
// the group with from <= 30 < to. NaN where the label means no certain years.
struct AgeGroup {
  std::string label;
  double from = std::numeric_limits<double>::quiet_NaN(), to = std::numeric_limits<double>::quiet_NaN();
};

// An attribute that an editor can switch on and off: "eyeglasses".
struct EditableAttribute {
  std::string name;        // snake_case, not beginning with "no_" if it can be switched off
  bool can_be_off = true;  // "no_eyeglasses" is a target, too
  // How far it can be turned: 1 is the editor's usual strength; a method that works in degrees takes those.
  double min_strength = 1, max_strength = 1;
};

// A file that the editor loads.
struct EditorWeights {
  std::string file;     // as it is published
  std::string licence;  // SPDX name, or in words: "CreativeML Open RAIL-M", "non-commercial research"
  std::string origin;   // where it is published
};

// What an editor can do. It depends on the plugin's parameters and is known as soon as the object is made.
struct EditorInfo {
  std::vector<AgeGroup> ages;
  bool any_age_label = false;  // beside `ages`, any word or number of years: an editor that works by prompts
  double min_years = std::numeric_limits<double>::quiet_NaN();  // an age in years between these, both included
  double max_years = std::numeric_limits<double>::quiet_NaN();
  std::vector<EditableAttribute> attributes;
  bool any_attribute = false;  // beside `attributes`, any word, on or off, at strength 1
  bool text = false;           // a free text

  std::int64_t height = 0, width = 0;  // of the pictures that it makes; 0: of the photo that it is given
  std::vector<EditorWeights> weights;  // empty: it has none
  std::string reference_matcher;       // "NAME" or "NAME:key=value": whose embeddings kEditNeedsReferenceEmbeddings are
};

// What a picture is to show.
struct EditTarget {
  enum class Kind { kAge, kAttribute, kText };
  Kind kind = Kind::kText;
  std::string label;  // what the picture is filed under: "elderly", "no_eyeglasses", a text's age
  std::string name;   // kAge: the group's label or the word; kAttribute: its name, without "no_"; kText: the text
  double years = std::numeric_limits<double>::quiet_NaN();  // kAge: where the user gave years
  bool on = true;                                           // kAttribute
  double strength = 1;                                      // kAttribute, as its EditableAttribute allows
};

// A photo and what is known of it. Tensors are on HostContext::device(). Those that the editor did not ask for are
// undefined, and nothing here may be written to.
struct EditPhoto {
  std::string name;        // of the file, for messages
  at::Tensor photo;        // [3,H,W] float32 RGB in 0..1, upright, of the file's own size
  bool aligned = false;    // the photo is the editor's own crop already: it is only brought to size
  at::Tensor face_points;  // [5,2] float32, in the order of FacePoints, in the photo's pixels; undefined where aligned
  // By name, 1 on, 0 off, and anything between for what a predictor is not sure of. Has every attribute that the editor
  // declares.
  std::map<std::string, double> attributes;
  at::Tensor mask;   // [H,W] float32 in 0..1: 1 where the picture may change
  at::Tensor depth;  // [H,W] float32 in 0..1: 1 nearest
  // Other photos of the same person, as `photo`, each of its own size, with their face points [5,2] where the editor
  // asks for face points, and [R,D] embeddings of info().reference_matcher.
  std::vector<at::Tensor> references;
  std::vector<at::Tensor> reference_points;
  at::Tensor reference_embeddings;

  std::uint64_t seed = 0;   // what is drawn at random follows from it and from nothing else
  bool paste_back = false;  // the user wants the face pasted back into the photo; see EditedPicture
};

struct EditedPicture {
  std::size_t target = 0;  // index into the targets
  at::Tensor picture;      // [3,h,w] float32 RGB in 0..1
  // How the photo's pixels came to lie where they are: in words, "" where the photo was taken as it is, and as the
  // matrix [2,3] float64 that carries a point (x, y, 1) of the photo to the picture; undefined where there is none.
  std::string alignment;
  at::Tensor matrix;
  // The picture is the whole photo with the edited face in it. Where the user wants that and the editor leaves it at
  // false, the host pastes the picture back by `matrix`, with a soft border.
  bool pasted_back = false;
  std::map<std::string, std::string> notes;  // for the record, by name in snake_case: {"degree", "3"}
};

// What is known of a photo that an editor is fitted to: a row of the user's list. By custom the column `age` holds
// years or an age group's label, and a column named as an attribute 1 or 0; but what an editor reads is its own affair.
struct FitExample {
  std::string subject;                        // the person; "" where the list has no such column
  std::map<std::string, std::string> labels;  // the list's other columns by name
};

class MIAFR_PUBLIC FitData {
 public:
  virtual ~FitData() = default;
  virtual std::int64_t size() const = 0;
  virtual const FitExample& example(std::int64_t index) const = 0;
  // What fit_picture() made of the photo, on the CPU. Kept between calls where there is memory for it.
  virtual at::Tensor picture(std::int64_t index) = 0;
};

// Tensors that one optimiser changes: a generator's, a discriminator's. Each has an Adam of the host's (decoupled
// weight decay), whose state is in the run's checkpoints with the parameters.
struct FitGroup {
  std::string name;                                            // snake_case
  std::vector<std::pair<std::string, at::Tensor>> parameters;  // float32 leaves with requires_grad, each name once
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weight_decay = 0;
};

// One step of fitting, as the host leads it.
class MIAFR_PUBLIC FitStep {
 public:
  virtual ~FitStep() = default;
  virtual std::int64_t step() const = 0;        // from 0
  virtual std::int64_t steps() const = 0;       // of the whole run
  virtual std::int64_t batch_size() const = 0;  // pictures of a batch, as the user asked
  virtual FitData& data() = 0;

  // On the CPU, anew for each step from the run's seed and the step. All that a step draws at random comes from it, so
  // that a run that is interrupted goes on to the same bits.
  virtual at::Generator generator() = 0;

  // Gradients of the scalar `loss` for the parameters of `group`, and its optimiser's step with them at that learning
  // rate; other groups' parameters get no gradient. May be called several times, for several groups. Returns the norm
  // of the gradients. A loss or norm that is not finite changes nothing and counts the step as skipped.
  virtual double update(const std::string& group, const at::Tensor& loss, double learning_rate) = 0;
};

class MIAFR_PUBLIC Editor {
 public:
  virtual ~Editor() = default;

  virtual const EditorInfo& info() const = 0;

  // A picture for each target. Calls deliver once for each, in order, as soon as it is there: what has been delivered
  // is kept when the user stops. Pictures depend on the photo, the target and the seed alone, not on earlier calls or
  // on the other targets. Work of more than a second calls HostContext::progress between its steps. Throws
  // std::exception on what it cannot work with; the run stops with the plugin's name and the text.
  virtual void edit(const EditPhoto& photo, const std::vector<EditTarget>& targets,
                    const std::function<void(EditedPicture)>& deliver) = 0;

  // What follows is for editors with kCanBeFitted.

  // A labelled photo as steps want it, in whatever size and dtype is best kept: the crop, say, as uint8. Called once
  // for each photo, or again where memory is short, so nothing in it is random.
  virtual at::Tensor fit_picture(const EditPhoto& photo) { return photo.photo; }

  // Called once, before the first step. The editor looks whether it can work with the labels, and throws std::exception
  // that says what is missing; it returns what it trains. The tensors stay the editor's: the host changes their values
  // in place, and puts a checkpoint's values into them when a run goes on.
  virtual std::vector<FitGroup> begin_fit(FitData& data) {
    (void)data;
    return {};
  }

  // One step: its losses by name, for the log. Every step returns the same names.
  virtual std::map<std::string, double> fit_step(FitStep& step) {
    (void)step;
    return {};
  }

  // Everything beside the parameters that a run needs to go on, such as moving averages; stored in the checkpoint, and
  // given back on the device of HostContext::device().
  virtual std::map<std::string, at::Tensor> state() const { return {}; }
  virtual void load_state(const std::map<std::string, at::Tensor>& state) { (void)state; }

  // What the run leaves as the model: a file of these tensors, which the editor takes as its text parameter `weights`.
  // Between two steps edit() works with the same.
  virtual std::map<std::string, at::Tensor> fitted_weights() const { return {}; }
};

template <>
struct PluginKind<Editor> {
  static constexpr const char* kName = "editor";
  static constexpr const char* kFolder = "editors";
  static constexpr const char* kFlagsTitle = "properties";
  static constexpr FlagSpec kFlags[] = {
      {kEditNeedsFacePoints, "asks for face points"},
      {kEditNeedsAttributes, "asks for the photo's attributes"},
      {kEditNeedsMask, "asks for a mask"},
      {kEditNeedsDepth, "asks for a depth map"},
      {kEditNeedsReferences, "asks for more photos of the person"},
      {kEditNeedsReferenceEmbeddings, "asks for their embeddings"},
      {kCanBeFitted, "can be fitted"},
  };
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, flags [, licence])
#define MIAFR_EDITOR_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::Editor, Class, __VA_ARGS__)
