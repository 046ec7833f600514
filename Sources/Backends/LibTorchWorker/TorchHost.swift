// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
internal import Galley
internal import NativeLibraries
internal import ONNX
internal import Synchronization
internal import Tensors
internal import Torch

/// LibTorch, opened when it is first needed, and the architectures that it can train.
final class TorchHost: Sendable {
  /// The networks that can be named in a request.
  static let architectures = TorchArchitectures.standard

  private let locator: NativeLibraryLocator
  /// Held while LibTorch is opened, so that it is opened once.
  private let opened = Mutex<TorchLibrary?>(nil)

  init(_ locator: NativeLibraryLocator) { self.locator = locator }

  /// LibTorch.
  /// - Throws: `GalleyError` that says where it was looked for.
  func library() throws -> TorchLibrary {
    try opened.withLock { library in
      if let library { return library }
      TorchLibrary.keepFreedMemory()
      let fresh = try TorchHost.explaining("open LibTorch") { try TorchLibrary.open(locator) }
      library = fresh
      return fresh
    }
  }

  /// The network of this name.
  static func architecture(
    _ choice: IngredientChoice
  ) throws -> (card: Card, complete: IngredientChoice, made: any TorchArchitecture) {
    guard let entry = architectures.entry(named: choice.name) else {
      let names = architectures.entries.map(\.card.name)
      let guess = NearestName.match(choice.name, in: names).map { "; did you mean \($0)?" } ?? ""
      throw GalleyError(
        .configuration, "can't use the architecture '\(choice.name)'",
        why: "LibTorch's worker has \(names.joined(separator: ", "))\(guess)",
        remedy: "Choose one of them in the recipe.")
    }
    return (entry.card, try choice.completed(by: entry.card), try entry.make(choice))
  }

  /// Runs `body` and turns the errors of the rooms below into one for people.
  static func explaining<Result>(_ task: String, at place: String? = nil, _ body: () throws -> Result) throws -> Result
  {
    do {
      return try body()
    } catch let error as GalleyError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      throw explain(error, task, place)
    }
  }

  private static func explain(_ error: any Error, _ task: String, _ place: String?) -> GalleyError {
    let what = "can't \(task)"
    switch error {
    case let error as TorchError:
      let code: ExitCode =
        switch error.code {
        case .wrongABI: .unavailable
        case .outOfMemory: .tryAgain
        case .stateMismatch: .badData
        default: .software
        }
      return GalleyError(code, what, at: place, why: "\(error.what): \(error.reason)", remedy: sentence(error.remedy))
    case let error as NativeLibraryError:
      return GalleyError(
        .unavailable, what, at: error.path ?? place, why: "\(error.failure): \(error.reason)",
        remedy: sentence(error.advice))
    case let error as FileError where error.operation == .read:
      return GalleyError(.missingInput, what, at: error.path, why: error.reason)
    case let error as FileError:
      return GalleyError(writing: error, what)
    case let error as ONNXError:
      return GalleyError(.software, what, at: place, why: "\(error)")
    default:
      return GalleyError(.software, what, at: place, why: "\(error)")
    }
  }

  private static func sentence(_ clause: String) -> String {
    clause.prefix(1).uppercased() + clause.dropFirst() + (clause.hasSuffix(".") ? "" : ".")
  }
}
