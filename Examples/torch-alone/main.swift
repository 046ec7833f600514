// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

// A network of one's own, trained with the room Torch alone: two spirals that a straight line can't part.
//
//     swift run torch-alone [spirals.onnx]
//
// prints the loss on the way and the share of points that are told apart rightly, and writes the ONNX file if it is named.

import Foundation
import ONNX
import Torch

/// Two hidden layers. A module asks its scope for its parameters; `forward` both computes and, when it is traced, writes
/// the ONNX graph.
struct SpiralNet: Module {
  private var layers: Sequential

  init(in scope: Scope) throws {
    layers = Sequential(in: scope["layers"])
    try layers.append { try Linear(2, 32, in: $0) }
    layers.append { Elementwise(.tanh, in: $0) }
    try layers.append { try Linear(32, 32, in: $0) }
    layers.append { Elementwise(.tanh, in: $0) }
    try layers.append { try Linear(32, 2, in: $0) }
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation { try layers.forward(input, mode) }
}

/// Points on two arms that wind around each other, with the arm that each belongs to.
func spirals(_ count: Int, in library: TorchLibrary) throws -> (points: TorchTensor, arms: TorchTensor) {
  var (points, arms): ([Float], [Int64]) = ([], [])
  for index in 0..<count {
    let (arm, radius) = (index % 2, Float(index) / Float(count))
    let angle = radius * 8 + Float(arm) * .pi
    points += [radius * cos(angle), radius * sin(angle)]
    arms.append(Int64(arm))
  }
  return (
    try TorchTensor(points, shape: [count, 2], in: library), try TorchTensor(arms, shape: [count], in: library)
  )
}

let library = try TorchLibrary.open()
try library.setThreadCount(1)
let state = ModuleState(library: library)
let network = try library.withSeed(1) { try SpiralNet(in: state.root) }
let (points, arms) = try spirals(200, in: library)

let steps = 400
let optimizer = try AdamW(
  ParameterGroup.sparingVectors(state.parameters, weightDecay: 0.01), learningRate: 0)
for step in 0..<steps {
  optimizer.learningRate = LearningRateSchedule.oneCycle.rate(step: step, of: steps, peak: 0.02)
  try optimizer.clearGradients()
  let loss = try network(points, .training).crossEntropy(targets: arms)
  try loss.backward()
  try GradientClipping.norm(1).apply(to: state.parameters)
  try optimizer.step()
  if step % 100 == 99 { print("step \(step + 1): loss \(String(format: "%.4f", try loss.item()))") }
}

let hits = try library.withoutGradients {
  try network(points, .evaluation).argumentOfLargest(along: 1).isEqual(to: arms).sum().item()
}
print("right: \(Int(hits)) of 200")

if CommandLine.arguments.count > 1 {
  let file = URL(filePath: CommandLine.arguments[1])
  try network.exportONNX(inputShape: [2], in: library).write(to: file)
  print("written: \(file.lastPathComponent)")
}
