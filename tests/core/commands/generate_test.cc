// miafr generate from prompt to pixels, with a tiny model, against the reference's pictures.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include "core/image/png.h"
#include "tests/core/commands/tiny_generate.h"

namespace miafr_tests {
namespace {

struct Golden {
  std::string name;
  std::vector<std::string> arguments;
};

class ReferencePictures : public testing::TestWithParam<Golden> {};

TEST_P(ReferencePictures, ComeOutOfTheCommandLine) {
  const at::Tensor golden = [&] {
    const auto text = read_text(data_file("tests/goldens/txt2img_tiny.safetensors"));
    std::uint64_t size = 0;
    std::memcpy(&size, text.data(), 8);
    const auto entry = nlohmann::json::parse(text.substr(8, size))[GetParam().name + ".image"];
    const at::Tensor pixels = at::empty(entry["shape"].get<std::vector<std::int64_t>>(), at::kByte);
    std::memcpy(pixels.data_ptr(), text.data() + 8 + size + entry["data_offsets"][0].get<std::size_t>(),
                pixels.numel());
    return pixels;
  }();
  const fs::path out = temporary_folder();
  const auto result = generate(GetParam().arguments, out);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (std::int64_t i = 0; i < golden.size(0); ++i)
    EXPECT_LE(largest_difference(read_picture(out / ("samples/0000" + std::to_string(i) + ".png")), golden[i]), 1);
}

INSTANTIATE_TEST_SUITE_P(Tiny, ReferencePictures,
                         testing::Values(Golden{"a",
                                                {"--prompt", "photo of a sks person as elderly", "--n_samples", "2",
                                                 "--ddim_steps", "10", "--scale", "10.0", "--ddim_eta", "0.0", "--seed",
                                                 "42", "--H", "64", "--W", "64", "--noise", "batch"}},
                                         Golden{"b",
                                                {"--prompt", "photo of a sks person", "--plms", "--ddim_steps", "12",
                                                 "--seed", "7", "--H", "64", "--W", "128", "--noise", "batch"}},
                                         Golden{"c",
                                                {"--prompt", "A photo of a middleaged", "--n_samples", "2", "--steps",
                                                 "8", "--scale", "5", "--ddim_eta", "1", "--seed", "23", "--H", "128",
                                                 "--W", "64", "--noise", "batch"}}),
                         [](const auto& golden) { return golden.param.name; });

TEST(Generate, APictureDoesNotDependOnItsBatch) {
  const fs::path together = temporary_folder(), alone = temporary_folder(), later = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "a photo", "--n_samples", "3", "--ddim_eta", "1"}), together).exit_code, 0);
  ASSERT_EQ(
      generate(small({"--prompt", "a photo", "--n_samples", "1", "--n_iter", "3", "--ddim_eta", "1"}), alone).exit_code,
      0);
  ASSERT_EQ(generate(small({"--prompt", "a photo", "--seed", "44", "--ddim_eta", "1"}), later).exit_code, 0);
  for (const char* name : {"samples/00000.png", "samples/00001.png", "samples/00002.png"})
    EXPECT_LE(largest_difference(read_picture(together / name), read_picture(alone / name)), 2) << name;
  EXPECT_LE(largest_difference(read_picture(together / "samples/00002.png"), read_picture(later / "samples/00000.png")),
            2);
  EXPECT_GT(largest_difference(read_picture(alone / "samples/00000.png"), read_picture(alone / "samples/00001.png")),
            2);
}

TEST(Generate, ASamplersParametersMayFollowItsName) {
  const auto latent = [](std::vector<std::string> more) {
    more.insert(more.end(), {"--prompt", "a photo"});
    return miafr_tests::latent_of(miafr_tests::checkpoint(), more);
  };
  const at::Tensor noisy = latent({"--ddim_eta", "1"});
  EXPECT_TRUE(latent({"--sampler", "ddim:eta=1"}).equal(noisy));
  EXPECT_FALSE(latent({"--sampler", "ddim"}).equal(noisy));
  const auto wrong = generate(small({"--prompt", "a", "--sampler", "ddim:eta"}), temporary_folder());
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_NE(wrong.err.find("--sampler 'ddim:eta': 'eta' is no key=value"), std::string::npos)
      << wrong.err;
}

