// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Backends
internal import Bench
internal import Datasets
internal import Galley
internal import ModelOptimizers
internal import Runtimes
internal import Scenarios

extension Catalogue {
  /// Every ingredient of this program itself: the one place that names them all.
  static let builtIn = Catalogue(
    datasets: Registry([
      .init(ImageTable.self) { $0 }, .init(ImageItems.self) { $0 }, .init(ShapesDataset.self) { $0 },
      .init(DefectsDataset.self) { $0 },
    ]),
    splits: Registry([
      .init(StratifiedSplit.self) { $0 }, .init(SeededSplit.self) { $0 }, .init(GroupedSplit.self) { $0 },
      .init(StatedSplit.self) { $0 }, .init(ListedSplit.self) { $0 }, .init(SplitByFile.self) { $0 },
      .init(FilteredSplit.self) { $0 },
    ]),
    optimizers: Registry([
      .init(NoOptimizer.self) { $0 }, .init(Float16Converter.self) { $0 }, .init(Int8Quantizer.self) { $0 },
    ]),
    others: [
      ModelFileONNX.card, NoWeights.card, WeightsFile.card, SupervisedTrainer.card, ONNXExport.card,
      InterleavedMeasurement.card,
    ] + TorchArchitectures.standard.entries.map(\.card)
      + builtInRuntimeOffers.filter { $0.formats.contains(.onnx) }.map(\.card))

  /// The runtimes of this program itself that a bench can ask for.
  static let builtInRuntimeOffers = [
    RuntimeOffer(ONNXRuntime.self), RuntimeOffer(OpenVINORuntime.self), RuntimeOffer(LiteRTRuntime.self),
    RuntimeOffer(LibTorchRuntime.self),
  ]

  /// What a bench converts ONNX files with.
  static let benchOptimizers: [Precision: any ModelOptimizer] = [.fp16: Float16Converter(), .int8: Int8Quantizer()]

  /// The runtimes of this program itself that a measuring process offers.
  static let builtInRuntimes: Registry<any Runtime> = Registry([
    .init(ONNXRuntime.self) { $0 }, .init(OpenVINORuntime.self) { $0 }, .init(LiteRTRuntime.self) { $0 },
    .init(LibTorchRuntime.self) { $0 },
  ])
}
