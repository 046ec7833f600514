// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Galley
internal import Pickles

/// Why a checkpoint isn't read.
struct CheckpointProblem: Error {
  var why: String
  var remedy: String?
  /// Whether a pickle ends before it is complete.
  var isCut = false

  init(_ why: String, remedy: String? = nil) {
    self.why = why
    self.remedy = remedy
  }

  init(_ problem: PickleProblem, in part: String) {
    why = "byte \(problem.offset) of \(part): \(problem.message)"
    isCut = problem.isCut
    if problem.isRefused { remedy = Self.saveWeights }
  }

  init(_ problem: ArchiveProblem) { why = "the archive is damaged: \(problem)" }

  /// What to do with a file that holds more than weights.
  static let saveWeights =
    "Where you trust the file, load it in Python and save the weights alone: torch.save(model.state_dict(), path), or "
    + "safetensors.torch.save_file."

  func galleyError(at file: String) -> GalleyError {
    GalleyError(.badData, "can't read the checkpoint", at: file, why: why, remedy: remedy)
  }
}