TEST(Generate, AgesMakeRowsAndTheFolderIsContinued) {
  const fs::path out = temporary_folder();
  const auto arguments =
      small({"--prompt", "photo of a sks person as {age}", "--age", "child,old", "--n_samples", "2"});
  ASSERT_EQ(generate(arguments, out).exit_code, 0);
  const at::Tensor first = read_picture(out / "samples/00000.png");
  ASSERT_EQ(generate(arguments, out).exit_code, 0);
  EXPECT_EQ(largest_difference(read_picture(out / "samples/00000.png"), first), 0);
  EXPECT_TRUE(fs::exists(out / "samples/00007.png"));
  EXPECT_TRUE(fs::exists(out / "grid-0001.png"));
  const std::string manifest = read_text(out / "manifest.csv");
  EXPECT_EQ(std::count(manifest.begin(), manifest.end(), '\n'), 9);
  EXPECT_NE(
      manifest.find(
          "\nsamples/00002.png,photo of a sks person as old,old,,42,per_image,ddim,3,7.5,tiny-sd-fp16.safetensors,"),
      std::string::npos)
      << manifest;
  const auto texts = ::miafr::read_png_texts(out / "samples/00003.png");
  const auto settings = nlohmann::json::parse(texts.at("miafr"));
  EXPECT_EQ(settings["prompt"], "photo of a sks person as old");
  EXPECT_EQ(settings["seed"], 43);
  EXPECT_EQ(texts.at("miafr").find(out.string()), std::string::npos) << "no path of this machine in a picture";
}

TEST(Generate, AttributesAndListsOfPromptsAreFiledUnderTheirLabel) {
  const fs::path out = temporary_folder(), config = temporary_folder() / "prompts.yaml";
  const auto ran = generate(small({"--attribute", "black_hair,hat", "--token", "zwx", "--spelling", "glued"}), out);
  ASSERT_EQ(ran.exit_code, 0) << ran.err;
  const std::string manifest = read_text(out / "manifest.csv");
  EXPECT_NE(manifest.find("photo of a zwx person with blackhair,black_hair,"), std::string::npos) << manifest;
  EXPECT_NE(manifest.find("photo of a zwx person wearing hat,hat,"), std::string::npos) << manifest;
  std::ofstream(config) << "model: {unet_num_heads: 4, text_encoder_heads: 4}\n"
                        << "prompts:\n  - a {class}\n  - {text: \"a {token} as {age}\", label: aged}\n";
  const fs::path listed = temporary_folder();
  const auto list = miafr({"generate", "--ckpt", checkpoint().string(), "--config", config.string(), "--outdir",
                           listed.string(), "--age", "old", "--H", "64", "--W", "64", "--steps", "2"});
  ASSERT_EQ(list.exit_code, 0) << list.err;
  const std::string rows = read_text(listed / "manifest.csv");
  EXPECT_NE(rows.find("samples/00000.png,a person,,"), std::string::npos) << rows;
  EXPECT_NE(rows.find("samples/00001.png,a sks as old,aged old,"), std::string::npos) << rows;
}

TEST(Generate, ListsOfWordsMayHaveSpaces) {
  const fs::path out = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "as {age}", "--age", " child,  very old"}), out).exit_code, 0);
  const std::string manifest = read_text(out / "manifest.csv");
  EXPECT_NE(manifest.find(".png,as child,child,"), std::string::npos) << manifest;
  EXPECT_NE(manifest.find(".png,as very old,very old,"), std::string::npos) << manifest;
}

TEST(Generate, PromptsComeFromAFile) {
  const fs::path out = temporary_folder(), file = temporary_folder() / "prompts.txt";
  std::ofstream(file) << "\xef\xbb\xbf"
                         "a dog\r\n\na {class} as {age}";  // as Windows writes it
  const auto result = generate(small({"--from-file", file.string(), "--age", "child,old"}), out);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::string prompts;
  std::istringstream manifest(read_text(out / "manifest.csv"));
  for (std::string line; std::getline(manifest, line);) prompts += line.substr(0, line.find(",,") + 1) + "\n";
  EXPECT_EQ(prompts.substr(prompts.find('\n') + 1),
            "samples/00000.png,a dog,\nsamples/00001.png,a person as child,child,\n"
            "samples/00002.png,a person as old,old,\n");
}

