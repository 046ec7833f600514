// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension TrainOptions {
  /// The options with every value chosen that may be left to the plan, and what was chosen with the reasons.
  ///
  /// Pure: equal options and facts give equal values. What means "none" stays `nil`.
  public func resolved(for facts: TrainingFacts) -> (TrainOptions, [PlannedValue]) {
    var plan = TrainingPlan(options: self, facts: facts)
    plan.chooseDevice()
    plan.chooseBatchSize()
    plan.chooseEpochs()
    plan.chooseLearningRate()
    plan.chooseThreads()
    plan.chooseWorkers()
    plan.chooseInputSize()
    return (plan.options, plan.values)
  }
}

/// Options on their way to being complete.
private struct TrainingPlan {
  var options: TrainOptions
  let facts: TrainingFacts
  var values: [PlannedValue] = []

  private mutating func note(_ option: String, _ value: ConfigurationValue, _ reason: String) {
    values.append(PlannedValue(option, value, reason: reason))
  }

  mutating func chooseDevice() {
    guard options.device == .auto else { return }
    options.device = facts.hasCUDA ? .cuda : .cpu
    note(
      "device", .string(options.device.rawValue),
      facts.hasCUDA ? "a CUDA device is there" : "the backend has no CUDA device here")
  }

  mutating func chooseBatchSize() {
    guard options.batchSize == nil else { return }
    let usual = 32
    // At least four changes of the weights in an epoch, so that normalisations and the optimizer see variety.
    let bySteps = Self.powerOfTwo(atMost: max(2, facts.items / 4))
    let byMemory = Self.powerOfTwo(atMost: max(2, batchThatFits))
    let size = min(usual, bySteps, byMemory)
    options.batchSize = size
    let reason =
      switch size {
      case usual: "what most training begins with"
      case bySteps: "an epoch of \(facts.items) items then has at least 4 steps"
      default: "more items of \(facts.inputShape) may not fit into half of the memory"
      }
    note("batchSize", .int(size), reason)
  }

  /// Items whose training fits into half of the memory. A network keeps about 170 times its input for the backward
  /// pass: ResNet-50's published activation count is 11.1 million for an input of 150,528 (Radosavovic et al., 2020,
  /// "Designing network design spaces", table of models), and a layer's normalisation and activation keep their own.
  private var batchThatFits: Int {
    let fixed = 16 * (facts.parameterCount ?? 0)
    let perItem = 170 * 4 * max(1, facts.inputElements)
    return max(0, facts.memoryBytes / 2 - fixed) / perItem
  }

  mutating func chooseEpochs() {
    guard options.epochs == nil else { return }
    let items = max(1, facts.items)
    let (most, visits, least) = facts.isPretrained ? (15, 150_000, 5) : (40, 400_000, 10)
    var epochs = min(most, max(least, visits / items))
    var reason =
      epochs == most
      ? "enough for small data \(facts.isPretrained ? "and trained weights" : "and fresh weights")"
      : "about \(visits) items are shown in all"
    // Few items make few steps: a network needs some hundred to learn anything.
    let stepsPerEpoch = (items - 1) / max(1, options.batchSize ?? 32) + 1
    let leastSteps = facts.isPretrained ? 100 : 300
    let forSteps = min(100, (leastSteps - 1) / stepsPerEpoch + 1)
    if forSteps > epochs {
      epochs = forSteps
      reason = "an epoch has only \(stepsPerEpoch) step\(stepsPerEpoch == 1 ? "" : "s")"
    }
    options.epochs = max(epochs, options.minEpochs)
    note("epochs", .int(max(epochs, options.minEpochs)), reason)
  }

  mutating func chooseLearningRate() {
    guard options.learningRate == nil else { return }
    let rate: Double
    let reason: String
    let isLarge = (facts.parameterCount ?? 0) >= 1_000_000
    switch options.optimizer {
    case .sgd:
      let items = Double((options.batchSize ?? 32) * options.accumulate)
      rate = Self.rounded((facts.isPretrained ? 0.002 : 0.01) * items / 32)
      reason =
        "\(facts.isPretrained ? 0.002 : 0.01) for 32 items, in proportion to the \(Int(items)) between two changes of "
        + "the weights"
    case .adam, .adamw:
      rate = !isLarge ? 0.01 : facts.isPretrained ? 0.0005 : 0.001
      reason =
        !isLarge
        ? "small networks learn fast with it"
        : facts.isPretrained ? "trained weights are changed with care" : "usual for networks of this size"
    case .rmsprop:
      rate = facts.isPretrained ? 0.0001 : 0.001
      reason = facts.isPretrained ? "trained weights are changed with care" : "usual for rmsprop"
    }
    options.learningRate = rate
    note("learningRate", .float(rate), reason)
  }

  mutating func chooseThreads() {
    guard options.threads == nil else { return }
    let isSmall = facts.inputElements <= 4096 && (facts.parameterCount ?? 0) < 1_000_000
    options.threads = isSmall ? 1 : max(1, facts.cores)
    note(
      "threads", .int(options.threads ?? 1),
      isSmall ? "operations on such small inputs gain nothing from more" : "the processors of this machine")
  }

  mutating func chooseWorkers() {
    guard options.workers == nil else { return }
    options.workers = facts.decodesItems ? min(8, max(1, facts.cores)) : 0
    note(
      "workers", .int(options.workers ?? 0),
      facts.decodesItems ? "images are decoded while the network computes" : "the items lie in memory")
  }

  mutating func chooseInputSize() {
    guard options.inputSize == nil, facts.inputShape.count == 3, let side = facts.inputShape.last,
      facts.inputShape[1] == side
    else { return }
    options.inputSize = side
    note("inputSize", .int(side), "the size that the preprocessing gives")
  }

  private static func powerOfTwo(atMost bound: Int) -> Int {
    bound < 1 ? 1 : 1 << (Int.bitWidth - 1 - bound.leadingZeroBitCount)
  }

  /// Two digits, so that a plan can be read and typed again.
  private static func rounded(_ rate: Double) -> Double {
    guard rate > 0 else { return rate }
    var unit = 1.0
    while rate / unit < 10 { unit /= 10 }
    return (rate / unit).rounded() / (1 / unit).rounded()
  }
}
