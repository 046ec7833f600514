# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Small data sets in the layouts that torchvision reads, and what it reads.

usage: torchvision_peer.py FOLDER

Writes folders, CIFAR-10 and CIFAR-100 (for Python and binary) and Oxford-IIIT Pets below FOLDER; prints for each the
classes, and for each image its class and the SHA-256 of its pixels.
"""

import hashlib
import json
import os
import pickle
import sys
import types

import numpy
from PIL import Image

# PyPI's torchvision is built for CUDA and finds none of its operators beside the CPU build of torch. Its data sets need
# none; what describes the operators to torch is left out.
sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")

from torchvision import datasets  # noqa: E402

random = numpy.random.default_rng(3)


def pixels(*shape):
    return random.integers(0, 256, shape).astype(numpy.uint8)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def digest(image):
    return hashlib.sha256(numpy.asarray(image).tobytes()).hexdigest()


def folders(root):
    for index, name in enumerate(["cat/1.png", "cat/b/2.png", "Dog/3.png", "dog/4.png", "ä/5.png"]):
        if "/b/" in name:
            continue
        os.makedirs(os.path.dirname(f"{root}/{name}"), exist_ok=True)
        Image.fromarray(pixels(6 + index, 8, 3)).save(f"{root}/{name}")
    read = datasets.ImageFolder(root)
    return {
        "classes": read.classes,
        "items": [[os.path.relpath(path, root), label, digest(Image.open(path))] for path, label in read.samples],
    }


def cifar(root, protocol, hundred):
    kind = datasets.CIFAR100 if hundred else datasets.CIFAR10
    names = [f"class{index}" for index in range(100 if hundred else 10)]
    files = ["train", "test"] if hundred else [f"data_batch_{index}" for index in range(1, 6)] + ["test_batch"]
    base = f"{root}/{kind.base_folder}"
    sums = {}
    for file in files:
        data = pixels(4, 3072)
        labels = [int(label) for label in random.integers(0, len(names), 4)]
        batch = {"batch_label": file, "data": data, "filenames": [f"{file}_{index}.png" for index in range(4)]}
        batch["fine_labels" if hundred else "labels"] = labels
        if hundred:
            batch["coarse_labels"] = [label // 5 for label in labels]
        write(f"{base}/{file}", pickle.dumps(batch, protocol=protocol))
        head = [bytes([label // 5, label]) if hundred else bytes([label]) for label in labels]
        write(f"{root}/binary/{file}.bin", b"".join(head[index] + data[index].tobytes() for index in range(4)))
        sums[file] = hashlib.md5(open(f"{base}/{file}", "rb").read()).hexdigest()
    key = "fine_label_names" if hundred else "label_names"
    meta = "meta" if hundred else "batches.meta"
    write(f"{base}/{meta}", pickle.dumps({key: names}, protocol=protocol))
    lines = "\n".join(names) + "\n"
    write(f"{root}/binary/" + ("fine_label_names.txt" if hundred else "batches.meta.txt"), lines.encode())
    total = hashlib.md5(open(f"{base}/{meta}", "rb").read()).hexdigest()

    class Small(kind):
        train_list = [[file, sums[file]] for file in files[:-1]]
        test_list = [[files[-1], sums[files[-1]]]]
        meta = {"filename": "meta" if hundred else "batches.meta", "key": key, "md5": total}

    result = {"classes": names, "items": []}
    for train in [True, False]:
        read = Small(root, train=train)
        assert read.classes == names
        result["items"] += [["train" if train else "test", label, digest(image)] for image, label in read]
    return result


def pets(root):
    base = f"{root}/oxford-iiit-pet"
    breeds = ["Abyssinian", "american_bulldog", "yorkshire_terrier"]
    os.makedirs(f"{base}/images")
    os.makedirs(f"{base}/annotations/trimaps")
    for split in ["trainval", "test"]:
        lines = ""
        for number, breed in enumerate(breeds):
            stem = f"{breed}_{1 if split == 'test' else 2}"
            Image.fromarray(pixels(10, 12, 3)).save(f"{base}/images/{stem}.jpg")
            Image.fromarray(pixels(10, 12)).save(f"{base}/annotations/trimaps/{stem}.png")
            lines += f"{stem} {number + 1} {1 if number == 0 else 2} {number + 1}\n"
        write(f"{base}/annotations/{split}.txt", lines.encode())
    result = {"items": []}
    for split in ["trainval", "test"]:
        read = datasets.OxfordIIITPet(root, split=split, target_types="category")
        result["classes"] = read.classes
        for path, label in zip(read._images, read._labels):
            result["items"].append([f"{split}:{os.path.basename(path)}", label, ""])
    return result


def main():
    root = sys.argv[1]
    result = {"folders": folders(f"{root}/folders")}
    for protocol in [2, 4]:
        for hundred in [False, True]:
            name = f"cifar{'100' if hundred else '10'}-{protocol}"
            result[name] = cifar(f"{root}/{name}", protocol, hundred)
    result["pets"] = pets(f"{root}/pets")
    json.dump(result, sys.stdout)


main()
