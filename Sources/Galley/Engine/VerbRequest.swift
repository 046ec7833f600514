// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a backend is asked to do: everything is resolved, nothing is left to choose.
public struct VerbRequest: Sendable, Hashable, Codable {
  /// The work, with its options.
  public var work: Work
  /// The model.
  public var model: ModelReference
  /// The items; for predictions those without a subset.
  public var data: DataReference
  /// What the model is for.
  public var task: EngineTask
  /// How an item becomes the model's input.
  public var preprocessing: Preprocessing
  /// The classes' names, in the order of the model's scores.
  public var labels: [String]
  /// Options of the backend's own, complete.
  public var backendOptions: [String: ConfigurationValue]
  /// The folder for everything that the backend writes; it exists.
  public var folder: String

  /// A verb with its options.
  public enum Work: Sendable, Hashable, Codable {
    case train(TrainOptions)
    case validate(EvaluateOptions)
    case test(EvaluateOptions)
    case predict(PredictOptions)
    case export(ExportOptions)
    case bench(BenchOptions)

    /// The verb.
    public var verb: EngineVerb {
      switch self {
      case .train: .train
      case .validate: .validate
      case .test: .test
      case .predict: .predict
      case .export: .export
      case .bench: .bench
      }
    }

    /// The verb's options.
    public var options: any VerbOptions {
      switch self {
      case .train(let options): options
      case .validate(let options), .test(let options): options
      case .predict(let options): options
      case .export(let options): options
      case .bench(let options): options
      }
    }
  }

  /// Creates a request.
  public init(
    _ work: Work, model: ModelReference, data: DataReference, task: EngineTask, preprocessing: Preprocessing,
    labels: [String], backendOptions: [String: ConfigurationValue] = [:], folder: String
  ) {
    self.work = work
    self.model = model
    self.data = data
    self.task = task
    self.preprocessing = preprocessing
    self.labels = labels
    self.backendOptions = backendOptions
    self.folder = folder
  }
}

/// What a backend's work gave. Files lie in the request's folder.
public struct VerbResult: Sendable, Hashable, Codable {
  /// How it ended: `succeeded`, or `partial` if items failed; other ends are thrown.
  public var status: RunStatus
  /// The files that were made, by what they are: "checkpoint", "last", "model", "card", "certificate", "predictions".
  public var files: [String: ProducedFile]
  /// Figures by name, such as the best epoch's; a whole evaluation lies in the file "evaluation".
  public var figures: [String: Double]
  /// Items that gave a result, and items that failed or were skipped.
  public var itemCounts: ItemCounts
  /// Versions of what did the work, by name: "libtorch".
  public var tools: [String: String]
  /// What the user should know, in sentences.
  public var notes: [String]

  /// A file that was made.
  public struct ProducedFile: Sendable, Hashable, Codable {
    /// Where it lies.
    public var path: String
    /// SHA-256 of its bytes.
    public var digest: Digest
    /// Its size in bytes.
    public var byteCount: Int

    /// Describes a file.
    public init(path: String, digest: Digest, byteCount: Int) {
      self.path = path
      self.digest = digest
      self.byteCount = byteCount
    }
  }

  /// What became of the items.
  public struct ItemCounts: Sendable, Hashable, Codable {
    public var ok: Int
    public var failed: Int
    public var skipped: Int

    /// Counts items.
    public init(ok: Int = 0, failed: Int = 0, skipped: Int = 0) {
      self.ok = ok
      self.failed = failed
      self.skipped = skipped
    }
  }

  /// Creates a result.
  public init(
    status: RunStatus, files: [String: ProducedFile] = [:], figures: [String: Double] = [:],
    itemCounts: ItemCounts = ItemCounts(), tools: [String: String] = [:], notes: [String] = []
  ) {
    self.status = status
    self.files = files
    self.figures = figures
    self.itemCounts = itemCounts
    self.tools = tools
    self.notes = notes
  }
}
