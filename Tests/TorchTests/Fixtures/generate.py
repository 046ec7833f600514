# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""Makes the fixtures of this folder with Python's PyTorch; ORIGIN.md says how to run it."""

import json
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent


class Network(nn.Module):
    """Each layer of the room once, with settings that are not the defaults."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 6, 3, stride=2, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Conv2d(6, 12, (3, 5), padding=(1, 2), dilation=(1, 1), groups=3, bias=False),
            nn.BatchNorm2d(12, momentum=0.2, eps=1e-3),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.AvgPool2d(2, stride=1, padding=1),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.hidden = nn.Linear(12, 7, bias=False)
        self.classifier = nn.Linear(7, 5)

    def forward(self, x):
        x = self.pool(self.features(x)).flatten(1)
        return self.classifier(self.hidden(x).relu())


def detached(tensors):
    return {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}


def network():
    """One training step's forward and backward, then evaluation with the statistics that it left."""
    torch.manual_seed(1234)
    net = Network()
    saved = {f"initial.{k}": v for k, v in detached(net.state_dict()).items()}
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(torch.rand(module.weight.shape, generator=generator) + 0.5)
                module.bias.copy_(torch.randn(module.bias.shape, generator=generator))
    saved |= {f"before.{k}": v for k, v in detached(net.state_dict()).items()}
    inputs = torch.randn(4, 2, 11, 9, generator=generator)
    targets = torch.tensor([0, 3, 4, 1])
    class_weights = torch.tensor([0.5, 1.0, 2.0, 1.5, 0.8])
    logits = net(inputs)
    loss = F.cross_entropy(logits, targets, weight=class_weights, label_smoothing=0.1)
    loss.backward()
    saved |= {"inputs": inputs, "targets": targets, "class_weights": class_weights}
    saved |= detached({"training.logits": logits, "training.loss": loss})
    saved |= detached({f"gradient.{k}": v.grad for k, v in net.named_parameters()})
    saved |= {f"after.{k}": v for k, v in detached(net.state_dict()).items()}
    net.eval()
    saved |= detached({"evaluation.logits": net(inputs), "plain.loss": F.cross_entropy(net(inputs), targets)})
    save_file(saved, HERE / "network.safetensors")


def optimizers():
    """Five steps of each optimizer over given gradients."""
    generator = torch.Generator().manual_seed(11)
    start = {"weight": torch.randn(4, 3, generator=generator), "bias": torch.randn(4, generator=generator)}
    gradients = [{k: torch.randn(v.shape, generator=generator) for k, v in start.items()} for _ in range(5)]
    saved = {f"start.{k}": v.clone() for k, v in start.items()}
    for step, gradient in enumerate(gradients):
        saved |= {f"gradient{step}.{k}": v for k, v in gradient.items()}
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
        "sgd-decay": lambda p: torch.optim.SGD(p, lr=0.05, weight_decay=0.1),
        "sgd-momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01),
        "sgd-nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, weight_decay=0.02, nesterov=True),
        "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
        "adamw-other": lambda p: torch.optim.AdamW(p, lr=0.1, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.0),
        "sgd-dampening": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.3),
        "sgd-fused": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True, fused=True),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01),
        "adam-decay": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.7, 0.9), weight_decay=0.1),
        "adam-fused": lambda p: torch.optim.Adam(p, lr=0.02, weight_decay=0.1, fused=True),
        "adamw-fused": lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.1, fused=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01),
        "rmsprop-other": lambda p: torch.optim.RMSprop(
            p, lr=0.02, alpha=0.9, eps=1e-5, weight_decay=0.1, momentum=0.8, centered=True
        ),
    }
    for name, make in makers.items():
        parameters = {k: nn.Parameter(v.clone()) for k, v in start.items()}
        optimizer = make(parameters.values())
        for step, gradient in enumerate(gradients):
            for k, parameter in parameters.items():
                parameter.grad = gradient[k].clone()
            optimizer.step()
            saved |= detached({f"{name}.{step}.{k}": v for k, v in parameters.items()})
    for name, clip in {
        "clip-norm": lambda p: nn.utils.clip_grad_norm_(p, 0.5),
        "clip-norm-loose": lambda p: nn.utils.clip_grad_norm_(p, 100),
        "clip-norm-largest": lambda p: nn.utils.clip_grad_norm_(p, 0.7, norm_type=float("inf")),
        "clip-value": lambda p: nn.utils.clip_grad_value_(p, 0.4),
    }.items():
        parameters = {k: nn.Parameter(v.clone()) for k, v in start.items()}
        for k, parameter in parameters.items():
            parameter.grad = gradients[0][k].clone()
        norm = clip(list(parameters.values()))
        if norm is not None:
            saved[f"{name}.norm"] = norm.clone()
        saved |= {f"{name}.{k}": v.grad.clone() for k, v in parameters.items()}
    save_file(saved, HERE / "optimizers.safetensors")


def warmed_up(optimizer, total):
    first = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=5)
    then = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total - 5)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [first, then], milestones=[5])


