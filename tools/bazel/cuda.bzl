"""Shared libraries that need CUDA: of kernels, compiled by nvcc, and of what uses LibTorch's CUDA half."""

load("@cuda//:found.bzl", "HAS_NCCL", "NVCC")

def _cuda_object_impl(ctx):
    headers = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps]).compilation_context
    out = ctx.actions.declare_file(ctx.label.name + ".o")
    args = ctx.actions.args()
    args.add_all(["-c", "-O3", "-std=c++17", "-ccbin", "g++", "-Xcompiler", "-fPIC,-fvisibility=hidden,-Wall,-Wextra,-Werror"])

    # Machine code for every generation of GPUs that this nvcc knows, so that nothing is left to compile at run time.
    args.add_all(["-Werror", "all-warnings", "-arch=all-major", "-I."])
    args.add("-o", out)
    args.add(ctx.file.src)
    ctx.actions.run(
        executable = NVCC,
        arguments = [args],
        inputs = depset([ctx.file.src], transitive = [headers.headers]),
        outputs = [out],
        mnemonic = "NvccCompile",
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([out]))]

_cuda_object = rule(
    implementation = _cuda_object_impl,
    attrs = {
        "src": attr.label(allow_single_file = [".cu"]),
        "deps": attr.label_list(providers = [CcInfo]),
    },
)

def cuda_library(name, src, deps):
    """lib<name>.so of one .cu file, or an empty group of that name where there is no nvcc.

    Args:
      name: of the file that is built.
      src: the .cu file.
      deps: cc_library targets whose headers it includes, free of LibTorch.
    """
    if not NVCC:
        native.filegroup(name = name, visibility = ["//visibility:public"])
        return
    _cuda_object(name = name + "_object", src = src, deps = deps)
    native.cc_binary(
        name = name,
        srcs = [name + "_object"],
        linkshared = True,
        visibility = ["//visibility:public"],
        deps = ["@cuda//:cudart"],
    )

def torch_cuda_library(name, src, deps):
    """lib<name>.so of one .cc file that may include LibTorch's CUDA headers, or an empty group of that name without CUDA's.

    Args:
      name: of the file that is built.
      src: the .cc file.
      deps: cc_library targets that it includes.
    """
    if not HAS_NCCL:
        native.filegroup(name = name, visibility = ["//visibility:public"])
        return
    native.cc_binary(
        name = name,
        srcs = [src],
        copts = ["-fvisibility=hidden"],
        linkshared = True,
        local_defines = ["USE_C10D_NCCL"],
        visibility = ["//visibility:public"],
        deps = deps + ["@cuda//:cudart", "@cuda//:headers", "@torch", "@torch//:torch_cuda"],
    )