TEST(Generate, TheGridIsBrokenOrLeftOutOrAlone) {
  const auto painted = [&](std::vector<std::string> more) {
    const fs::path out = temporary_folder();
    more.insert(more.begin(), {"--prompt", "as {age}", "--age", "child,old", "--n_samples", "3"});
    const auto result = generate(small(more), out);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return out;
  };
  constexpr std::int64_t kRow = 24 + 64 + 4, kColumn = 64 + 4;  // label, picture, gap
  const auto shape = [](std::int64_t rows, std::int64_t columns) {
    return std::vector<std::int64_t>{rows * kRow, columns * kColumn + 4, 3};
  };
  EXPECT_EQ(read_picture(painted({}) / "grid-0000.png").sizes(), shape(2, 3));
  EXPECT_EQ(read_picture(painted({"--n_rows", "2"}) / "grid-0000.png").sizes(), shape(4, 2));
  const fs::path no_grid = painted({"--skip_grid"});
  EXPECT_FALSE(fs::exists(no_grid / "grid-0000.png"));
  EXPECT_TRUE(fs::exists(no_grid / "samples/00005.png"));
  const fs::path grid_alone = painted({"--skip_save"});
  EXPECT_EQ(read_picture(grid_alone / "grid-0000.png").sizes(), shape(2, 3));
  EXPECT_TRUE(fs::is_empty(grid_alone / "samples"));
  EXPECT_FALSE(fs::exists(grid_alone / "manifest.csv"));
}

// eps = eps_negative + scale (eps_prompt - eps_negative): the two change places where scale becomes 1 - scale, and a
// scale of 0 leaves the negative prompt's part alone.
TEST(Generate, TheNegativePromptStandsInForNoPrompt) {
  const auto latent = [](const std::vector<std::string>& more) { return latent_of(checkpoint(), more); };
  const auto near = [](const at::Tensor& a, const at::Tensor& b) { return at::allclose(a, b, 1e-3, 1e-3); };
  const at::Tensor plain = latent({"--prompt", "a dog", "--scale", "3"}),
                   empty = latent({"--prompt", "a dog", "--scale", "3", "--negative_prompt", ""}),
                   negative = latent({"--prompt", "a dog", "--scale", "3", "--negative_prompt", "an old cat"});
  EXPECT_TRUE(at::equal(plain, empty));
  EXPECT_FALSE(near(plain, negative));
  EXPECT_TRUE(near(negative, latent({"--prompt", "an old cat", "--scale=-2", "--negative_prompt", "a dog"})));
  EXPECT_TRUE(near(latent({"--prompt", "a dog", "--scale", "0", "--negative_prompt", "an old cat"}),
                   latent({"--prompt", "an old cat", "--scale", "1"})));
}

// The tiny autoencoder is untrained, so that a photo is compared as the latent that it is encoded to.
at::Tensor latent_from_photo(const std::string& photo, std::vector<std::string> more) {
  const fs::path out = temporary_folder();
  std::vector<std::string> arguments = {
      "--prompt", "a dog", "--init-img", photo, "--scale", "1", "--steps",     "50",
      "--H",      "64",    "--W",        "64",  "--seed",  "3", "--skip_grid", "--save_latents"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const auto result = generate(arguments, out);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return read_latent(out);
}

TEST(Generate, TheMoreStrengthTheLessIsLeftOfAPhoto) {
  const fs::path source = temporary_folder();
  ASSERT_EQ(generate(small({"--prompt", "a dog"}), source).exit_code, 0);
  const std::string photo = (source / "samples/00000.png").string();
  const at::Tensor encoded = latent_from_photo(photo, {"--strength", "0.02"});  // one step at t = 1
  double last = 0;
  for (const char* strength : {"0.1", "0.4", "1"}) {
    const double difference =
        (latent_from_photo(photo, {"--strength", strength}) - encoded).abs().mean().item<double>();
    EXPECT_GT(difference, 1.3 * last) << strength;
    last = difference;
  }
  const auto irreversible =
      generate(small({"--prompt", "a", "--init-img", photo, "--invert", "--plms"}), temporary_folder());
  EXPECT_EQ(irreversible.exit_code, 1);
  EXPECT_NE(irreversible.err.find("sampler plms cannot run in reverse; take one that can, such as ddim"),
            std::string::npos)
      << irreversible.err;
  // Through its own noise it comes back.
  const at::Tensor back = latent_from_photo(photo, {"--invert", "--source_prompt", "a dog"});
  EXPECT_LT((back - encoded).abs().mean().item<double>(), 0.2 * last);
}

TEST(Generate, SizesNeedOnlyBeMultiplesOfEight) {
  const fs::path out = temporary_folder();
  ASSERT_EQ(generate({"--prompt", "a", "--steps", "2", "--H", "72", "--W", "104"}, out).exit_code, 0);
  EXPECT_EQ(read_picture(out / "samples/00000.png").sizes(), (std::vector<std::int64_t>{72, 104, 3}));
}

TEST(Generate, SaysWhatWasCutOffThePrompt) {
  std::string prompt = "start";
  for (int i = 0; i < 80; ++i) prompt += " a";
  const auto result = generate(small({"--prompt", prompt + " cat"}), temporary_folder());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("lost: \"a a a a a a cat\""), std::string::npos) << result.err;
}

