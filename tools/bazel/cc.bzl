"""cc_library, cc_binary and cc_test which, where they name @torch, find its headers parsed: a third of the time."""

def _prepared(arguments):
    if "@torch" in arguments.get("deps", []):
        arguments["copts"] = ["-include", "torch_types.h"] + arguments.get("copts", [])
        arguments["deps"] = arguments["deps"] + ["@torch//:precompiled"]
    return arguments

def cc_library(**arguments):
    native.cc_library(**_prepared(arguments))

def cc_binary(**arguments):
    native.cc_binary(**_prepared(arguments))

def cc_test(**arguments):
    native.cc_test(**_prepared(arguments))
