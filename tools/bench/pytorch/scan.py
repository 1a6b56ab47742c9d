"""Mamba's selective scan as a differentiable function of PyTorch on the CPU, computed by scan.cpp, which is compiled on import."""

import ctypes
import os
import subprocess
import tempfile

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
FLAGS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]
INPUTS = ("u", "delta", "A", "B", "C", "D", "bias")


def compiled():
    with tempfile.TemporaryDirectory() as folder:
        library = os.path.join(folder, "scan.so")
        compiler = os.environ.get("CXX", "c++")
        subprocess.run([compiler, *FLAGS, os.path.join(HERE, "scan.cpp"), "-o", library], check=True)
        return ctypes.CDLL(library)


LIBRARY = compiled()


class Scan(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in INPUTS]
    _fields_ += [(name, ctypes.c_int) for name in ("directions", "channels", "steps")]


class Gradients(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in INPUTS]


def describe(tensors, directions):
    return Scan(*(x.data_ptr() for x in tensors), directions, tensors[0].shape[1], tensors[0].shape[2])


class SelectiveScan(torch.autograd.Function):
    """u, delta (b·k, d, l); A (k, d, n); B, C (b·k, l, n); D, bias (k, d): to y (b·k, d, l). Softplus of delta + bias inside."""

    @staticmethod
    def forward(ctx, *tensors):
        tensors = [x.contiguous() for x in tensors]
        ctx.save_for_backward(*tensors)
        y = torch.empty_like(tensors[0])
        scan = describe(tensors, tensors[2].shape[0])
        LIBRARY.scan_forward(ctypes.byref(scan), y.shape[0], ctypes.c_void_p(y.data_ptr()))
        return y

    @staticmethod
    def backward(ctx, dy):
        tensors = ctx.saved_tensors
        u, _, A, B, C, D, _ = tensors
        directions, groups, dy = A.shape[0], u.shape[0], dy.contiguous()
        each = u.shape[:2]
        grads = [torch.empty_like(u), torch.empty_like(u), u.new_empty(*each, A.shape[2])]
        grads += [torch.zeros_like(B), torch.zeros_like(C), u.new_empty(each), u.new_empty(each)]
        scan, out = describe(tensors, directions), Gradients(*(x.data_ptr() for x in grads))
        LIBRARY.scan_backward(ctypes.byref(scan), groups, ctypes.c_void_p(dy.data_ptr()), ctypes.byref(out))
        for i in (2, 5, 6):
            grads[i] = grads[i].unflatten(0, (-1, directions)).sum(0)
        return tuple(grads)