// One table says what a setting is called in a config and on the command line.
TEST(Generate, TakesTheSectionOfAConfigAndTheCommandLineBeforeIt) {
  const auto config = [](const std::string& generate) {
    const fs::path file = temporary_folder() / "run.yaml";
    std::ofstream(file) << "model: {unet_num_heads: 4, text_encoder_heads: 4}\nprompts: [a dog]\n"
                           "sampler: {steps: 2}\ngenerate: {width: 64, height: 64, images: 2, seed: 9, "
                        << generate << "}\n";
    return file;
  };
  const fs::path by_config = temporary_folder(), by_options = temporary_folder(), changed = temporary_folder();
  const auto first = generate_with(checkpoint(), {}, by_config, config("scale: 3, negative_prompt: cat"));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto options = generate_with(checkpoint(), {"--seed", "9", "--scale", "3", "--negative-prompt", "cat"},
                                     by_options, config("scale: 8"));
  ASSERT_EQ(options.exit_code, 0) << options.err;
  for (const char* picture : {"samples/00000.png", "samples/00001.png"})
    EXPECT_EQ(largest_difference(read_picture(by_config / picture), read_picture(by_options / picture)), 0);
  ASSERT_EQ(generate_with(checkpoint(), {"--n_samples=1"}, changed, config("scale: 8")).exit_code, 0);
  EXPECT_GT(
      largest_difference(read_picture(changed / "samples/00000.png"), read_picture(by_config / "samples/00000.png")),
      2);
  EXPECT_FALSE(fs::exists(changed / "samples/00001.png"));
  const auto settings = nlohmann::json::parse(::miafr::read_png_texts(by_config / "samples/00001.png").at("miafr"));
  EXPECT_EQ(settings["scale"], 3);
  EXPECT_EQ(settings["negative_prompt"], "cat");
  EXPECT_EQ(settings["seed"], 10);
  EXPECT_FALSE(settings.contains("images")) << "which pictures were asked for is nothing of one picture";
  const auto wrong = generate_with(checkpoint(), {}, temporary_folder(), config("scales: 3"));
  EXPECT_NE(wrong.err.find("generate: unknown key 'scales', did you mean 'scale'?"), std::string::npos) << wrong.err;
}

