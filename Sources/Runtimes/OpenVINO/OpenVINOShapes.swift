// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Synchronization

/// A model with open dimensions, compiled for each combination of shapes that sessions ask for.
///
/// A compiled model with fixed shapes plans its memory once; one with open dimensions looks at the shapes in each run.
final class OpenVINOShapes: Sendable {
  private struct State {
    let source: OpenVINOSource
    var compiled: [[[Int]]: OpenVINOCompiled] = [:]
  }

  private let state: Mutex<State>
  private let properties: OpenVINOProperties
  private let library: OpenVINOLibrary

  init(_ source: OpenVINOSource, _ properties: OpenVINOProperties, _ library: OpenVINOLibrary) {
    state = Mutex(State(source: source))
    self.properties = properties
    self.library = library
  }

  /// The model compiled for these shapes of its inputs.
  func compiled(for shapes: [[Int]]) throws(GalleyError) -> OpenVINOCompiled {
    try state.withLock { (state: inout State) throws(GalleyError) in
      if let compiled = state.compiled[shapes] { return compiled }
      try state.source.reshape(shapes)
      let handle = try properties.compile(state.source.model, at: state.source.path, library)
      let compiled = try OpenVINOCompiled(handle, library)
      state.compiled[shapes] = compiled
      return compiled
    }
  }
}
