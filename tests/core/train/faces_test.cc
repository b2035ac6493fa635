// Training's judge sees a face as miafr evaluate does.
#include "core/train/faces.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/face/face_analysis.h"
#include "core/runtime/plugin_registry.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// The face of astronaut.png, `times` as large.
cv::Mat portrait(double times) {
  const cv::Mat whole = cv::imread(miafr_tests::data_file("models/astronaut.png").string());
  cv::Mat larger;
  cv::resize(whole(cv::Rect(130, 20, 190, 190)), larger, {}, times, times, cv::INTER_CUBIC);
  return larger;
}

at::Tensor as_training_image(const cv::Mat& bgr) {  // [1, 3, H, W] in [-1, 1]
  const at::Tensor bytes = at::from_blob(bgr.data, {bgr.rows, bgr.cols, 3}, at::kByte).flip(2);
  return bytes.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat) / 127.5 - 1;
}

class Judge : public testing::Test {
 protected:
  Judge() {
    const RunSettings run{at::kCPU, 1, {(miafr_tests::prefix() / "share" / "miafr" / "models").string()}};
    networks_.detector = choose_plugin<FaceDetector>({"mtcnn", {}}, registry_, run);
    networks_.matchers.push_back(choose_plugin<FaceMatcher>({"dlib_resnet", {}}, registry_, run));
  }

  // By miafr evaluate, of unit length.
  at::Tensor evaluated(const cv::Mat& photo) const {
    const fs::path file = miafr_tests::temporary_folder() / "photo.png";
    EXPECT_TRUE(cv::imwrite(file.string(), photo));
    const auto faces = analyse_faces({file}, networks_, {}, [](std::int64_t, std::int64_t) {});
    EXPECT_EQ(faces.at(0).failure, "");
    const at::Tensor embedding = at::tensor(faces.at(0).embeddings.at(0));
    return embedding / embedding.norm();
  }

  at::Tensor judged(const cv::Mat& photo) const {
    return face_embeddings(networks_.detector, networks_.matchers[0], as_training_image(photo))[0];
  }

  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
  FaceNetworks networks_;
};

// The larger face is 5 times as large as the matcher's chip.
TEST_F(Judge, SeesALargeFaceAsEvaluateDoes) {
  for (const double times : {1.5, 7.0}) {
    const cv::Mat photo = portrait(times);
    EXPECT_TRUE(at::equal(judged(photo), evaluated(photo))) << times;
  }
}

TEST_F(Judge, WithoutAFaceThereIsNoEmbedding) {
  EXPECT_TRUE(judged(cv::Mat(128, 128, CV_8UC3, cv::Scalar(90, 90, 90))).isnan().all().item<bool>());
}

}  // namespace
}  // namespace miafr
