"""The program, its plugins, the SDK and the shared files, laid out as they are installed."""

def _prefix_impl(ctx):
    # One folder, not a file each: Bazel empties a folder before it fills it, so a deleted plugin does not stay behind.
    prefix = ctx.actions.declare_directory(ctx.label.name)
    copies = ctx.actions.args()
    sources = []
    for target, folder in ctx.attr.files.items():
        for source in target.files.to_list():
            name = source.short_path if ctx.attr.keep_paths.get(folder) else source.basename
            copies.add(source)
            copies.add("/".join([prefix.path, folder, name]))
            sources.append(source)

    # Copies, not links: the host trusts a plugin by the folder where it really lies.
    ctx.actions.run_shell(
        inputs = sources,
        outputs = [prefix],
        command = "while [ $# -gt 0 ]; do mkdir -p \"$(dirname \"$2\")\" && cp -L \"$1\" \"$2\" || exit; shift 2; done",
        arguments = [copies],
        mnemonic = "Install",
    )
    return [DefaultInfo(files = depset([prefix]), runfiles = ctx.runfiles(files = [prefix]))]

prefix = rule(
    implementation = _prefix_impl,
    attrs = {
        "files": attr.label_keyed_string_dict(allow_files = True, doc = "target -> folder below the prefix"),
        "keep_paths": attr.string_dict(doc = "folders whose files keep their path in the source tree"),
    },
)
