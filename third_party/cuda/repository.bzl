"""CUDA 13: nvcc, the machine's own or out of the wheels that ./miafr setup unpacks into .deps/site, and the runtime library."""

# "" where there is none.
def _find_nvcc(ctx, wheels):
    for nvcc in [ctx.which("nvcc"), ctx.path("/usr/local/cuda/bin/nvcc"), wheels.get_child("bin").get_child("nvcc")]:
        if nvcc and nvcc.exists and "release 13." in ctx.execute([nvcc, "--version"]).stdout:
            return str(nvcc)
    return ""

def _cuda_repository_impl(ctx):
    root = ctx.path(Label("//:WORKSPACE")).dirname
    wheels = root.get_child(".deps").get_child("site").get_child("nvidia").get_child("cu13")
    ctx.file("nvcc.bzl", "NVCC = \"%s\"\n" % _find_nvcc(ctx, wheels))
    ctx.symlink(wheels.get_child("lib").get_child("libcudart.so.13"), "libcudart.so.13")
    ctx.file("BUILD", """
cc_import(
    name = "cudart",
    shared_library = "libcudart.so.13",
    visibility = ["//visibility:public"],
)
""")

cuda_repository = repository_rule(
    implementation = _cuda_repository_impl,
    environ = ["PATH"],
    local = True,
)
