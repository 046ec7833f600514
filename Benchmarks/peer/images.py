# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
#
# Times decoding, resizing to 224 and normalizing of camera-size JPEGs: Galley's image-bench on two threads beside
# torchvision's DataLoader with two worker processes, in turns, on the same two cores. The DataLoader is tried in several
# configurations (decoder, resizing on uint8, batch size, prefetching) and the fastest is the peer.
#
#     images.py IMAGE-BENCH FOLDER [TURNS]
#
# It makes the photographs in FOLDER if there are none.

import json
import statistics
import subprocess
import sys
import time
import types
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

if not torch.cuda.is_available():
    # It describes compiled operators, which PyPI's wheel lacks beside a CPU build of PyTorch, and which aren't used here.
    sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
from torchvision.transforms import v2  # noqa: E402
from torchvision.transforms.v2 import functional as F  # noqa: E402

try:
    from torchvision.io import ImageReadMode, decode_jpeg
    decode_jpeg(torch.frombuffer(bytearray(b"\xff\xd8"), dtype=torch.uint8))
except RuntimeError as error:
    has_decoder = "extension" not in str(error)
except ImportError:
    has_decoder = False


def photograph(width, height, seed):
    """Smooth noise of several sizes and the noise of a sensor, which compress as photographs do."""
    random = np.random.default_rng(seed)
    sum_ = random.normal(128, 2.5, (height, width, 3)).astype(np.float32)
    for size in (8, 32, 128, 512):
        small = random.normal(0, 1, (height // size + 2, width // size + 2, 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(small[:, :, channel]).resize((width, height), Image.Resampling.BICUBIC)
            sum_[:, :, channel] += np.asarray(layer) * size ** 0.5 * 2.2
    return Image.fromarray(np.clip(sum_, 0, 255).astype(np.uint8))


def photographs(folder, count=24, sides=(4032, 3024)):
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        path = folder / f"{index:02}.jpg"
        if not path.exists():
            size = sides[::-1] if index % 4 == 0 else sides
            photograph(*size, index).save(path, quality=92, subsampling=2 if index % 2 else 1)
    return sorted(folder.glob("*.jpg"))


class Photographs(Dataset):
    """Images that are ready for a network, with the classes if there are any."""

    def __init__(self, paths, decoder, side=224, classes=None):
        self.paths, self.decoder, self.size, self.classes = paths, decoder, [side, side], classes

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        pixels = self.pixels(index)
        return pixels if self.classes is None else (pixels, self.classes[index])

    def pixels(self, index):
        if self.decoder == "torchvision":
            data = torch.from_numpy(np.fromfile(self.paths[index], dtype=np.uint8))
            pixels = decode_jpeg(data, mode=ImageReadMode.RGB)
        else:
            image = Image.open(self.paths[index])
            if self.decoder == "pillow-resize":
                image = image.convert("RGB").resize(self.size, Image.Resampling.BILINEAR)
                pixels = F.pil_to_tensor(image)
            else:
                # HWC memory seen as CHW: the layout that torch's vectorised resizing is made for.
                pixels = torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)
        pixels = F.resize(pixels, self.size, v2.InterpolationMode.BILINEAR, antialias=True)
        pixels = F.to_dtype(pixels, torch.float32, scale=True)
        return F.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


def loader(paths, decoder, batch, prefetch, side=224, classes=None):
    return DataLoader(
        Photographs(paths, decoder, side, classes), batch_size=batch, shuffle=classes is not None, num_workers=2, prefetch_factor=prefetch,
        persistent_workers=True, worker_init_fn=lambda _: torch.set_num_threads(1))


def once(loader):
    start = time.perf_counter()
    for _ in loader:
        pass
    return time.perf_counter() - start


def galley(program, folder, *options):
    output = subprocess.run([program, folder, "2", *options], check=True, capture_output=True, text=True).stdout
    return float(output.splitlines()[-1].split()[1])


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    turns = int(sys.argv[3]) if len(sys.argv) > 3 else 9
    paths = photographs(folder)
    decoders = (["torchvision"] if has_decoder else []) + ["pillow", "pillow-resize"]
    configurations = {}
    for decoder in decoders:
        for batch, prefetch in ((1, 4), (4, 2), (12, 1)):
            candidate = loader(paths, decoder, batch, prefetch)
            once(candidate)
            configurations[decoder, batch, prefetch] = (min(once(candidate) for _ in range(3)), candidate)
            print(f"  {decoder}, batch {batch}, prefetch {prefetch}: {configurations[decoder, batch, prefetch][0]:.3f} s",
                  file=sys.stderr)
    best = min(configurations, key=lambda key: configurations[key][0])
    peer = configurations[best][1]
    for key in list(configurations):
        if key != best:
            del configurations[key]
    pairs = []
    for _ in range(turns):
        pairs.append((once(peer), galley(program, folder), galley(program, folder, "reduced")))
    full = statistics.median(theirs / ours for theirs, ours, _ in pairs)
    reduced = statistics.median(theirs / ours for theirs, _, ours in pairs)
    count = len(paths)
    print(json.dumps({
        "peer": "DataLoader, {} decoder, batch {}, prefetch {}".format(*best), "torchvisionDecoder": has_decoder,
        "photographs": count, "turns": turns,
        "peerPerSecond": count / statistics.median(pair[0] for pair in pairs),
        "galleyPerSecond": count / statistics.median(pair[1] for pair in pairs),
        "galleyReducedPerSecond": count / statistics.median(pair[2] for pair in pairs),
        "speed": full, "speedReduced": reduced, "bounds": {"speed": 0.97, "speedReduced": 2}}, indent=2))
    sys.exit(0 if full >= 0.97 and reduced >= 2 else 1)


if __name__ == "__main__":
    main()
