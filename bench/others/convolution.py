"""The products of a convolution in PyTorch, for `go run ./bench`: forward, gradient of the input, gradient of the weights.

Each is measured with both orders of memory (NCHW and channels_last), for a few images and for many, and the best rate is taken.
Prints one line of JSON, rates in GFLOP/s.
"""

import argparse
import json
import statistics
import time

import torch


def work(size, inputs, outputs, kernel, stride):
    """Multiplications and additions per image, without those with the zeros around it."""
    padding = kernel // 2 if stride == 1 else 0
    taps = sum(0 <= i + u - padding < size for i in range(0, size, stride) for u in range(kernel))
    return 2 * taps * taps * inputs * outputs


def timed(call, seconds):
    call()
    end, times = time.perf_counter() + seconds, []
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def calls(shape, images, order):
    size, inputs, outputs, kernel, stride = shape
    padding, side = kernel // 2 if stride == 1 else 0, size // stride
    if stride > 1:
        size += 1  # the zeros after the last row and column
    x, w = torch.randn(images, inputs, size, size), torch.randn(outputs, inputs, kernel, kernel)
    d, bias = torch.randn(images, outputs, side, side), torch.randn(outputs)
    x, w, d = (a.to(memory_format=order) for a in (x, w, d))

    def backward(mask):
        return torch.ops.aten.convolution_backward(d, x, w, None, [stride] * 2, [padding] * 2, [1, 1], False, [0, 0], 1, mask)

    return {
        "forward": lambda: torch.conv2d(x, w, bias, stride, padding),
        "input gradient": lambda: backward([True, False, False]),
        "weight gradient": lambda: backward([False, True, False]),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--job", choices=["convolution"])
    parser.add_argument("--shape")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seconds", type=float)
    a = parser.parse_args()
    shape = tuple(int(n) for n in a.shape.split("-"))
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    times = {}  # per image
    for images in a.batch, 128:
        for order in torch.contiguous_format, torch.channels_last:
            for product, call in calls(shape, images, order).items():
                times.setdefault(product, []).append(timed(call, a.seconds / 12) / images)
    best = {product: min(t) for product, t in times.items()}
    rates = {"GFLOP/s " + product: 1e-9 * work(*shape) / t for product, t in best.items()}
    print(json.dumps({"ms": 1e3 * a.batch * sum(best.values()), **rates}))


main()
