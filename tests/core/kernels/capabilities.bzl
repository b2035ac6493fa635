"""Processors to test on: this one, and one without AVX-512, which runs other code of what is written by hand."""

CAPABILITIES = {
    "": {},
    "_avx2": {"ATEN_CPU_CAPABILITY": "avx2"},
}
