// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Synchronization

/// A model with open dimensions, asked about the shapes of each session before it runs.
///
/// OpenVINO's plugin for the processor reads beyond its tensors when shapes don't fit each other, so the model as it was
/// read is given the shapes first, which checks them all. If a recipe wants it, the model is compiled for these shapes
/// then: it plans its memory once, where the one with open dimensions looks at the shapes in each run.
final class OpenVINOShapes: Sendable {
  private struct State {
    let source: OpenVINOSource
    /// The shapes that the source has now.
    var shapes: [[Int]]?
    var compiled: [[[Int]]: OpenVINOCompiled] = [:]
  }

  private let state: Mutex<State>
  private let openInputs: [Int]
  private let general: OpenVINOCompiled
  private let properties: OpenVINOProperties?
  private let library: OpenVINOLibrary

  /// - Parameters:
  ///   - openInputs: the inputs that have open dimensions.
  ///   - general: the model compiled with its dimensions open.
  ///   - properties: how to compile it for fixed shapes; `nil` to use `general` for all.
  init(
    _ source: OpenVINOSource, openInputs: [Int], _ general: OpenVINOCompiled, fixing properties: OpenVINOProperties?,
    _ library: OpenVINOLibrary
  ) {
    state = Mutex(State(source: source))
    self.openInputs = openInputs
    self.general = general
    self.properties = properties
    self.library = library
  }

  /// The compiled model for sessions over these shapes.
  /// - Parameter shapes: one for each input, each within the input's bounds.
  /// - Throws: `GalleyError` in OpenVINO's words if the shapes don't fit each other.
  func compiled(for shapes: [[Int]]) throws(GalleyError) -> OpenVINOCompiled {
    try state.withLock { (state: inout State) throws(GalleyError) in
      if let compiled = state.compiled[shapes] { return compiled }
      if state.shapes != shapes {
        state.shapes = nil
        try state.source.reshape(openInputs, openInputs.map { shapes[$0] })
        state.shapes = shapes
      }
      guard let properties else { return general }
      let handle = try properties.compile(state.source.model, at: state.source.path, library)
      let compiled = OpenVINOCompiled(handle, library)
      state.compiled[shapes] = compiled
      return compiled
    }
  }
}