TEST(Generate, BadInputIsOneLine) {
  const fs::path out = temporary_folder();
  const auto refused = [&](const std::vector<std::string>& arguments, int code, const std::string& text) {
    const auto result = generate(arguments, out);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_NE(result.err.find(text), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  };
  refused({}, 2, "give --prompt, --from-file or --attribute");
  refused({"--prompt", "a", "--H", "65"}, 1, "height 65: must be a positive multiple of 8");
  refused({"--prompt", "a", "--sampler", "ddin"}, 1, "ddim");
  refused({"--prompt", "a", "--noise", "loud"}, 2, "--noise = loud (allowed: per_image, batch)");
  refused({"--prompt", "a {age}"}, 2, "--age");
  refused({"--attribut", "hat"}, 2, "did you mean --attribute?; see: miafr generate --help");
  refused({"--attribute", "hatt"}, 2, "did you mean 'hat'?");
  refused({"--prompt", "a", "--H", "80000", "--W", "800000"}, 1, "GiB of memory are needed");
  refused({"--prompt", "a", "--H", "4611686018427387904", "--W", "4611686018427387904"}, 1, "GiB of memory are needed");
  const std::string photo = (temporary_folder() / "photo.png").string();
  cv::imwrite(photo, cv::Mat(8, 8, CV_8UC3, cv::Scalar(0, 0, 0)));
  refused({"--prompt", "a", "--H", "80000", "--W", "800000", "--init-img", photo}, 1, "GiB of memory are needed");
  refused({"--prompt", "a {age}", "--age", "child, ,old"}, 2, "--age 'child, ,old': an empty word");
  refused({"--prompt", "a {age}", "--age", "child,"}, 2, "--age 'child,': an empty word");
  refused({"--attribute", "hat,"}, 2, "--attribute 'hat,': an empty word");
  refused({"--from-file", (out / "missing.txt").string()}, 1, "missing.txt: cannot be read");
  const fs::path utf16 = temporary_folder() / "utf16.txt";
  std::ofstream(utf16, std::ios::binary) << std::string("\xff\xfe\x61\0\n\0", 6);
  refused({"--from-file", utf16.string()}, 1, "utf16.txt: is UTF-16; save it as UTF-8");
  refused({"--from-file", photo, "--prompt", "a"}, 2, "give one of --prompt and --from-file");
  refused({"--prompt", "a", "--ema"}, 1, "it holds no averaged (EMA) weights; leave out --ema");
  refused({"--prompt", "a", "--skip_save", "--save_latents"}, 2, "--save_latents and --skip_save contradict");
  refused({"--prompt", "a", "--strength", "0.5"}, 2, "--init-img FILE");
  refused({"--prompt", "a", "--init-img", checkpoint().string()}, 1, "not an image");
  refused({"--prompt", "a", "--init-img", ""}, 2, "--init-img is empty");
  refused({"--like", data_file("tests/goldens/tiny-sd.yaml").string()}, 1, "tiny-sd.yaml");
  refused({"--prompt", "a", "--f", "4"}, 2, "--f 4: the checkpoint's autoencoder has 8");
  refused({"--prompt", "a", "--steps", "5000"}, 1, "sampler ddim failed in timesteps: ");
}

TEST(Generate, AFolderThatCannotBeWrittenIsSaidBeforeTheWork) {
  const fs::path file = temporary_folder() / "file";
  std::ofstream(file) << "x";
  const auto in_file = generate(small({"--prompt", "a"}), file);
  EXPECT_EQ(in_file.exit_code, 1);
  EXPECT_NE(in_file.err.find("file/samples: cannot be made: Not a directory"), std::string::npos) << in_file.err;
  const auto read_only = generate(small({"--prompt", "a"}), "/proc/self");  // which even root cannot write to
  EXPECT_EQ(read_only.exit_code, 1);
  EXPECT_EQ(std::count(read_only.err.begin(), read_only.err.end(), '\n'), 1) << read_only.err;
  const fs::path other = temporary_folder();
  std::ofstream(other / "manifest.csv") << "a,b\n1,2\n";
  const auto foreign = generate(small({"--prompt", "a"}), other);
  EXPECT_EQ(foreign.exit_code, 1);
  EXPECT_NE(foreign.err.find("its columns are not those"), std::string::npos) << foreign.err;
  EXPECT_EQ(read_text(other / "manifest.csv"), "a,b\n1,2\n");
}

// A small file system of its own, where the machine lets tests mount one.
TEST(Generate, AFullDiskEndsItWithTheReasonAndWholePictures) {
  const fs::path disk = temporary_folder();
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=128k") != 0) GTEST_SKIP() << "mounting needs root";
  const auto result = generate(small({"--prompt", "a", "--n_samples", "20", "--batch_size", "2"}), disk);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("No space left on device"), std::string::npos) << result.err;
  std::int64_t pictures = 0;
  for (const auto& entry : fs::directory_iterator(disk / "samples")) {
    EXPECT_EQ(read_picture(entry.path()).sizes(), (std::vector<std::int64_t>{64, 64, 3})) << entry.path();
    ++pictures;
  }
  EXPECT_GT(pictures, 2);
  EXPECT_LT(pictures, 20);
  EXPECT_EQ(::umount(disk.c_str()), 0);
}

