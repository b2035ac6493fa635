"""CUDA 13: nvcc, the machine's own or out of the wheels that ./miafr setup unpacks into .deps/site, the runtime library, and
the headers of CUDA's libraries and of NCCL."""

# LibTorch's: the structures of its headers have NCCL's in them.
_NCCL = ["NCCL_MAJOR 2\n", "NCCL_MINOR 28\n", "NCCL_PATCH 9\n"]

# "" where there is none.
def _find_nvcc(ctx, wheels):
    for nvcc in [ctx.which("nvcc"), ctx.path("/usr/local/cuda/bin/nvcc"), wheels.get_child("bin").get_child("nvcc")]:
        if nvcc and nvcc.exists and "release 13." in ctx.execute([nvcc, "--version"]).stdout:
            return str(nvcc)
    return ""

# The folders of such headers as LibTorch's CUDA half includes; none where some are missing: the wheels have them all after
# ./miafr setup --cuda, and so has a whole toolkit.
def _find_headers(ctx, wheels):
    toolkit = ctx.path("/usr/local/cuda/include")
    for cuda, nccl in [(wheels.get_child("include"), wheels.dirname.get_child("nccl").get_child("include")), (toolkit, toolkit)]:
        needed = [cuda.get_child(name) for name in ["cuda_runtime_api.h", "cublas_v2.h", "cusparse.h", "cusolverDn.h"]]
        if all([header.exists for header in needed + [nccl.get_child("nccl.h")]]):
            text = ctx.read(nccl.get_child("nccl.h"))
            if all([define in text for define in _NCCL]):
                return [cuda] if cuda == nccl else [cuda, nccl]
    return []

def _cuda_repository_impl(ctx):
    root = ctx.path(Label("//:WORKSPACE")).dirname
    wheels = root.get_child(".deps").get_child("site").get_child("nvidia").get_child("cu13")
    headers = _find_headers(ctx, wheels)
    for i, folder in enumerate(headers):
        ctx.symlink(folder, "include_%d" % i)
    ctx.file("found.bzl", "NVCC = \"%s\"\nHAS_NCCL = %s\n" % (_find_nvcc(ctx, wheels), bool(headers)))
    ctx.symlink(wheels.get_child("lib").get_child("libcudart.so.13"), "libcudart.so.13")
    ctx.file("BUILD", """
cc_import(
    name = "cudart",
    shared_library = "libcudart.so.13",
    visibility = ["//visibility:public"],
)

cc_library(
    name = "headers",
    hdrs = glob(["include_*/**"]),
    includes = glob(["include_*"], exclude_directories = 0),
    visibility = ["//visibility:public"],
)
""")

cuda_repository = repository_rule(
    implementation = _cuda_repository_impl,
    environ = ["PATH"],
    local = True,
)
