"""LibTorch out of the PyPI wheel that ./miafr setup unpacks into .deps/site."""

def _torch_repository_impl(ctx):
    site = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps").get_child("site")
    torch = site.get_child("torch")
    if not torch.get_child("lib").get_child("libtorch_cpu.so").exists:
        fail("LibTorch is missing: run ./miafr setup")
    ctx.symlink(torch.get_child("include"), "include")
    ctx.symlink(torch.get_child("lib"), "lib")

    # Executables carry absolute paths, and as RPATH: libtorch_cpu.so itself needs libcupti.so, its own $ORIGIN does not hold
    # through Bazel's symlinks, and a RUNPATH would not reach a dependency's dependency.
    ctx.template("BUILD", Label("//third_party/torch:torch.BUILD"), {
        "%{torch_lib}": str(torch.get_child("lib")),
        "%{cuda_lib}": str(site.get_child("nvidia").get_child("cu13").get_child("lib")),
    })

torch_repository = repository_rule(
    implementation = _torch_repository_impl,
    local = True,
)