TEST(Inspect, NamesTheNetworks) {
  const auto result = miafr({"inspect", checkpoint().string(), "--keys"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* text :
       {"format        safetensors", "layout        compvis", "U-Net         ",
        "32 channels x [1, 2, 4, 4], text of 64, 4 input channels", "4 latent channels, 1/8 of the side",
        "CLIP, 2 layers of 64", "model.diffusion_model.input_blocks.0.0.weight  [32, 4, 3, 3]  float16"})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out.substr(0, 800);
  EXPECT_EQ(miafr({"inspect", "missing.ckpt"}).err, "miafr: error: missing.ckpt: No such file or directory\n");
}

TEST(Inspect, NamesTheLayout) {
  const std::string folder = (temporary_folder() / "d").string();
  ASSERT_EQ(miafr({"convert", checkpoint().string(), folder, "--layout", "diffusers"}).exit_code, 0);
  const std::string converted = miafr({"inspect", folder}).out;
  EXPECT_NE(converted.find("format        diffusers folder"), std::string::npos) << converted;
  EXPECT_NE(converted.find("layout        diffusers"), std::string::npos) << converted;
  const std::string others = miafr({"inspect", written({{"a", at::zeros({1}, at::kHalf)}}).string()}).out;
  EXPECT_EQ(others.find("layout"), std::string::npos) << others;
}

TEST(Generate, InterruptedItKeepsWhatItHas) {
  const fs::path out = temporary_folder();
  const std::string program = (prefix() / "bin" / "miafr").string();
  const std::string config = data_file("tests/goldens/tiny-sd.yaml").string();
  const std::string file = checkpoint().string();  // made before the fork
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), "miafr", "generate", "--ckpt", file.c_str(), "--config", config.c_str(), "--outdir",
            out.c_str(), "--prompt", "a", "--H", "64", "--W", "64", "--steps", "3", "--n_iter", "100000", nullptr);
    ::_exit(127);
  }
  const auto pictures = [&] { return fs::exists(out / "samples/00001.png"); };
  for (int i = 0; i < 600 && !pictures(); ++i) ::usleep(100'000);
  ASSERT_TRUE(pictures());
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_TRUE(fs::exists(out / "grid-0000.png"));
  const std::string manifest = read_text(out / "manifest.csv");
  const auto rows = std::count(manifest.begin(), manifest.end(), '\n') - 1;
  EXPECT_EQ(rows, std::distance(fs::directory_iterator(out / "samples"), {}));
}

// The tiny checkpoint with a tensor of zeros behind it that takes minutes to hash and no room on the disk.
bool write_huge_checkpoint(const fs::path& file) {
  constexpr std::uint64_t kBytes = std::uint64_t{1} << 40;
  const std::string tiny = read_text(checkpoint());
  std::uint64_t size = 0;
  std::memcpy(&size, tiny.data(), 8);
  auto header = nlohmann::json::parse(tiny.substr(8, size));
  const std::uint64_t end = tiny.size() - 8 - size;
  header["surplus"] = {
      {"dtype", "F16"}, {"shape", nlohmann::json::array({kBytes / 2})}, {"data_offsets", {end, end + kBytes}}};
  const std::string text = header.dump();
  size = text.size();
  std::ofstream(file, std::ios::binary).write(reinterpret_cast<const char*>(&size), 8)
      << text << tiny.substr(tiny.size() - end);
  std::error_code error;
  fs::resize_file(file, 8 + text.size() + end + kBytes, error);
  return !error;
}

TEST(Generate, InterruptedBeforeTheFirstPictureItDoesNotWaitForTheChecksum) {
  const fs::path out = temporary_folder(), huge = temporary_folder() / "huge.safetensors";
  if (!write_huge_checkpoint(huge)) GTEST_SKIP() << "this file system has no such large files";
  const std::string program = (prefix() / "bin" / "miafr").string();
  const std::string config = data_file("tests/goldens/tiny-sd.yaml").string();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl(program.c_str(), "miafr", "generate", "--ckpt", huge.c_str(), "--config", config.c_str(), "--outdir",
            out.c_str(), "--prompt", "a", "--H", "64", "--W", "64", "--steps", "1000", nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 600 && !fs::exists(out / "samples"); ++i) ::usleep(100'000);
  ASSERT_TRUE(fs::exists(out / "samples"));
  ::kill(child, SIGINT);
  int status = 0;
  pid_t ended = 0;
  for (int i = 0; i < 600 && ended == 0; ++i) {
    ::usleep(100'000);
    ended = ::waitpid(child, &status, WNOHANG);
  }
  if (ended == 0) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  EXPECT_EQ(ended, child) << "it did not end within a minute";
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_TRUE(fs::is_empty(out / "samples"));
}

}  // namespace
}  // namespace miafr_tests
