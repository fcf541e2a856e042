# SPDX-License-Identifier: Apache-2.0
"""Writes endless.onnx: a detector that answers a black picture at once, and is at work on any other for hours.

The picture's mean decides how often its loop runs. A daemon tries a network with a black picture when it opens it, so it
hangs with the camera's first picture: what the watchdog is there for.
"""
import onnx
from onnx import TensorProto, helper

body = helper.make_graph(
    [helper.make_node("Identity", ["goes_on"], ["going_on"]), helper.make_node("Identity", ["rows_in"], ["rows_out"])],
    "body",
    [helper.make_tensor_value_info("turn", TensorProto.INT64, []), helper.make_tensor_value_info("goes_on", TensorProto.BOOL, []),
     helper.make_tensor_value_info("rows_in", TensorProto.FLOAT, [1, 1, 1, 7])],
    [helper.make_tensor_value_info("going_on", TensorProto.BOOL, []),
     helper.make_tensor_value_info("rows_out", TensorProto.FLOAT, [1, 1, 1, 7])])
graph = helper.make_graph(
    [helper.make_node("ReduceMean", ["input"], ["mean"], keepdims=0),
     helper.make_node("Mul", ["mean", "many"], ["much"]),
     helper.make_node("Cast", ["much"], ["turns"], to=TensorProto.INT64),
     helper.make_node("Loop", ["turns", "always", "rows"], ["detection_out"], body=body)],
    "endless",
    [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 32, 32])],
    [helper.make_tensor_value_info("detection_out", TensorProto.FLOAT, [1, 1, 1, 7])],
    [helper.make_tensor("many", TensorProto.FLOAT, [], [1e12]), helper.make_tensor("always", TensorProto.BOOL, [], [True]),
     helper.make_tensor("rows", TensorProto.FLOAT, [1, 1, 1, 7], [0.0] * 7)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model)
onnx.save(model, "endless.onnx")