def schedules():
    """The learning rate of every step."""
    rates = {}
    for name, total, make in [
        ("one-cycle", 40, lambda o, n: torch.optim.lr_scheduler.OneCycleLR(o, 0.3, total_steps=n)),
        (
            "one-cycle-other",
            17,
            lambda o, n: torch.optim.lr_scheduler.OneCycleLR(
                o, 0.3, total_steps=n, pct_start=0.1, div_factor=10, final_div_factor=100
            ),
        ),
        ("cosine", 40, lambda o, n: torch.optim.lr_scheduler.CosineAnnealingLR(o, n, eta_min=0.03)),
        ("step", 20, lambda o, n: torch.optim.lr_scheduler.StepLR(o, 6, gamma=0.3)),
        ("warm-up", 30, warmed_up),
    ]:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3, momentum=0.9)
        schedule = make(optimizer, total)
        rates[name] = []
        for _ in range(total):
            rates[name].append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
    (HERE / "schedules.json").write_text(json.dumps(rates, indent=1) + "\n")


def operations():
    """Operations on small tensors; `a` and `b` are 2 × 3 × 4, `m` is 2 × 4 × 5."""
    generator = torch.Generator().manual_seed(5)
    a, b = (torch.randn(2, 3, 4, generator=generator) for _ in range(2))
    m = torch.randn(2, 4, 5, generator=generator)
    positive = a.abs() + 0.1
    results = {
        "add": a + b, "subtract": a - b, "multiply": a * b, "divide": a / b, "negate": -a, "absolute": a.abs(),
        "exponential": a.exp(), "logarithm": positive.log(), "square-root": positive.sqrt(), "relu": a.relu(),
        "sigmoid": a.sigmoid(), "tanh": a.tanh(), "maximum": torch.maximum(a, b), "minimum": torch.minimum(a, b),
        "add-scalar": a + 1.5, "multiply-scalar": a * -2.5, "power": positive.pow(1.7), "clamp": a.clamp(-0.5, 0.7),
        "matrix-product": a @ m, "sum": a.sum(), "sum-1": a.sum(1), "sum-kept": a.sum((0, 2), keepdim=True),
        "mean": a.mean(), "mean-last": a.mean(-1), "largest": a.amax(), "largest-0": a.amax(0),
        "argument-of-largest": a.argmax(1), "softmax": a.softmax(-1), "log-softmax": a.log_softmax(1),
        "reshape": a.reshape(4, 6), "permute": a.permute(2, 0, 1), "flatten": a.flatten(1),
        "select": a.index_select(1, torch.tensor([2, 0, 2])), "slice": a.narrow(2, 1, 2),
        "concatenate": torch.cat([a, b], 1), "pad": F.pad(a, (1, 2, 0, 1), value=0.25),
        "broadcast": a[:, :1].expand(2, 3, 4), "mean-squared-error": F.mse_loss(a, b), "to-int64": (a * 10).long(),
    }
    generator = torch.Generator().manual_seed(6)
    wide, series = a * 4, torch.randn(2, 4, 11, generator=generator)
    kernel, bias = torch.randn(6, 2, 3, generator=generator), torch.randn(6, generator=generator)
    shares, weights = torch.rand(2, 3, 4, generator=generator), torch.rand(4, generator=generator) + 0.5
    mixed = torch.rand(6, 4, generator=generator).softmax(-1)
    rows = a.reshape(6, 4)
    results |= {
        "relu6": F.relu6(wide), "hardswish": F.hardswish(wide), "hardsigmoid": F.hardsigmoid(wide),
        "silu": F.silu(wide), "gelu": F.gelu(wide),
        "conv1d": F.conv1d(series, kernel, bias, stride=2, padding=3, dilation=2, groups=2),
        "max-pool1d": F.max_pool1d(series, 3, 2, 1), "average-pool1d": F.avg_pool1d(series, 4, 3, 2),
        "adaptive-average-pool": F.adaptive_avg_pool1d(series, 3),
        "binary-cross-entropy": F.binary_cross_entropy_with_logits(wide, shares),
        "binary-cross-entropy-weighted": F.binary_cross_entropy_with_logits(
            wide, shares, weight=weights, pos_weight=weights * 2, reduction="sum"
        ),
        "cross-entropy-of-probabilities": F.cross_entropy(rows, mixed, weight=weights, label_smoothing=0.1),
        "cross-entropy-of-items": F.cross_entropy(rows, torch.tensor([0, 3, 1, 2, 2, 0]), reduction="none"),
    }
    saved = {"a": a, "b": b, "m": m, "positive": positive, "series": series, "kernel": kernel, "bias": bias}
    saved |= {"shares": shares, "weights": weights, "mixed": mixed}
    saved |= {f"result.{name}": value.clone(memory_format=torch.contiguous_format) for name, value in results.items()}
    save_file(saved, HERE / "operations.safetensors")


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    network()
    optimizers()
    schedules()
    operations()
