"""cc_library, cc_binary and cc_test which, where they name @torch, find its headers parsed: a third of the time.

With --config=no_pch nothing is parsed beforehand, so that a source which forgets to include what it uses does not compile.
"""

def _unless_no_pch(values):
    return select({"//tools/bazel:no_pch": [], "//conditions:default": values})

def _prepared(arguments):
    if "@torch" in arguments.get("deps", []):
        arguments["copts"] = _unless_no_pch(["-include", "torch_types.h"]) + arguments.get("copts", [])
        arguments["deps"] = arguments["deps"] + _unless_no_pch(["@torch//:precompiled"])
    return arguments

def cc_library(**arguments):
    native.cc_library(**_prepared(arguments))

def cc_binary(**arguments):
    native.cc_binary(**_prepared(arguments))

def cc_test(**arguments):
    native.cc_test(**_prepared(arguments))
