"""One shared library per source file: adding a file adds a plugin."""

load("//tools/bazel:cc.bzl", "cc_binary")

def plugins(deps = [], own_deps = {}):
    """lib<file>.so for every *.cc of the package, and a filegroup "libraries" of them.

    Args:
      deps: what the plugins may include, beside the SDK and LibTorch's headers.
      own_deps: the same for single plugins, by the name of their source.
    """
    libraries = []
    for source in native.glob(["*.cc"], allow_empty = True):
        name = "lib" + source[:-len(".cc")] + ".so"
        cc_binary(
            name = name,
            srcs = [source] + native.glob(["*.h"], allow_empty = True),
            # Only the entry leaves the library; what two plugins share by name stays apart.
            copts = [
                "-fvisibility=hidden",
                "-fvisibility-inlines-hidden",
            ],
            linkopts = ["-Wl,--version-script,$(location //plugins:exports.lds)"],
            linkshared = True,
            visibility = ["//visibility:public"],
            deps = deps + own_deps.get(source, []) + [
                "//core/plugin",
                "//plugins:exports.lds",
                "@torch",
            ],
        )
        libraries.append(name)
    native.filegroup(
        name = "libraries",
        srcs = libraries,
        visibility = ["//visibility:public"],
    )
