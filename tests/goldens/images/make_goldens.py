"""Small synthetic pictures in every format and kind that is read, and what Pillow makes of them: make_goldens.py ASTRONAUT.

Writes into its own folder: one file for each picture and expected.safetensors, [H,W,3] uint8 under the file's name.
Expected is Pillow's own reading, upright, transparent parts over white, 16 bits divided by 257; where Pillow does
otherwise, or cannot, it follows from the numbers that were written.
"""
import pathlib
import struct
import sys
import zlib

import numpy
from PIL import Image, ImageOps, TiffImagePlugin
from safetensors.numpy import save_file

FOLDER = pathlib.Path(__file__).parent
W, H = 24, 16
y, x = numpy.mgrid[0:H, 0:W]
RGB = numpy.stack([x * 255 // (W - 1), y * 255 // (H - 1), (x + y) * 3 + 40], 2).astype(numpy.uint8)
RGB[2:6, 3:9] = (250, 20, 30)  # no picture looks like itself turned or mirrored
ALPHA = numpy.where(x < 8, 0, numpy.where(x < 16, 128, 255)).astype(numpy.uint8)
GREY = RGB[:, :, 0] // 2 + RGB[:, :, 1] // 2
DEEP = (RGB.astype(numpy.uint16) * 251 + x[:, :, None] * 7).astype(numpy.uint16)
expected = {}


def white(rgb, alpha):
    a = alpha[:, :, None].astype(numpy.float64) / 255
    return numpy.rint(rgb * a + 255 * (1 - a)).astype(numpy.uint8)


def as_rgb(array):
    return numpy.repeat(array[:, :, None], 3, 2) if array.ndim == 2 else array


def keep(name, truth=None):
    """`truth` where the pixels are known; else Pillow's reading."""
    if truth is None:
        truth = numpy.asarray(ImageOps.exif_transpose(Image.open(FOLDER / name)).convert("RGB"))
    expected[name] = numpy.ascontiguousarray(as_rgb(truth))


def save(name, array, truth=None, mode=None, **options):
    image = Image.fromarray(array)
    if mode:
        image = image.convert(mode)
    image.save(FOLDER / name, **options)
    keep(name, truth)


def exif(orientation):
    block = Image.Exif()
    block[0x0112] = orientation
    return block.tobytes()


def png(name, depth, colour, rows, truth, interlaced=0):
    """A PNG of a kind that Pillow does not write."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    data = b"".join(b"\0" + row for row in rows)
    (FOLDER / name).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, depth, colour, 0, 0, interlaced))
                                + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))
    keep(name, truth)


def deep_truth(array):
    return ((array.astype(numpy.int64) + 128) // 257).astype(numpy.uint8)


def jpegs():
    save("rgb.jpg", RGB, quality=90)
    save("subsampled.jpg", RGB, quality=75, subsampling=2)
    save("progressive.jpg", RGB, quality=90, progressive=True)
    save("grey.jpg", GREY, quality=90)
    save("cmyk.jpg", RGB, mode="CMYK", quality=90)
    for orientation in range(1, 9):
        save(f"exif{orientation}.jpg", RGB, quality=90, exif=exif(orientation))


def pngs():
    save("rgb.png", RGB, RGB)
    save("grey.png", GREY, GREY)
    save("palette.png", RGB, mode="P")
    save("alpha.png", numpy.dstack([RGB, ALPHA]), white(RGB, ALPHA))
    save("grey_alpha.png", numpy.dstack([GREY, ALPHA]), white(as_rgb(GREY), ALPHA))
    save("exif6.png", RGB, exif=exif(6))
    png("rgb16.png", 16, 2, [row.astype(">u2").tobytes() for row in DEEP], deep_truth(DEEP))
    png("grey16.png", 16, 0, [row.astype(">u2").tobytes() for row in DEEP[:, :, 0]], deep_truth(DEEP[:, :, 0]))
    passes = [(0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1)]
    rows = [row.tobytes() for top, down, left, right in passes for row in RGB[top::down, left::right]]
    png("interlaced.png", 8, 2, rows, RGB, interlaced=1)
    bits = (GREY > 100).astype(numpy.uint8)
    png("grey1.png", 1, 0, [numpy.packbits(row).tobytes() for row in bits], bits * 255)


def others():
    save("lossless.webp", RGB, RGB, lossless=True)
    save("lossy.webp", RGB, quality=90)
    save("alpha.webp", numpy.dstack([RGB, ALPHA]), white(RGB, ALPHA), lossless=True, exact=True)
    save("exif8.webp", RGB, lossless=True, exif=exif(8))
    save("plain.tif", RGB, RGB)
    save("lzw.tif", RGB, RGB, compression="tiff_lzw")
    save("jpeg.tif", RGB, compression="jpeg")
    save("grey.tif", GREY, GREY)
    save("cmyk.tif", RGB, mode="CMYK")
    save("alpha.tif", numpy.dstack([RGB, ALPHA]), white(RGB, ALPHA))
    save("grey_alpha.tif", numpy.dstack([GREY, ALPHA]), white(as_rgb(GREY), ALPHA))
    save("grey16.tif", DEEP[:, :, 0], (DEEP[:, :, 0] >> 8).astype(numpy.uint8))  # libtiff takes the high byte
    for orientation in (3, 5, 6, 8):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[0x0112] = orientation
        save(f"orientation{orientation}.tif", RGB, tiffinfo=tags)
    save("rgb.bmp", RGB, RGB)
    save("palette.bmp", RGB, mode="P")
    save("grey.bmp", GREY, GREY)
    save("rgb.ppm", RGB, RGB)
    save("grey.pgm", GREY, GREY)
    (FOLDER / "rgb16.ppm").write_bytes(b"P6 # 16 bits\n%d %d\n65535\n" % (W, H) + DEEP.astype(">u2").tobytes())
    keep("rgb16.ppm", deep_truth(DEEP))


def hash_of(path):
    small = Image.open(path).convert("RGB").resize((9, 8), Image.BICUBIC)
    values = numpy.asarray(small.convert("L")).astype(int)
    bits = (values[:, 1:] > values[:, :-1]).flatten()
    return sum(1 << (63 - i) for i, bit in enumerate(bits) if bit)


jpegs()
pngs()
others()
save_file(expected, FOLDER / "expected.safetensors")
for name in ("rgb.png", "grey.jpg"):
    print(name, hex(hash_of(FOLDER / name)))
if len(sys.argv) > 1:
    print("astronaut", hex(hash_of(sys.argv[1])))
