"""The program, its plugins, the SDK and the shared files, laid out as they are installed."""

def _prefix_impl(ctx):
    outputs = []
    for target, folder in ctx.attr.files.items():
        for source in target.files.to_list():
            name = source.short_path if ctx.attr.keep_paths.get(folder) else source.basename
            output = ctx.actions.declare_file("/".join([ctx.label.name, folder, name]))

            # Copies, not links: the host trusts a plugin by the folder where it really lies.
            ctx.actions.run_shell(
                inputs = [source],
                outputs = [output],
                command = "cp -L \"$1\" \"$2\"",
                arguments = [source.path, output.path],
                mnemonic = "Install",
            )
            outputs.append(output)
    return [DefaultInfo(files = depset(outputs), runfiles = ctx.runfiles(files = outputs))]

prefix = rule(
    implementation = _prefix_impl,
    attrs = {
        "files": attr.label_keyed_string_dict(allow_files = True, doc = "target -> folder below the prefix"),
        "keep_paths": attr.string_dict(doc = "folders whose files keep their path in the source tree"),
    },
)
