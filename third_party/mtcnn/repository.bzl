"""MTCNN's weights out of the PyPI wheel facenet-pytorch that ./miafr setup unpacks into .deps/site."""

_FILES = ["pnet.pt", "rnet.pt", "onet.pt"]

def _mtcnn_repository_impl(ctx):
    data = ctx.path(Label("//:WORKSPACE")).dirname.get_child(".deps").get_child("site").get_child("facenet_pytorch").get_child("data")
    for name in _FILES:
        if not data.get_child(name).exists:
            fail("MTCNN's weights are missing: run ./miafr setup")
        ctx.symlink(data.get_child(name), name)
    ctx.file("BUILD", "filegroup(name = \"weights\", srcs = %s, visibility = [\"//visibility:public\"])\n" % _FILES)

mtcnn_repository = repository_rule(
    implementation = _mtcnn_repository_impl,
    local = True,
)
