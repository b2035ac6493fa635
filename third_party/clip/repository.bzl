"""CLIP's vocabulary out of the PyPI wheel open_clip_torch that ./miafr setup unpacks into .deps/site."""

_NAME = "bpe_simple_vocab_16e6.txt.gz"

def _clip_repository_impl(ctx):
    file = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps").get_child("site").get_child("open_clip").get_child(_NAME)
    if not file.exists:
        fail("CLIP's vocabulary is missing: run ./miafr setup")
    ctx.symlink(file, _NAME)
    ctx.file("BUILD", "exports_files([\"%s\"])\n" % _NAME)

clip_repository = repository_rule(
    implementation = _clip_repository_impl,
    local = True,
)
