"""Draws the awkward pictures of test/fixtures/images: every colour kind and container that a shop may send.

    python test/support/clip-parity/make_images.py test/fixtures/images
"""

import sys
from pathlib import Path

import numpy as np
import pillow_avif  # noqa: F401  (registers AVIF with Pillow)
from PIL import Image, ImageDraw


def scene(width, height):
    """Not symmetric in any way, so that a wrong turn, flip, crop or channel order changes the embedding."""
    y, x = np.mgrid[0:height, 0:width]
    base = np.stack([x * 255 / width, y * 255 / height, 255 - (x + y) * 255 / (width + height)], -1)
    image = Image.fromarray(base.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse([width * 0.1, height * 0.1, width * 0.45, height * 0.5], fill=(220, 30, 40))
    draw.rectangle([width * 0.55, height * 0.2, width * 0.9, height * 0.35], fill=(20, 60, 200))
    draw.polygon([(width * 0.2, height * 0.9), (width * 0.6, height * 0.6), (width * 0.8, height * 0.95)], fill=(250, 240, 60))
    return image


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    photo = scene(320, 240)
    photo.save(folder / "rgb.jpg", quality=85)
    photo.convert("L").save(folder / "grey.jpg", quality=85)
    photo.convert("CMYK").save(folder / "cmyk.jpg", quality=85)
    grey16 = np.asarray(scene(160, 120).convert("L"), dtype=np.uint16) * 257
    Image.fromarray(grey16).save(folder / "grey-16-bit.png")
    alpha = Image.new("L", (160, 120), 0)
    draw = ImageDraw.Draw(alpha)
    draw.ellipse([10, 10, 150, 110], fill=255)
    draw.rectangle([0, 0, 40, 40], fill=96)
    clear = scene(160, 120)
    clear.putalpha(alpha)
    clear.save(folder / "transparent.png")
    turned = Image.Exif()
    turned[0x0112] = 6
    photo.save(folder / "turned.jpg", quality=85, exif=turned)
    frames = [scene(120, 160).quantize(32), Image.new("RGB", (120, 160), (0, 255, 0)).quantize(32)]
    frames[0].save(folder / "animated.gif", save_all=True, append_images=frames[1:], duration=200, loop=0)
    photo.save(folder / "lossless.webp", lossless=True)
    photo.save(folder / "photo.avif", quality=80)
    Image.new("RGB", (1, 1), (200, 60, 20)).save(folder / "one-pixel.png")
    scene(1000, 20).save(folder / "wide.png")


main(Path(sys.argv[1]))
