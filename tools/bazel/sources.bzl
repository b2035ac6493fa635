"""Every source and header that targets are built from, for tests that read them."""

_SourcesInfo = provider(fields = ["files"])

def _collect_impl(target, ctx):
    files = [file for name in ("src", "srcs", "hdrs") for file in getattr(ctx.rule.files, name, [])]
    others = [one for name in ("srcs", "deps") for one in getattr(ctx.rule.attr, name, []) if _SourcesInfo in one]
    return [_SourcesInfo(files = depset(files, transitive = [one[_SourcesInfo].files for one in others]))]

_collect = aspect(implementation = _collect_impl, attr_aspects = ["deps", "srcs"])

def _sources_impl(ctx):
    everything = depset(transitive = [target[_SourcesInfo].files for target in ctx.attr.targets]).to_list()
    files = [one for one in everything if one.is_source and one.extension in ("h", "cc", "cu")]
    return [DefaultInfo(files = depset(files), runfiles = ctx.runfiles(files = files))]

sources = rule(
    implementation = _sources_impl,
    attrs = {"targets": attr.label_list(aspects = [_collect], doc = "programs and libraries; what they depend on is included")},
)
