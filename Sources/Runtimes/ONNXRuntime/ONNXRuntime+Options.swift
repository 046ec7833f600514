// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension ONNXRuntime {
  /// How far ONNX Runtime rewrites the graph when it compiles a model.
  public enum GraphOptimization: String, Sendable, Hashable, Codable, CaseIterable {
    /// The graph as it is.
    case none
    /// Rewritings that don't depend on the processor, such as constant folding.
    case basic
    /// Also fused operators.
    case extended
    /// Also memory layouts made for this processor.
    case all
  }

  /// Whether operators that don't depend on each other may run at once.
  public enum ExecutionMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// One operator after the other.
    case sequential
    /// Several operators at once, on as many threads as ``Options/interOpThreads`` says.
    case parallel
  }

  /// What a recipe can choose.
  public struct Options: Codable, Sendable, Hashable {
    /// Threads for one operator.
    public var threads: Int
    /// Operators that run at once; only in parallel mode.
    public var interOpThreads: Int
    /// Whether operators run at once.
    public var executionMode: ExecutionMode
    /// How far the graph is rewritten.
    public var graphOptimization: GraphOptimization
    /// Whether waiting threads spin, which is faster between inferences that follow at once and burns processor time.
    public var spinning: Bool
    /// The execution provider, with or without `ExecutionProvider` at its end; `cpu` runs everything on the processor.
    public var provider: String
    /// The provider's own options, `key=value` each.
    public var providerOptions: [String]
    /// Whether the memory of all intermediate results is laid out once for each shape of the inputs.
    public var memoryPattern: Bool
    /// Whether the processor's memory is kept from one inference to the next.
    public var memoryArena: Bool
    /// Settings by ONNX Runtime's own names, `key=value` each: `session.set_denormal_as_zero=1`.
    public var settings: [String]
    /// Where the rewritten graph is written as an ONNX file; nowhere if empty.
    public var optimizedModel: String

    /// Chooses.
    public init(
      threads: Int = 1, interOpThreads: Int = 1, executionMode: ExecutionMode = .sequential,
      graphOptimization: GraphOptimization = .all, spinning: Bool = false, provider: String = "cpu",
      providerOptions: [String] = [], memoryPattern: Bool = true, memoryArena: Bool = true, settings: [String] = [],
      optimizedModel: String = ""
    ) {
      self.threads = threads
      self.interOpThreads = interOpThreads
      self.executionMode = executionMode
      self.graphOptimization = graphOptimization
      self.spinning = spinning
      self.provider = provider
      self.providerOptions = providerOptions
      self.memoryPattern = memoryPattern
      self.memoryArena = memoryArena
      self.settings = settings
      self.optimizedModel = optimizedModel
    }
  }

  public static let card = Card(
    taxonomy: "runtime.onnxruntime", version: SemanticVersion(1, 1, 0),
    summary: "ONNX Runtime", priority: 10,
    options: [
      OptionDeclaration(
        "threads", .int(minimum: 1, maximum: 1024), default: .int(1), help: "Threads for one operator."),
      OptionDeclaration(
        "interOpThreads", .int(minimum: 1, maximum: 1024), default: .int(1),
        help: "Operators that run at once; more than 1 needs the execution mode 'parallel'."),
      OptionDeclaration(
        "executionMode", .choice(ExecutionMode.allCases.map { Choice($0.rawValue) }), default: .string("sequential"),
        help: "Whether operators that don't depend on each other may run at once."),
      OptionDeclaration(
        "graphOptimization", .choice(GraphOptimization.allCases.map { Choice($0.rawValue) }), default: .string("all"),
        help: "How far the graph is rewritten when the model is compiled."),
      OptionDeclaration(
        "spinning", .bool, default: .bool(false),
        help: "Whether waiting threads spin: faster with several threads, and it burns processor time."),
      OptionDeclaration(
        "provider", .string, default: .string("cpu"),
        help: "The execution provider, such as cuda; what it can't run falls back to the processor."),
      OptionDeclaration(
        "providerOptions", .list(.string), default: .list([]), help: "The provider's own options, each key=value."),
      OptionDeclaration(
        "memoryPattern", .bool, default: .bool(true),
        help: "Whether intermediate results have places laid out once for each shape of the inputs."),
      OptionDeclaration(
        "memoryArena", .bool, default: .bool(true),
        help: "Whether the processor's memory is kept from one inference to the next."),
      OptionDeclaration(
        "settings", .list(.string), default: .list([]), help: "Settings by ONNX Runtime's own names, each key=value."),
      OptionDeclaration(
        "optimizedModel", .string, default: .string(""),
        help: "Where the rewritten graph is written as an ONNX file; nowhere if empty."),
    ], tools: ["onnxruntime"])
}

extension ONNXRuntime.Options {
  /// The provider's options as pairs.
  var providerPairs: [(key: String, value: String)] { pairs(providerOptions) }
  /// The settings as pairs.
  var settingPairs: [(key: String, value: String)] { pairs(settings) }

  private func pairs(_ texts: [String]) -> [(key: String, value: String)] {
    texts.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  /// - Throws: `GalleyError` if the options contradict each other or can't be honoured.
  func check() throws(GalleyError) {
    for (name, count) in [("threads", threads), ("interOpThreads", interOpThreads)] where count < 1 {
      throw refusal(name, "\(count) threads can't run a model", "Give 1 or more.")
    }
    if interOpThreads > 1, executionMode == .sequential {
      throw refusal(
        "interOpThreads", "\(interOpThreads) operators can't run at once in the execution mode 'sequential'",
        "Choose the execution mode 'parallel', or leave interOpThreads at 1.")
    }
    for (name, texts) in [("providerOptions", providerOptions), ("settings", settings)] {
      for text in texts where !text.contains("=") || text.hasPrefix("=") {
        throw refusal(name, "'\(text)' is not of the form key=value", nil)
      }
    }
    if ONNXRuntimeProvider(provider).isProcessor, !providerOptions.isEmpty {
      throw refusal("providerOptions", "the provider 'cpu' has no options", "Choose another provider, or no options.")
    }
  }

  private func refusal(_ name: String, _ why: String, _ remedy: String?) -> GalleyError {
    GalleyError(.configuration, "can't use ONNX Runtime", at: name, why: why, remedy: remedy)
  }
}
